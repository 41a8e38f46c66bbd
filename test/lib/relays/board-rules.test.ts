/** What a board lets whom do, and when. */
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { forgetSimulated, SimulatedDriver } from '../../../lib/gpio/simulated.ts';
import { Board, type Memory } from '../../../lib/relays/board.ts';
import { parseChannels } from '../../../lib/relays/channels.ts';
import { newCommand, type Wish } from '../../../lib/relays/command.ts';
import { Interlocks } from '../../../lib/relays/interlocks.ts';
import type { KeptRelay, Owner, RelayRecord, Result } from '../../../lib/relays/relay.ts';

describe('a board with rules', () => {
  let clock: FakeClock;
  let interlocks: Interlocks;
  let logged: Readonly<Record<string, unknown>>[];
  const boards: Board[] = [];

  beforeEach(() => {
    clock = new FakeClock();
    clock.advance(1_000_000);
    interlocks = new Interlocks(clock);
    logged = [];
  });
  afterEach(async () => {
    for (const board of boards.splice(0)) await board.close();
    for (const name of ['one', 'two']) forgetSimulated(name);
    assert.equal(clock.pending, 0, 'no timer is left behind');
  });

  async function open(
    rules: object,
    { name = 'one', ids = ['a'], memory = new Map<string, Memory>() } = {},
  ): Promise<Board> {
    const board = new Board({
      name,
      channels: parseChannels(ids.map((id, line) => ({ id, line, rules }))),
      driver: new SimulatedDriver(name),
      clock,
      log: (entry) => {
        logged.push(entry);
        return Promise.resolve(true);
      },
      memory,
      interlocks,
    });
    boards.push(board);
    await board.open();
    return board;
  }
  const ask = (board: Board, wish: Wish, owner: Owner = 'auto', relay = 'a', by = owner): Promise<Result> =>
    board.command(newCommand({ ...wish, relay, by, from: 'here', owner }, clock));
  const code = async (...args: Parameters<typeof ask>): Promise<string> => (await ask(...args)).code;
  const record = (board: Board, id = 'a'): RelayRecord => board.records().find((one) => one.id === id)!;
  /** Lets what a timer has begun come to its end. */
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 3; round++) await turn();
  };

  describe('times', () => {
    it('keep it on and off for as long as they say, and tell when it may move', async () => {
      const board = await open({ minOn: 5000, minOff: 3000 });
      assert.deepEqual([await code(board, { action: 'on' }), record(board).state], ['min-off', false]);
      clock.advance(3000);
      assert.equal(await code(board, { action: 'on' }), 'done');
      clock.advance(4000);
      const early = await ask(board, { action: 'off' });
      assert.deepEqual([early.ok, early.code, early.state, early.retry_after], [false, 'min-on', true, 1000]);
      assert.match(early.reason!, /stays on for 5 s/);
      clock.advance(1000);
      assert.equal(await code(board, { action: 'off' }), 'done');
      const again = await ask(board, { action: 'on' });
      assert.deepEqual([again.code, again.retry_after], ['min-off', 3000]);
    });

    it('hold people as well', async () => {
      const board = await open({ minOn: 5000 });
      await ask(board, { action: 'on' }, 'hand');
      assert.equal(await code(board, { action: 'off' }, 'hand'), 'min-on');
    });

    it('switch it off by itself, with that in the log', async () => {
      const board = await open({ maxOn: 10_000 });
      await ask(board, { action: 'on' });
      assert.equal(record(board).off_at, new Date(clock.now() + 10_000).toISOString());
      clock.advance(9999);
      await settle();
      assert.equal(record(board).state, true);
      clock.advance(1);
      await settle();
      assert.deepEqual(
        [record(board).state, record(board).by, record(board).off_at],
        [false, 'max-on', undefined],
      );
      assert.deepEqual([logged.at(-1)?.['by'], logged.at(-1)?.['code']], ['max-on', 'done']);
    });

    it('switch it off and lock it out also where a flow has run wild', async () => {
      const board = await open({ maxOn: 10_000 });
      await ask(board, { action: 'on' });
      const wild = Array.from({ length: 300 }, () => ask(board, { action: 'on' }));
      clock.advance(10_000);
      const locked = ask(board, { action: 'lock', why: 'it runs wild' }, 'hand');
      const codes = (await Promise.all(wild)).map((result) => result.code);
      assert.ok(codes.includes('unavailable'), 'some were too many');
      assert.notEqual((await locked).code, 'unavailable');
      await settle();
      assert.equal(record(board).state, false);
      assert.equal(logged.find(({ by }) => by === 'max-on')?.['code'], 'done');
    });

    it('make a pulse of an on for a time, which a later command changes', async () => {
      const board = await open({ maxOn: 10_000 });
      assert.equal(await code(board, { action: 'on', for: 2000 }), 'done');
      clock.advance(1000);
      assert.equal(await code(board, { action: 'on', for: 3000 }), 'unchanged');
      clock.advance(2999);
      await settle();
      assert.equal(record(board).state, true, 'it was prolonged');
      clock.advance(1);
      await settle();
      assert.deepEqual([record(board).state, record(board).by], [false, 'pulse']);

      await ask(board, { action: 'on', for: 2000 });
      await ask(board, { action: 'on' });
      clock.advance(5000);
      await settle();
      assert.equal(record(board).state, true, 'it stays on without a time');
      clock.advance(5000);
      await settle();
      assert.deepEqual(
        [record(board).state, record(board).by],
        [false, 'max-on'],
        'and the rule still counts',
      );
    });

    it('refuse a pulse that is shorter than it has to be on', async () => {
      const board = await open({ minOn: 5000 });
      assert.equal(await code(board, { action: 'on', for: 4999 }), 'invalid');
      assert.equal(record(board).state, false);
    });

    it('count how often it is switched on', async () => {
      const board = await open({ rate: { count: 2, within: 60_000 } });
      for (let round = 0; round < 2; round++) {
        assert.equal(await code(board, { action: 'on' }), 'done');
        await ask(board, { action: 'off' });
        clock.advance(10_000);
      }
      const third = await ask(board, { action: 'on' });
      assert.deepEqual([third.code, third.retry_after], ['min-off', 40_000]);
      clock.advance(40_000);
      assert.equal(await code(board, { action: 'on' }), 'done');
    });

    it('go on through a redeploy, a pulse that ends meanwhile included', async () => {
      const memory = new Map<string, Memory>();
      const first = await open({ minOn: 5000 }, { memory });
      await ask(first, { action: 'on', for: 8000 });
      await first.close();
      clock.advance(4000);
      const second = await open({ minOn: 5000 }, { memory });
      assert.equal(record(second).state, true, 'the line held its level');
      assert.deepEqual([await code(second, { action: 'off' })], ['min-on']);
      await second.close();
      clock.advance(10_000);
      const third = await open({ minOn: 5000 }, { memory });
      clock.advance(0);
      await settle();
      assert.deepEqual([record(third).state, record(third).by], [false, 'pulse']);
    });
  });

  describe('hand and auto', () => {
    it('keep a flow from undoing what a person did, until it is given back', async () => {
      const board = await open({});
      assert.equal(await code(board, { action: 'on' }), 'done');
      assert.equal(await code(board, { action: 'off' }, 'hand', 'a', 'ada' as Owner), 'done');
      assert.equal(record(board).hand?.by, 'ada');
      for (const action of ['on', 'toggle', 'auto'] as const) {
        const refused = await ask(board, { action });
        assert.deepEqual([refused.code, refused.state], ['not-in-auto', false], action);
        assert.match(refused.reason!, /ada has it in hand since/);
      }
      assert.equal(await code(board, { action: 'auto' }, 'hand'), 'done');
      assert.equal(record(board).hand, undefined);
      assert.equal(await code(board, { action: 'on' }), 'done');
    });

    it('keep a flow from cutting short, or prolonging, what a person has switched on', async () => {
      const board = await open({});
      await ask(board, { action: 'on', for: 5000 }, 'hand');
      for (const wish of [{ action: 'on' }, { action: 'on', for: 1000 }] as const) await ask(board, wish);
      clock.advance(4999);
      await settle();
      assert.equal(record(board).state, true);
      clock.advance(1);
      await settle();
      assert.deepEqual([record(board).state, record(board).by], [false, 'pulse']);
    });

    it('take it in hand where it is so already, or without moving it', async () => {
      const board = await open({});
      assert.equal(await code(board, { action: 'off' }, 'hand'), 'unchanged');
      assert.ok(record(board).hand);
      await ask(board, { action: 'auto' }, 'hand');
      assert.equal(await code(board, { action: 'hand' }, 'hand'), 'done');
      assert.equal(await code(board, { action: 'on' }), 'not-in-auto');
      assert.equal(await code(board, { action: 'hand' }, 'auto'), 'invalid');
    });

    it('are as before after a redeploy', async () => {
      const memory = new Map<string, Memory>();
      const first = await open({}, { memory });
      await ask(first, { action: 'on' }, 'hand');
      await first.close();
      const second = await open({}, { memory });
      assert.ok(record(second).hand);
      assert.equal(await code(second, { action: 'off' }), 'not-in-auto');
    });
  });

  describe('a lock-out', () => {
    it('switches it off whatever the rules, and nobody switches it on', async () => {
      const board = await open({ minOn: 60_000 });
      await ask(board, { action: 'on' });
      assert.equal(
        await code(board, { action: 'lock', why: 'new belt' }, 'hand', 'a', 'ada' as Owner),
        'done',
      );
      assert.deepEqual([record(board).state, record(board).locked?.why], [false, 'new belt']);
      for (const owner of ['hand', 'auto'] as const) {
        const refused = await ask(board, { action: 'on' }, owner);
        assert.deepEqual([refused.code, refused.reason], ['locked', 'it is locked out by ada: new belt']);
      }
      assert.equal(await code(board, { action: 'unlock' }, 'auto'), 'locked', 'no flow undoes it');
      assert.equal(await code(board, { action: 'unlock' }, 'hand'), 'done');
      assert.equal(record(board).locked, undefined);
      assert.equal(await code(board, { action: 'on' }, 'hand'), 'done');
      assert.equal(logged.find(({ action }) => action === 'lock')?.['why'], 'new belt');
    });
  });

  describe('a start of the process', () => {
    const kept = new Map<string, KeptRelay>();
    beforeEach(() => kept.clear());
    /** A board as after a start: nothing is known but what was kept, and the pins rest. */
    async function begin(start: string, rules: object = {}): Promise<Board> {
      for (const board of boards.splice(0)) await board.close();
      forgetSimulated('one');
      const board = new Board({
        name: 'one',
        channels: parseChannels([{ id: 'a', line: 0, start, rules }]),
        driver: new SimulatedDriver('one'),
        clock,
        log: () => Promise.resolve(true),
        keep: (id, what) => void kept.set(id, structuredClone(what)),
      });
      boards.push(board);
      await board.open({ kept });
      return board;
    }

    it('makes a relay what it was, or what is set', async () => {
      let board = await begin('restore');
      assert.equal(record(board).state, false, 'nothing was kept yet');
      await ask(board, { action: 'on' });
      board = await begin('restore');
      assert.equal(record(board).state, true);
      board = await begin('off');
      assert.equal(record(board).state, false);
      board = await begin('restore');
      assert.equal(record(board).state, false, 'what it was last, by whatever cause');
    });

    it('leaves it in the hand that has it, and locked out', async () => {
      let board = await begin('on');
      await ask(board, { action: 'lock', why: 'new belt' }, 'hand');
      await ask(board, { action: 'hand' }, 'hand');
      board = await begin('on');
      const { state, locked, hand } = record(board);
      assert.deepEqual(
        [state, locked?.why, hand?.by],
        [false, 'new belt', 'hand'],
        'locked out it does not start',
      );
      assert.equal(await code(board, { action: 'unlock' }), 'locked', 'a person has locked it');
      await ask(board, { action: 'unlock' }, 'hand');
      await ask(board, { action: 'auto' }, 'hand');
      board = await begin('off');
      assert.deepEqual([record(board).locked, record(board).hand], [undefined, undefined]);
    });

    it('keeps whose the last lock-out is, also where two come at once with the same reason', async () => {
      let board = await begin('off');
      await ask(board, { action: 'lock', why: 'jam' }, 'auto');
      await ask(board, { action: 'lock', why: 'jam' }, 'hand');
      assert.equal(record(board).locked?.by, 'hand');
      board = await begin('off');
      assert.equal(
        await code(board, { action: 'unlock' }),
        'locked',
        'a flow does not undo what a person locked',
      );
    });

    it('goes on counting how often and how long it was on', async () => {
      let board = await begin('restore');
      for (let round = 0; round < 3; round++) {
        await ask(board, { action: 'on' });
        clock.advance(10_000);
        await ask(board, { action: 'off' });
      }
      board = await begin('restore');
      assert.deepEqual([record(board).cycles, record(board).on_seconds], [3, 30]);
      await ask(board, { action: 'on' });
      assert.equal(record(board).cycles, 4);
    });

    it('tells of what is to be kept once for each change', async () => {
      const board = await begin('off');
      let told = 0;
      const set = kept.set.bind(kept);
      kept.set = (...args) => {
        told += 1;
        return set(...args);
      };
      await ask(board, { action: 'on' });
      await ask(board, { action: 'on' });
      assert.equal(told, 1);
      Reflect.deleteProperty(kept, 'set');
    });
  });

  it('ends with its relays as they are set, released or not', async () => {
    const board = new Board({
      name: 'one',
      channels: parseChannels([
        { id: 'a', line: 0, start: 'on', end: 'off' },
        { id: 'b', line: 1, start: 'on' },
        { id: 'c', line: 2, start: 'off', end: 'on', activeLow: true },
      ]),
      driver: new SimulatedDriver('one'),
      clock,
      log: () => Promise.resolve(true),
    });
    await board.open();
    await board.close();
    board.end(false);
    const pins = new SimulatedDriver('one');
    await pins.open([0, 1, 2].map((line) => ({ line, activeLow: line === 2, initial: 'keep' })));
    assert.deepEqual(Array.from((await pins.read([0, 1, 2])).values()), [false, true, true]);
    await pins.release();
  });

  describe('an interlock', () => {
    const DOORS = { interlock: 'doors', changeOver: 2000 };

    it('is the same in whatever form its name is written', async () => {
      const one = await open({ interlock: 'K\u00e4lte' }, { ids: ['a'] });
      const two = await open({ interlock: 'Ka\u0308lte' }, { name: 'two', ids: ['c'] });
      await one.command(newCommand({ relay: 'a', action: 'on', by: 'x', from: 'x', owner: 'hand' }, clock));
      const refused = await two.command(
        newCommand({ relay: 'c', action: 'on', by: 'x', from: 'x', owner: 'hand' }, clock),
      );
      assert.equal(refused.code, 'interlocked');
    });

    it('lets one of a group on, across boards, and the next after the change-over', async () => {
      const one = await open(DOORS, { ids: ['a', 'b'] });
      const two = await open(DOORS, { name: 'two', ids: ['c'] });
      clock.advance(2000);
      assert.equal(await code(one, { action: 'on' }), 'done');
      for (const [board, id] of [
        [one, 'b'],
        [two, 'c'],
      ] as const) {
        const refused = await ask(board, { action: 'on' }, 'hand', id);
        assert.deepEqual([refused.code, refused.state], ['interlocked', false]);
        assert.match(refused.reason!, /a is on/);
      }
      assert.equal(await code(one, { action: 'off' }), 'done');
      const soon = await ask(two, { action: 'on' }, 'auto', 'c');
      assert.deepEqual([soon.code, soon.retry_after], ['interlocked', 2000]);
      assert.equal(await code(one, { action: 'on' }), 'done', 'it needs no change-over from itself');
      await ask(one, { action: 'off' });
      clock.advance(2000);
      assert.equal(await code(two, { action: 'on' }, 'auto', 'c'), 'done');
    });

    it('lets one of two on that are asked at the same moment', async () => {
      const one = await open({ interlock: 'doors' }, { ids: ['a', 'b'] });
      const two = await open({ interlock: 'doors' }, { name: 'two', ids: ['c'] });
      const results = await Promise.all([
        ask(one, { action: 'on' }),
        ask(one, { action: 'toggle' }, 'auto', 'b'),
        ask(two, { action: 'on' }, 'auto', 'c'),
      ]);
      assert.deepEqual(
        results.map((result) => result.code),
        ['done', 'interlocked', 'interlocked'],
      );
    });

    it('takes a relay that is out of sight for on, until it is back or gone for good', async () => {
      const memory = new Map<string, Memory>();
      const one = await open({ interlock: 'doors' }, { memory });
      const two = await open({ interlock: 'doors' }, { name: 'two', ids: ['c'] });
      await one.close();
      const unsure = await ask(two, { action: 'on' }, 'auto', 'c');
      assert.deepEqual(
        [unsure.code, /not known whether a is off/.test(unsure.reason!)],
        ['interlocked', true],
      );
      const again = await open({ interlock: 'doors' }, { memory });
      assert.equal(await code(two, { action: 'on' }, 'auto', 'c'), 'done');
      await ask(two, { action: 'off' }, 'auto', 'c');
      await again.close();
      again.leave();
      assert.equal(await code(two, { action: 'on' }, 'auto', 'c'), 'done');
    });
  });
});
