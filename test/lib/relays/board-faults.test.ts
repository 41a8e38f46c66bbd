/** What a board does by itself where something is wrong: watchdogs, forces that end, drifting lines, unsafe starts. */
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { forgetSimulated, SimulatedDriver } from '../../../lib/gpio/simulated.ts';
import { Board, type Memory, type Past } from '../../../lib/relays/board.ts';
import { SAFE_MODE } from '../../../lib/relays/past.ts';
import { parseChannels } from '../../../lib/relays/channels.ts';
import { newCommand, type Wish } from '../../../lib/relays/command.ts';
import { READ_EACH_MS } from '../../../lib/relays/limits.ts';
import type { KeptRelay, Owner, RelayRecord, Result } from '../../../lib/relays/relay.ts';

describe('a board where something is wrong', () => {
  let clock: FakeClock;
  let driver: SimulatedDriver;
  let board: Board;
  let logged: Readonly<Record<string, unknown>>[];
  let kept: Map<string, KeptRelay>;
  let memory: Map<string, Memory>;

  beforeEach(() => {
    clock = new FakeClock();
    clock.advance(1_000_000);
    logged = [];
    kept = new Map();
    memory = new Map();
  });
  afterEach(async () => {
    await board.close();
    forgetSimulated('one');
    assert.equal(clock.pending, 0, 'no timer is left behind');
  });

  /** Begins with a relay `a` on line 0, and more channels after it. */
  async function open(
    channel: object,
    { more = [], past = {}, stagger = 0 }: { more?: object[]; past?: Past; stagger?: number } = {},
  ): Promise<void> {
    driver = new SimulatedDriver('one');
    board = new Board({
      name: 'one',
      channels: parseChannels([{ id: 'a', line: 0, ...channel }, ...more]),
      driver,
      clock,
      log: (entry) => {
        logged.push(entry);
        return Promise.resolve(true);
      },
      memory,
      keep: (id, what) => void kept.set(id, structuredClone(what)),
      stagger,
    });
    await board.open(past);
  }
  /** As after a start of the process: only what was kept is known, and the pins rest. */
  async function restart(
    channel: object,
    options: Parameters<typeof open>[1] & { past?: Past } = {},
  ): Promise<void> {
    await board.close();
    forgetSimulated('one');
    memory = new Map();
    await open(channel, { ...options, past: { kept: new Map(kept), ...options.past } });
  }
  const ask = (wish: Wish, owner: Owner = 'auto', relay = 'a'): Promise<Result> =>
    board.command(newCommand({ ...wish, relay, by: owner, from: 'here', owner }, clock));
  const code = async (...args: Parameters<typeof ask>): Promise<string> => (await ask(...args)).code;
  const record = (id = 'a'): RelayRecord => board.records().find((one) => one.id === id)!;
  const level = async (line = 0): Promise<boolean> => (await driver.read([line])).get(line)!;
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    for (let round = 0; round < 4; round++) await turn();
  };

  describe('a watchdog', () => {
    const rules = { watchdog: 5000 };

    it('makes a relay safe, and keeps it there until a person gives it back', async () => {
      await open({ rules });
      await ask({ action: 'on' });
      for (let round = 0; round < 3; round++) {
        await pass(4999);
        assert.equal(await code({ action: 'on' }), 'unchanged', 'whoever speaks is alive');
      }
      await pass(4999);
      assert.equal(record().state, true);
      await pass(1);
      assert.deepEqual([record().state, record().locked?.by, await level()], [false, 'watchdog', false]);
      assert.match(record().locked!.why, /no flow has said for 5 s/);
      assert.equal(await code({ action: 'on' }), 'locked');
      assert.equal(await code({ action: 'unlock' }), 'locked', 'no flow gives it back');
      assert.equal(await code({ action: 'unlock' }, 'hand'), 'done');
      assert.equal(await code({ action: 'on' }), 'done');
      assert.deepEqual(
        logged.filter(({ by }) => by === 'watchdog').map(({ action, code: what }) => [action, what]),
        [['lock', 'done']],
      );
    });

    it('is fed by what is refused too, but not by what comes too late', async () => {
      await open({ rules: { ...rules, minOn: 60_000 } });
      await ask({ action: 'on' });
      await pass(4000);
      assert.equal(await code({ action: 'off' }), 'min-on');
      await pass(4000);
      assert.equal(record().state, true);
      const late = newCommand(
        { action: 'on', ttl: 10, relay: 'a', by: 'flow', from: 'here', owner: 'auto' },
        clock,
      );
      await pass(999);
      assert.equal((await board.command(late)).code, 'expired');
      await pass(1);
      assert.equal(record().locked?.by, 'watchdog');
    });

    it('leaves alone what a person has, and what is safe already', async () => {
      await open({ rules });
      await pass(60_000);
      assert.equal(record().locked, undefined);
      await ask({ action: 'on' }, 'hand');
      await pass(60_000);
      assert.equal(record().state, true);
      await ask({ action: 'auto' }, 'hand');
      await pass(4999);
      assert.equal(record().state, true, 'flows get their whole time');
      await pass(1);
      assert.equal(record().locked?.by, 'watchdog');
    });

    it('makes it on where that is safe, and nobody turns it off', async () => {
      await open({ rules, fault: 'on' });
      await pass(5000);
      assert.deepEqual([record().state, record().locked?.by], [true, 'watchdog']);
      for (const owner of ['auto', 'hand'] as const)
        assert.equal(await code({ action: 'off' }, owner), 'locked');
      await ask({ action: 'unlock' }, 'hand');
      assert.equal(await code({ action: 'off' }), 'done');
    });

    it('leaves it as it is where that is set', async () => {
      await open({ rules, fault: 'hold' });
      await ask({ action: 'on' });
      await pass(5000);
      assert.deepEqual([record().state, record().locked?.by], [true, 'watchdog']);
      assert.equal(await code({ action: 'off' }), 'locked');
    });

    it('is latched through a start of the process', async () => {
      await open({ rules, start: 'on', fault: 'off' });
      await pass(5000);
      await restart({ rules, start: 'on', fault: 'off' });
      assert.deepEqual([record().state, record().locked?.by], [false, 'watchdog']);
    });
  });

  describe('a force', () => {
    const on = { action: 'on', force: true, for: 10_000, why: 'wiring test' } as const;

    it('puts a relay so against its rules and its flows, shows, and ends', async () => {
      await open({ rules: { minOn: 60_000, minOff: 60_000, maxOn: 61_000, watchdog: 1000 } });
      assert.equal(await code({ action: 'on' }, 'hand'), 'min-off');
      await ask({ action: 'auto' }, 'hand');
      assert.equal(await code(on, 'auto'), 'invalid', 'only people force');
      assert.equal(await code(on, 'hand'), 'done');
      const { forced } = record();
      assert.deepEqual([forced?.by, forced?.state, forced?.why], ['hand', true, 'wiring test']);
      assert.equal(Date.parse(forced!.until), clock.now() + 10_000);
      assert.equal(await code({ action: 'off' }, 'auto'), 'not-in-auto');
      await pass(9999);
      assert.deepEqual([record().state, record().locked], [true, undefined]);
      await pass(1);
      assert.deepEqual([record().state, record().forced, record().hand], [false, undefined, undefined]);
      const { by, action } = logged.at(-1)!;
      assert.deepEqual([by, action], ['force', 'auto']);
    });

    it('off keeps it off, and ends by itself or by a person', async () => {
      await open({ start: 'on' });
      assert.equal(await code({ ...on, action: 'off' }, 'hand'), 'done');
      assert.equal(await code({ action: 'on' }), 'not-in-auto');
      assert.equal(await code({ action: 'on' }, 'hand'), 'not-in-auto');
      assert.equal(await code({ action: 'auto' }), 'not-in-auto', 'no flow ends it');
      assert.equal(await code({ action: 'auto' }, 'hand'), 'unchanged');
      assert.equal(await code({ action: 'on' }), 'done');
    });

    it('never keeps a person from going off', async () => {
      await open({});
      await ask(on, 'hand');
      assert.equal(await code({ action: 'off' }, 'hand'), 'done');
      assert.deepEqual([record().state, record().forced, record().hand?.by], [false, undefined, 'hand']);
    });

    it('stands above no lock-out and no interlock', async () => {
      await open(
        { rules: { interlock: 'doors' } },
        { more: [{ id: 'b', line: 1, rules: { interlock: 'doors' } }] },
      );
      await ask({ action: 'on' }, 'auto', 'b');
      assert.equal(await code(on, 'hand'), 'interlocked');
      await ask({ action: 'off' }, 'auto', 'b');
      await ask({ action: 'lock', why: 'belt' }, 'hand');
      assert.equal(await code(on, 'hand'), 'locked');
      assert.equal(await code({ ...on, action: 'off' }, 'hand'), 'locked');
      await ask({ action: 'unlock' }, 'hand');
      await ask(on, 'hand');
      await ask({ action: 'lock', why: 'belt' }, 'hand');
      assert.deepEqual([record().state, record().forced], [false, undefined]);
    });

    it('ends as soon as its board is there again', async () => {
      await open({});
      await ask(on, 'hand');
      driver.faults.failing.add('read').add('open');
      await pass(READ_EACH_MS);
      assert.equal(record().available, false);
      const { code: what, reason } = await ask({ action: 'auto' }, 'hand');
      assert.equal(what, 'done');
      assert.match(reason!, /goes off once its board is available/);
      driver.faults.failing.clear();
      await pass(5000);
      await pass(0);
      assert.deepEqual([record().state, record().forced], [false, undefined]);
    });
  });

  describe('a line that is other than it was made', () => {
    it('is a fault of its own, until it is right again or somebody wants it so', async () => {
      await open({});
      await ask({ action: 'on' });
      const since = clock.now() + READ_EACH_MS;
      driver.move(0, false);
      await pass(READ_EACH_MS);
      assert.deepEqual(record().fault, {
        code: 'readback-mismatch',
        since: new Date(since).toISOString(),
        reason: 'it was switched on, but reads off',
      });
      await pass(READ_EACH_MS);
      assert.equal(record().fault?.since, new Date(since).toISOString(), 'the same one');
      driver.move(0, true);
      await pass(READ_EACH_MS);
      assert.equal(record().fault, undefined);
      driver.move(0, false);
      await pass(READ_EACH_MS);
      assert.equal(await code({ action: 'off' }), 'unchanged');
      assert.equal(record().fault, undefined);
    });

    it('is one where it does not follow a command', async () => {
      await open({});
      driver.faults.stuck.add(0);
      assert.equal(await code({ action: 'on' }), 'readback-mismatch');
      assert.equal(record().fault?.reason, 'it was switched on, but reads off');
    });

    it('is wanted as before after a start, whatever it was last', async () => {
      await open({ start: 'restore' });
      await ask({ action: 'on' });
      driver.move(0, false);
      await pass(READ_EACH_MS);
      await restart({ start: 'restore' });
      assert.equal(record().state, true);
    });

    it('is a fault against a force while there is one', async () => {
      await open({});
      await ask({ action: 'on', force: true, for: 5000 }, 'hand');
      assert.equal(record().fault, undefined);
      driver.move(0, false);
      await pass(READ_EACH_MS);
      assert.equal(record().fault?.reason, 'it was switched on, but reads off');
      await pass(5000);
      assert.deepEqual([record().fault, record().state], [undefined, false]);
    });
  });

  describe('a start', () => {
    const unsafe = 'Node-RED died 3 times';

    it('that is not safe puts relays into their fault states, until a person gives them back', async () => {
      const more = [
        { id: 'b', line: 1, start: 'off', fault: 'on' },
        { id: 'c', line: 2, start: 'hold', fault: 'hold' },
      ];
      await open({ start: 'on' }, { more, past: { unsafe } });
      assert.deepEqual(
        board.records().map(({ state, locked }) => [state, locked?.by, locked?.why]),
        [
          [false, SAFE_MODE, unsafe],
          [true, SAFE_MODE, unsafe],
          [false, SAFE_MODE, unsafe],
        ],
      );
      assert.equal(await code({ action: 'on' }), 'locked');
      assert.equal(await code({ action: 'unlock' }, 'hand'), 'done');
      assert.equal(await code({ action: 'on' }), 'done');
    });

    it('that is not safe leaves a lock-out to who made it', async () => {
      await open({});
      await ask({ action: 'lock', why: 'belt' }, 'hand');
      await restart({ fault: 'on' }, { past: { unsafe } });
      assert.deepEqual([record().state, record().locked?.why], [false, 'belt']);
    });

    it('restores relays one after another, those that rest longer when they may', async () => {
      const channels = ['b', 'c', 'd'].map((id, index) => ({ id, line: index + 1, start: 'restore' }));
      const [b, c, d] = channels;
      const more = [{ ...b, rules: { minOff: 2500 } }, c!, d!];
      await open({ start: 'restore' }, { more });
      await pass(2500);
      for (const id of ['a', 'b', 'c']) assert.equal(await code({ action: 'on' }, 'auto', id), 'done');
      await restart({ start: 'restore' }, { more, stagger: 1000 });
      const states = (): (boolean | null)[] => board.records().map(({ state }) => state);
      assert.deepEqual(states(), [false, false, false, false]);
      assert.deepEqual(
        board.records().map(({ fault }) => fault),
        [undefined, undefined, undefined, undefined],
      );
      await pass(0);
      assert.deepEqual(states(), [true, false, false, false]);
      await pass(1000);
      assert.deepEqual(states(), [true, false, false, false], 'it still rests');
      await pass(1000);
      assert.deepEqual(states(), [true, false, true, false]);
      await pass(500);
      assert.deepEqual(states(), [true, true, true, false]);
      assert.deepEqual(
        logged.filter(({ by }) => by === 'restore').map(({ relay, code: what }) => [relay, what]),
        [
          ['a', 'done'],
          ['b', 'min-off'],
          ['c', 'done'],
          ['b', 'done'],
        ],
      );
    });

    it('restores what it was about to, should it die or be deployed meanwhile; not what somebody else has taken', async () => {
      const more = [
        { id: 'b', line: 1, start: 'restore' },
        { id: 'c', line: 2, start: 'restore' },
      ];
      const options = { more, stagger: 1000 };
      await open({ start: 'restore' }, options);
      for (const id of ['a', 'b', 'c']) await ask({ action: 'on' }, 'auto', id);
      await restart({ start: 'restore' }, options);
      await pass(0);
      await restart({ start: 'restore' }, options);
      await ask({ action: 'hand' }, 'hand', 'c');
      assert.equal(
        await code({ action: 'off', ttl: 0.5 }, 'auto', 'c'),
        'unchanged',
        'who may not ends nothing',
      );
      assert.equal(await code({ action: 'off' }, 'hand', 'b'), 'unchanged');
      await board.close();
      await open({ start: 'restore' }, options);
      await pass(5000);
      assert.deepEqual(
        board.records().map(({ state }) => state),
        [true, false, true],
      );
    });

    it('executes no command again that was answered before it', async () => {
      await open({});
      const result = await ask({ action: 'on', id: 'x' });
      const answered = (): Map<string, Result> => new Map([['x', result]]);
      await restart({}, { past: { answered } });
      const again = await ask({ action: 'on', id: 'x' });
      assert.deepEqual([again.code, again.state], ['duplicate', false]);
      assert.equal(await code({ action: 'on', id: 'y' }), 'done');
    });
  });

  it('locks a relay out though its board is not available, which it is off by when it is back', async () => {
    await open({});
    await ask({ action: 'on' });
    driver.faults.failing.add('read').add('open');
    await pass(READ_EACH_MS);
    const { code: what, reason } = await ask({ action: 'lock', why: 'belt' }, 'hand');
    assert.equal(what, 'done');
    assert.match(reason!, /goes off once its board is available \(the simulated board/);
    assert.equal(record().locked?.why, 'belt');
    assert.equal(kept.get('a')?.lock?.why, 'belt', 'a start finds it too');
    driver.faults.failing.clear();
    await pass(5000);
    await pass(0);
    assert.deepEqual([record().state, await level()], [false, false]);
  });

  it('ends by an error in its fault states, in order in its end states, and locked out as it is', async () => {
    const more = [
      { id: 'b', line: 1, start: 'on', end: 'on', fault: 'off' },
      { id: 'c', line: 2, end: 'on', fault: 'on' },
    ];
    await open({ end: 'off', fault: 'on' }, { more });
    await ask({ action: 'lock', why: 'belt' }, 'hand', 'c');
    const ends = async (isFault: boolean): Promise<boolean[]> => {
      board.end(isFault);
      return Promise.all([level(0), level(1), level(2)]);
    };
    assert.deepEqual(await ends(true), [true, false, false]);
    assert.deepEqual(await ends(false), [false, true, false]);
  });

  it('takes another longest time on from the deploy that brings it, and keeps a pulse that ends before', async () => {
    await open({});
    await ask({ action: 'on' });
    await pass(60_000);
    await board.close();
    await open({ rules: { maxOn: 2000 } });
    await pass(0);
    assert.equal(record().state, true, 'a deploy moves nothing');
    await pass(1999);
    assert.equal(await code({ action: 'on' }), 'unchanged');
    assert.equal(record().state, true);
    await pass(1);
    assert.equal(record().state, false);
    await ask({ action: 'on', for: 1000 });
    await board.close();
    await open({ rules: { maxOn: 5000 } });
    await pass(999);
    assert.equal(record().state, true);
    await pass(1);
    assert.equal(record().state, false);
  });

  describe('a heartbeat', () => {
    it('beats while the board is well, is no relay, and ends with it', async () => {
      await open({}, { more: [{ id: 'alive', line: 9, beat: 500 }] });
      assert.deepEqual(
        board.records().map(({ id }) => id),
        ['a'],
      );
      assert.equal(await code({ action: 'on' }, 'hand', 'alive'), 'unknown-relay');
      const seen: boolean[] = [];
      for (let round = 0; round < 4; round++) {
        await pass(500);
        seen.push(await level(9));
      }
      assert.deepEqual(seen, [true, false, true, false]);
      driver.faults.failing.add('read').add('open');
      await pass(READ_EACH_MS);
      driver.faults.failing.delete('read');
      const before = await level(9);
      await pass(500);
      await pass(500);
      assert.equal(await level(9), before, 'a board that is not well does not beat');
      driver.faults.failing.clear();
      await pass(5000);
      await pass(500);
      assert.equal(board.status.available, true);
      const back = await level(9);
      await pass(500);
      assert.notEqual(await level(9), back);
    });

    it('does not beat while a write hangs', async () => {
      await open({}, { more: [{ id: 'alive', line: 9, beat: 300 }] });
      const opened = Promise.withResolvers<void>();
      let waiting = 0;
      driver.faults.wait = () => {
        waiting += 1;
        return opened.promise;
      };
      for (let beat = 0; beat < 3; beat++) await pass(300);
      assert.equal(waiting, 1);
      driver.faults.wait = undefined;
      opened.resolve();
      await pass(1);
      assert.equal(board.status.available, true);
    });
  });
});
