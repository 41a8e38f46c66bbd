/** Time limits that end while flows are stopped, cannot start, or are being deployed. */
import assert from 'node:assert/strict';
import { MessageDriver } from '../../../lib/gpio/message.ts';
import { simulatedPins } from '../../../lib/gpio/simulated.ts';
import { FarEnd } from '../gpio/far-end.ts';
import { Life } from './life.ts';

describe('while flows are stopped', () => {
  let life: Life;

  beforeEach(() => {
    life = new Life();
  });
  afterEach(async () => {
    await life.end();
    assert.equal(life.clock.pending, 0, 'no timer is left behind');
  });
  const pin = (line = 0): boolean | undefined => simulatedPins('life').get(line);
  const by = (who: string): unknown[] =>
    life.logged
      .filter((entry) => entry['by'] === who)
      .map(({ action, code, state, at }) => [action, code, state, at]);

  for (const start of ['off', 'on', 'hold', 'restore'] as const) {
    it(`a pulse ends at its time, and is logged with it, at start ${start}`, async () => {
      await life.open([{ start }]);
      await life.command({ action: 'on', for: 4000, id: 'click' });
      await life.pass(1000);
      await life.stop();
      await life.pass(2999);
      assert.equal(pin(), true);
      await life.pass(1);
      assert.equal(pin(), false);
      const ended = new Date(life.clock.now()).toISOString();
      await life.pass(8000);
      await life.open();
      assert.deepEqual([life.record().state, life.record().off_at], [false, undefined]);
      assert.deepEqual(by('pulse'), [['off', 'done', false, ended]]);
      assert.deepEqual(life.logged.at(-1)!['cause'], [{ kind: 'rule', id: 'pulse', command: 'click' }]);
      await life.pass(60_000);
      assert.deepEqual(by('pulse').length, 1, 'once');
      assert.equal(life.record().fault, undefined);
    });
  }

  it('the longest time on and a force end at their times', async () => {
    await life.open([{ rules: { maxOn: 3000 } }, {}, { activeLow: true }]);
    await life.command({ action: 'on' });
    const force = { force: true, for: 5000, why: 'wiring test' } as const;
    await life.command({ action: 'on', ...force }, 'hand', 'b');
    await life.command({ action: 'off', ...force }, 'hand', 'c');
    await life.stop();
    await life.pass(2999);
    assert.deepEqual([pin(0), pin(1)], [true, true]);
    await life.pass(1);
    assert.deepEqual([pin(0), pin(1)], [false, true]);
    await life.pass(2000);
    assert.deepEqual([pin(1), pin(2)], [false, true]);
    await life.open();
    assert.deepEqual(
      life.board.records().map(({ state, forced, fault }) => [state, forced, fault]),
      Array.from({ length: 3 }, () => [false, undefined, undefined]),
    );
    assert.deepEqual([by('max-on').length, by('force').length], [1, 2]);
  });

  it('a hand ends at its time, and moves nothing', async () => {
    await life.open([{ rules: { handFor: 3000 } }]);
    await life.command({ action: 'on' }, 'hand');
    await life.stop();
    await life.pass(3000);
    const ended = new Date(life.clock.now()).toISOString();
    await life.pass(1000);
    assert.equal(pin(), true);
    await life.open();
    assert.deepEqual([life.record().state, life.record().hand], [true, undefined]);
    assert.deepEqual(by('hand-end'), [['auto', 'done', true, ended]]);
    assert.equal((await life.command({ action: 'off' })).code, 'done');
  });

  it('a watchdog goes off into the fault state, latched', async () => {
    await life.open([
      { rules: { watchdog: 5000 } },
      { rules: { watchdog: 5000 }, fault: 'on' },
      { rules: { watchdog: 5000 }, fault: 'hold' },
      { rules: { watchdog: 5000 } },
    ]);
    await life.command({ action: 'on' });
    await life.command({ action: 'on' }, 'auto', 'c');
    await life.command({ action: 'on' }, 'hand', 'd');
    await life.stop();
    await life.pass(5000);
    assert.deepEqual([pin(0), pin(1), pin(2), pin(3)], [false, true, true, true]);
    await life.open();
    assert.deepEqual(
      life.board.records().map(({ locked }) => locked?.by),
      ['watchdog', 'watchdog', 'watchdog', undefined],
    );
    assert.equal(life.kept.get('a')?.lock?.by, 'watchdog', 'a start finds it');
    assert.equal((await life.command({ action: 'on' })).code, 'locked');
  });

  it('goes on where the next board cannot open its lines, and leaves them to one that can', async () => {
    await life.open([{}]);
    await life.command({ action: 'on', for: 10_000 });
    await life.stop();
    life.make();
    life.driver!.faults.failing.add('open');
    await life.board.open();
    await life.pass(9999);
    assert.equal(pin(), true);
    await life.pass(1);
    assert.equal(pin(), false);
    life.driver!.faults.failing.clear();
    await life.pass(5000);
    assert.deepEqual([life.record().available, life.record().state], [true, false]);
  });

  it('leaves it to the next board what that is about to end', async () => {
    await life.open([{}]);
    await life.command({ action: 'on', for: 10_000 });
    await life.stop();
    await life.open();
    await life.pass(10_000);
    assert.equal(life.record().state, false);
    assert.equal(by('pulse').length, 1, 'once');
  });

  it('tries again where a line cannot be set, and locks out all the same', async () => {
    await life.open([{}, { rules: { watchdog: 3000 } }]);
    await life.command({ action: 'on', for: 3000 });
    await life.command({ action: 'on' }, 'auto', 'b');
    life.driver!.faults.failing.add('write');
    await life.stop();
    await life.pass(3000);
    assert.deepEqual([pin(0), pin(1)], [true, true]);
    life.driver!.faults.failing.clear();
    await life.pass(5000);
    assert.deepEqual([pin(0), pin(1)], [false, true]);
    await life.open();
    assert.deepEqual([life.record('b').locked?.by, life.record('b').state], ['watchdog', false]);
  });

  it('outputs behind messages end what has passed at once when flows start', async () => {
    const far = new FarEnd('life-stopped').come();
    life.makeDriver = () =>
      new MessageDriver(
        'life-stopped',
        { readBack: 'message', answerWithin: 2000, staleAfter: 0 },
        life.clock,
      );
    try {
      await life.open([{ start: 'on' }]);
      await life.command({ action: 'on', for: 4000 });
      await life.stop();
      far.go();
      await life.pass(12_000);
      assert.equal(far.outputs.get(0), true, 'no message leaves flows that are stopped');
      far.come();
      await life.open();
      assert.deepEqual([far.outputs.get(0), life.record().state], [false, false]);
    } finally {
      far.forget();
    }
  });
});
