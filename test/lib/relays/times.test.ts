/** Time limits, through starts of the process under every start policy, and whatever the wall clock does. */
import assert from 'node:assert/strict';
import { Life } from './life.ts';

describe('what ends by time', () => {
  let life: Life;

  beforeEach(() => {
    life = new Life();
  });
  afterEach(async () => {
    await life.end();
    assert.equal(life.clock.pending, 0, 'no timer is left behind');
  });
  const state = (): boolean | null => life.record().state;

  for (const start of ['off', 'on', 'hold', 'restore'] as const) {
    const pins = start === 'hold';
    const goesOn = start !== 'off';

    it(`a pulse has what is left of it after a start, at start ${start}`, async () => {
      await life.open([{ start }]);
      assert.equal((await life.command({ action: 'on', for: 4000 })).ok, true);
      await life.pass(1000);
      await life.restart({ away: 1000, pins });
      assert.equal(state(), goesOn);
      await life.pass(1999);
      assert.equal(state(), goesOn, 'it has 2 s left');
      await life.pass(1);
      assert.equal(state(), false);
    });

    it(`a pulse whose time has passed meanwhile does not start on, at start ${start}`, async () => {
      await life.open([{ start }]);
      await life.command({ action: 'on', for: 4000 });
      await life.restart({ away: 12_000, pins });
      assert.equal(state(), false);
      assert.equal(life.record().fault, undefined, 'which is as it is to be');
      await life.restart({ away: 1000 });
      assert.equal(state(), start === 'on', 'and is over once');
    });

    it(`the longest time on does not begin anew, at start ${start}`, async () => {
      await life.open([{ start, rules: { maxOn: 10_000 } }]);
      await life.command({ action: 'on' });
      await life.pass(4000);
      await life.restart({ away: 3000, pins });
      await life.restart({ away: 1000, pins: true });
      assert.equal(state(), goesOn);
      await life.pass(1999);
      assert.equal(state(), goesOn);
      await life.pass(1);
      assert.equal(state(), false);
      await life.command({ action: 'on' });
      await life.restart({ away: 10_000, pins });
      assert.equal(state(), false, 'nor does it start on when that is over');
    });
  }

  it('a clock that went back prolongs nothing beyond its whole length, and one that leapt ahead ends it', async () => {
    await life.open([{ start: 'hold', rules: { maxOn: 60_000 } }]);
    await life.command({ action: 'on', for: 4000 });
    await life.pass(3000);
    await life.restart({ pins: true, jump: -3_600_000 });
    await life.pass(3999);
    assert.equal(state(), true);
    await life.pass(1);
    assert.equal(state(), false);
    await life.command({ action: 'on', for: 4000 });
    await life.restart({ pins: true, jump: 14 * 86_400_000 });
    assert.equal(state(), false);
  });

  it('a force goes on where the start keeps it, with what is left of it', async () => {
    await life.open([{ start: 'restore', rules: { minOff: 60_000 } }]);
    const force = { force: true, for: 10_000, why: 'wiring test' } as const;
    await life.command({ action: 'on', ...force }, 'hand');
    await life.restart({ away: 4000 });
    assert.deepEqual([state(), life.record().forced?.by], [true, 'hand']);
    assert.equal((await life.command({ action: 'off' })).code, 'not-in-auto');
    await life.pass(5999);
    assert.equal(state(), true);
    await life.pass(1);
    assert.deepEqual([state(), life.record().forced], [false, undefined]);
  });

  it('a force is over where its time has passed, or the start makes it otherwise', async () => {
    const force = { force: true, for: 10_000, why: 'wiring test' } as const;
    for (const [start, away] of [
      ['restore', 10_000],
      ['on', 10_000],
      ['off', 1000],
    ] as const) {
      life.kept.clear();
      await life.open([{ start }]);
      await life.command({ action: 'on', ...force }, 'hand');
      await life.restart({ away });
      assert.deepEqual([state(), life.record().forced], [false, undefined], start);
      await life.end();
      life.memory = new Map();
    }
    life.kept.clear();
    await life.open([{ start: 'restore' }]);
    await life.command({ action: 'on' });
    await life.command({ action: 'off', ...force }, 'hand');
    await life.restart({ away: 1000 });
    assert.deepEqual([state(), life.record().forced?.state], [false, false], 'what is forced off stays off');
    await life.pass(9000);
    assert.deepEqual([state(), life.record().forced], [false, undefined]);
  });

  it('a force lasts no longer than it was to in all, whatever the clock did', async () => {
    await life.open([{ start: 'restore' }]);
    await life.command({ action: 'on', force: true, for: 10_000, why: 'x' }, 'hand');
    await life.restart({ jump: -86_400_000 });
    await life.pass(9999);
    assert.equal(state(), true);
    await life.pass(1);
    assert.equal(state(), false);
  });

  it('its limit of starts counts those before the process began', async () => {
    await life.open([{ rules: { rate: { count: 2, within: 60_000 } } }]);
    for (let round = 0; round < 2; round++) {
      assert.equal((await life.command({ action: 'on' })).code, 'done');
      assert.equal((await life.command({ action: 'off' })).code, 'done');
    }
    await life.restart({ away: 20_000 });
    const refused = await life.command({ action: 'on' });
    assert.deepEqual([refused.code, refused.retry_after], ['min-off', 40_000]);
    await life.restart({ jump: -3_600_000 });
    assert.equal(
      (await life.command({ action: 'on' })).retry_after,
      60_000,
      'a clock that went back shortens nothing',
    );
    await life.pass(60_000);
    assert.equal((await life.command({ action: 'on' })).code, 'done');
  });

  it('one that waits for its turn to be restored goes on with its pulse, or not at all', async () => {
    await life.open([{ start: 'restore' }, { start: 'restore' }, { start: 'restore' }], 1000);
    await life.command({ action: 'on' }, 'auto', 'a');
    await life.command({ action: 'on', for: 4000 }, 'auto', 'b');
    await life.command({ action: 'on', for: 1500 }, 'auto', 'c');
    await life.restart();
    const states = (): (boolean | null)[] => life.board.records().map((record) => record.state);
    await life.restart();
    await life.pass(1000);
    assert.deepEqual(states(), [true, true, false]);
    await life.pass(1000);
    assert.deepEqual(states(), [true, true, false], 'its time was over before its turn came');
    await life.pass(1999);
    assert.deepEqual(states(), [true, true, false]);
    await life.pass(1);
    assert.deepEqual(states(), [true, false, false]);
  });

  it('what is kept stays kept while the board is away, and a lock-out is added to it', async () => {
    await life.open([{ start: 'hold' }]);
    await life.command({ action: 'on', for: 60_000 });
    await life.board.close();
    life.memory = new Map();
    life.make();
    life.driver!.faults.failing.add('open');
    await life.board.open({ kept: new Map(life.kept) });
    await life.command({ action: 'hand' }, 'hand');
    const kept = life.kept.get('a')!;
    assert.deepEqual([kept.state, kept.pulse?.of, kept.hand?.by], [true, 60_000, 'hand']);
  });
});
