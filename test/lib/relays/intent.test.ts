/** Intent of commands that must not be carried out twice: it is in the log before their line moves. */
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import type { CommandEntry } from '../../../lib/relays/command-entry.ts';
import { INTENT_WAIT_MS } from '../../../lib/relays/limits.ts';
import { simulatedPins } from '../../../lib/gpio/simulated.ts';
import { Bench } from './bench.ts';
import { Life } from './life.ts';

describe('the intent of a command', () => {
  let bench: Bench;
  /** Settles what waits for the log. */
  let written: ((kept: boolean) => void)[];

  beforeEach(async () => {
    bench = new Bench();
    await bench.board.open();
    written = [];
    bench.log = () => new Promise((resolve) => void written.push(resolve));
  });
  afterEach(async () => {
    for (const settle of written.splice(0)) settle(true);
    await bench.clean();
  });
  const settled = async (): Promise<void> => {
    for (let round = 0; round < 6; round++) await turn();
  };
  const codes = (): unknown[] => bench.logged.map(({ code }) => code);
  const pin = (): boolean | undefined => simulatedPins('bench').get(17);

  const force = { force: true, for: 5000, why: 'wiring test' } as const;
  for (const [what, wish] of [
    ['a toggle', { action: 'toggle' }],
    ['a pulse', { action: 'on', for: 5000 }],
    ['a force', { action: 'on', ...force }],
  ] as const) {
    it(`is in the log before the line moves: ${what}`, async () => {
      const command = bench.command(wish, 'relay1', 'hand');
      await settled();
      assert.deepEqual([codes(), pin()], [['begun'], false]);
      written[0]!(true);
      await settled();
      assert.deepEqual([codes(), pin()], [['begun', 'done'], true]);
      written[1]!(true);
      assert.deepEqual([(await command).code, (await command).logged], ['done', true]);
    });
  }

  it('is waited for no longer than a late disk may take, and the result says so', async () => {
    const command = bench.command({ action: 'toggle' });
    await settled();
    bench.clock.advance(INTENT_WAIT_MS - 1);
    await settled();
    assert.equal(pin(), false);
    bench.clock.advance(1);
    await settled();
    assert.equal(pin(), true);
    written[1]!(true);
    assert.deepEqual([(await command).code, (await command).logged], ['done', false]);
  });

  it('is waited for once while the disk is stuck: an off behind many toggles comes soon', async () => {
    for (let n = 0; n < 20; n++) void bench.command({ action: 'toggle' });
    const off = bench.command({ action: 'off' });
    await settled();
    bench.clock.advance(INTENT_WAIT_MS);
    for (let round = 0; round < 20; round++) await settled();
    assert.equal(
      bench.logged.filter(({ action, code }) => action === 'off' && code === 'unchanged').length,
      1,
    );
    for (const settle of written.splice(0)) settle(true);
    await off;
    bench.log = () => Promise.resolve(true);
    assert.equal((await bench.command({ action: 'toggle' })).logged, true);
  });

  it('keeps nothing waiting that goes off, nor what may be executed twice', async () => {
    void bench.command({ action: 'on' });
    await settled();
    assert.deepEqual([codes().includes('begun'), pin()], [false, true]);
    void bench.command({ action: 'off' });
    await settled();
    assert.equal(pin(), false);
    void bench.command({ action: 'on' });
    await settled();
    void bench.command({ action: 'off', ...force }, 'relay1', 'hand');
    await settled();
    assert.equal(pin(), false, 'forced off at once');
    assert.equal(codes().at(-2), 'begun', 'though it is written down');
  });

  it('that was written down is judged again: it may have come too late meanwhile', async () => {
    const command = bench.command({ action: 'toggle', ttl: 50 });
    await settled();
    bench.clock.advance(51);
    written[0]!(true);
    await settled();
    written[1]!(true);
    assert.deepEqual([(await command).code, pin()], ['expired', false]);
  });

  it('is kept with what it has to end, should the process end between line and log', async () => {
    const life = new Life();
    await life.open([{ start: 'hold' }, { start: 'hold' }]);
    const before = new Map<string, unknown>();
    const board = life.board;
    const { kept } = life;
    life.log = (entry: CommandEntry) => {
      if (entry.code === 'begun') for (const [id, what] of kept) before.set(id, structuredClone(what));
      return Promise.resolve(true);
    };
    await life.command({ action: 'on', for: 4000 });
    await life.command({ action: 'on', ...force }, 'hand', 'b');
    assert.equal((before.get('a') as { pulse: { of: number } }).pulse.of, 4000);
    assert.equal((before.get('b') as { forced: { of: number } }).forced.of, 5000);
    // The lines were written; nothing after that was kept.
    await board.close();
    kept.clear();
    for (const [id, what] of before) kept.set(id, what as never);
    await life.restart({ pins: true, away: 3000 });
    assert.deepEqual([life.record('a').state, life.record('b').state], [true, true]);
    await life.pass(2000);
    assert.deepEqual([life.record('a').state, life.record('b').state], [false, false]);
    await life.end();
  });
});
