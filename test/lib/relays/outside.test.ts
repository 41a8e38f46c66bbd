/** Relays that others may move: a wall switch, the timer of the device itself. */
import assert from 'node:assert/strict';
import { MessageDriver } from '../../../lib/gpio/message.ts';
import { READ_EACH_MS } from '../../../lib/relays/limits.ts';
import { MAX_PUT_BACK, PUT_BACK_WITHIN_MS } from '../../../lib/relays/outside.ts';
import { FarEnd } from '../gpio/far-end.ts';
import { Life } from './life.ts';

describe('a relay that others may move', () => {
  let life: Life;
  beforeEach(() => {
    life = new Life();
    life.clock.advance(1_000_000);
  });
  afterEach(() => life.end());
  /** Moves the line past the board, which reads it within a second. */
  async function move(state: boolean, line = 0): Promise<void> {
    await life.driver!.write(new Map([[line, state]]));
    await life.pass(READ_EACH_MS);
  }
  const line = async (): Promise<boolean> => (await life.driver!.read([0])).get(0)!;
  const outside = (): unknown[] =>
    life.logged.filter(({ via }) => via === 'outside').map(({ action, code }) => [action, code]);

  it('is followed, by name and in the log, without a fault', async () => {
    await life.open([{ others: true }]);
    await move(true);
    const { state, by, fault } = life.record();
    assert.deepEqual([state, by, fault], [true, 'outside', undefined]);
    const { kind, action, by: who, via, code, state: read } = life.logged.at(-1)!;
    assert.deepEqual(
      [kind, action, who, via, code, read],
      ['command', 'on', 'outside', 'outside', 'done', true],
    );
    await life.pass(10 * READ_EACH_MS);
    assert.equal(outside().length, 1, 'each move once');
    await move(false);
    assert.deepEqual(outside(), [
      ['on', 'done'],
      ['off', 'done'],
    ]);
  });

  it('has a fault and no entry where others may not', async () => {
    await life.open([{}]);
    await move(true);
    assert.equal(life.record().fault?.code, 'readback-mismatch');
    assert.deepEqual(life.logged, []);
  });

  it('is wanted so from then on, through a deploy and a start', async () => {
    await life.open([{ others: true, start: 'restore' }]);
    await life.command({ action: 'off' }, 'hand');
    await move(true);
    assert.equal(life.record().hand?.by, 'hand', 'it belongs to whom it belonged to');
    await life.deploy();
    assert.deepEqual([life.record().state, life.record().fault], [true, undefined]);
    await life.restart();
    assert.equal(life.record().state, true);
  });

  it('is followed where the move is seen by a command, or after the board was away', async () => {
    await life.open([{ others: true }]);
    await life.driver!.write(new Map([[0, true]]));
    assert.equal((await life.command({ action: 'on' })).code, 'unchanged');
    assert.deepEqual(outside(), [['on', 'done']]);
    life.driver!.faults.failing.add('read');
    await life.pass(READ_EACH_MS);
    life.driver!.faults.failing.clear();
    await life.driver!.write(new Map([[0, false]]));
    await life.pass(10_000);
    assert.deepEqual([life.record().state, life.record().fault], [false, undefined]);
    assert.deepEqual(outside().at(-1), ['off', 'done']);
  });

  it('is not moved by others where it follows its own command late', async () => {
    await life.open([{ others: true }]);
    await life.command({ action: 'on' });
    await move(true);
    assert.deepEqual([outside(), life.record().by], [[], 'auto']);
  });

  it('is followed at once behind messages: by its wall switch, and by the timer of the device', async () => {
    const far = new FarEnd('life-outside').come();
    const settings = { readBack: 'message', answerWithin: 2000, staleAfter: 0 } as const;
    life.makeDriver = () => new MessageDriver('life-outside', settings, life.clock);
    try {
      await life.open([{ others: true }]);
      await life.command({ action: 'on' });
      for (const state of [false, true, false]) {
        far.outputs.set(0, state);
        far.tell(0);
        await life.pass(0);
        const { state: read, by, fault } = life.record();
        assert.deepEqual([read, by, fault], [state, 'outside', undefined]);
      }
      assert.deepEqual(outside(), [
        ['off', 'done'],
        ['on', 'done'],
        ['off', 'done'],
      ]);
      assert.equal((await life.command({ action: 'on' })).code, 'done', 'its flow goes on');
    } finally {
      far.forget();
    }
  });

  it('still goes off after its longest time on', async () => {
    await life.open([{ others: true, rules: { maxOn: 60_000 } }]);
    await move(true);
    await life.pass(60_000);
    assert.deepEqual([life.record().state, life.record().by], [false, 'max-on']);
  });

  it('ends a force that wants it otherwise', async () => {
    await life.open([{ others: true }]);
    await life.command({ action: 'on', force: true, for: 60_000 }, 'hand');
    await move(false);
    assert.deepEqual([life.record().state, life.record().forced], [false, undefined]);
  });

  for (const [what, wish, code] of [
    ['locked out', { action: 'lock', why: 'new belt' }, 'locked'],
    ['tripped', { action: 'trip', why: 'tank empty' }, 'tripped'],
  ] as const) {
    it(`is put off again where it is ${what}, and says so; who insists is a fault in the end`, async () => {
      await life.open([{ others: true }]);
      await life.command(wish, 'hand');
      for (let times = 1; times <= MAX_PUT_BACK; times++) {
        await move(true);
        assert.deepEqual([await line(), life.record().state], [false, false], `${times}`);
        assert.deepEqual(outside().at(-1), ['on', code]);
      }
      await move(true);
      assert.deepEqual([await line(), life.record().state], [true, true], 'a switch is not fought for ever');
      assert.equal(life.record().fault?.code, 'readback-mismatch');
      await life.driver!.write(new Map([[0, false]]));
      await life.pass(PUT_BACK_WITHIN_MS);
      await move(true);
      assert.equal(await line(), false);
    });
  }

  it('is put off again where another one of its interlock is on', async () => {
    const rules = { interlock: 'doors' };
    await life.open([{ rules, others: true }, { rules }]);
    await life.command({ action: 'on' }, 'hand', 'b');
    await move(true);
    assert.deepEqual([await line(), life.record().state], [false, false]);
    assert.deepEqual(outside(), [['on', 'interlocked']]);
  });

  it('is put off again where its conditions do not permit it', async () => {
    const permits = [{ source: 'device', id: 'tank', op: 'is', value: true }];
    await life.open([{ rules: { permits }, others: true }]);
    await move(true);
    assert.deepEqual([await line(), life.record().state], [false, false]);
    assert.deepEqual(outside(), [['on', 'not-permitted']]);
  });
});
