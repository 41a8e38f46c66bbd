/** Trips: against people too, latched through deploys and restarts, until a person resets them. */
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { forgetSimulated, SimulatedDriver } from '../../../lib/gpio/simulated.ts';
import { Board, type Memory } from '../../../lib/relays/board.ts';
import { parseChannels } from '../../../lib/relays/channels.ts';
import { newCommand, type Wish } from '../../../lib/relays/command.ts';
import { gate } from './bench.ts';
import type { KeptRelay, Owner, RelayRecord, Result } from '../../../lib/relays/relay.ts';

const TRIP: Wish = { action: 'trip', why: 'tank empty' };

describe('a trip', () => {
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

  async function open(channel: object = {}): Promise<void> {
    make(channel);
    await board.open({ kept });
  }
  function make(channel: object): void {
    driver = new SimulatedDriver('one');
    board = new Board({
      name: 'one',
      channels: parseChannels([{ id: 'a', line: 0, ...channel }]),
      driver,
      clock,
      log: (entry) => {
        logged.push(entry);
        return Promise.resolve(true);
      },
      memory,
      keep: (id, what) => void kept.set(id, structuredClone(what)),
    });
  }
  async function redeploy(channel: object = {}): Promise<void> {
    await board.close();
    await open(channel);
  }
  /** Only what was kept is known, and the pins rest. */
  async function restart(channel: object = {}): Promise<void> {
    await board.close();
    forgetSimulated('one');
    memory = new Map();
    await open(channel);
  }
  const ask = (wish: Wish, owner: Owner = 'hand'): Promise<Result> =>
    board.command(newCommand({ ...wish, relay: 'a', by: owner, from: 'here', owner }, clock));
  const code = async (wish: Wish, owner?: Owner): Promise<string> => (await ask(wish, owner)).code;
  const record = (): RelayRecord => board.records()[0]!;
  const line = async (): Promise<boolean> => (await driver.read([0])).get(0)!;
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 4; round++) await turn();
  };

  it('of a flow stops what a person has in hand', async () => {
    await open();
    assert.equal(await code({ action: 'on' }), 'done');
    assert.equal(await code({ action: 'off' }, 'auto'), 'not-in-auto', 'an off of a flow is none');
    const tripped = await ask(TRIP, 'auto');
    assert.deepEqual([tripped.ok, tripped.code, tripped.state], [true, 'done', false]);
    const { hand, tripped: trip } = record();
    assert.equal(hand?.by, 'hand', 'it is still theirs once it is reset');
    assert.deepEqual([trip?.by, trip?.reason], ['auto', 'tank empty']);
    assert.ok(Date.parse(trip!.since) > 0);
    assert.deepEqual([logged.at(-1)?.['action'], logged.at(-1)?.['why']], ['trip', 'tank empty']);
  });

  it('lets nobody switch it on, nor force it, and says why', async () => {
    await open();
    await ask(TRIP, 'auto');
    for (const owner of ['auto', 'hand', 'safety'] as const) {
      const refused = await ask({ action: 'on' }, owner);
      assert.deepEqual([refused.ok, refused.code, refused.state], [false, 'tripped', false], owner);
      assert.match(refused.reason!, /tank empty/);
    }
    for (const action of ['on', 'off'] as const)
      assert.equal(await code({ action, force: true, for: 1000 }), 'tripped');
    assert.equal(await code({ action: 'toggle' }), 'tripped');
    assert.equal(await code({ action: 'off' }), 'unchanged', 'off it is already');
  });

  it('holds at once against all that waits before it', async () => {
    await open();
    const { wait, open: go, entered } = gate();
    driver.faults.wait = wait;
    const first = ask({ action: 'on' }, 'auto');
    const waiting = Array.from({ length: 20 }, () => code({ action: 'toggle' }, 'auto'));
    await entered;
    const trip = ask(TRIP, 'auto');
    assert.equal(record().tripped?.reason, 'tank empty', 'before its turn');
    driver.faults.wait = undefined;
    go();
    await first;
    const codes = await Promise.all(waiting);
    assert.ok(codes.includes('tripped'));
    assert.deepEqual([(await trip).ok, await line(), record().state], [true, false, false]);
    const ons = logged.filter(({ action, state }) => action === 'toggle' && state === true);
    assert.deepEqual(ons, [], 'nothing went on after it');
  });

  it('ends a force, and waits for no time that it stays on at least', async () => {
    await open({ rules: { minOn: 60_000 } });
    await ask({ action: 'on', force: true, for: 5000 });
    assert.equal(await code(TRIP, 'auto'), 'done');
    assert.deepEqual([record().state, record().forced], [false, undefined]);
    clock.advance(5000);
    await settle();
    assert.equal(record().state, false);
  });

  it('stays until a person resets it, which switches nothing', async () => {
    await open();
    await ask({ action: 'on' }, 'auto');
    await ask(TRIP, 'auto');
    for (const action of ['auto', 'unlock', 'hand'] as const) await ask({ action });
    assert.ok(record().tripped, 'no other word ends it');
    const refused = await ask({ action: 'reset' }, 'auto');
    assert.deepEqual([refused.code, refused.state], ['invalid', false]);
    assert.equal(await code({ action: 'reset' }), 'done');
    assert.deepEqual([record().tripped, record().state, await line()], [undefined, false, false]);
    assert.equal(await code({ action: 'on' }), 'done');
  });

  it('is the first one, however often it is said', async () => {
    await open();
    await ask(TRIP, 'auto');
    const first = record().tripped;
    clock.advance(5000);
    assert.equal(await code({ action: 'trip', why: 'motor hot' }), 'unchanged');
    assert.deepEqual(record().tripped, first);
  });

  it('is reset only where there is one', async () => {
    await open();
    const result = await ask({ action: 'reset' });
    assert.deepEqual([result.ok, result.code], [true, 'unchanged']);
  });

  it('goes to on where that is its fault state, and nobody switches it off but a lock-out', async () => {
    await open({ fault: 'on' });
    assert.deepEqual([await code(TRIP, 'auto'), record().state], ['done', true]);
    assert.equal(await code({ action: 'off' }), 'tripped');
    assert.equal(await code({ action: 'lock', why: 'new belt' }), 'done');
    assert.deepEqual([record().state, await line()], [false, false]);
    assert.equal(await code({ action: 'on' }), 'locked');
    await ask({ action: 'unlock' });
    assert.equal(record().state, false, 'unlocking moves nothing');
    assert.equal(await code({ action: 'on' }), 'done', 'to its trip state it may always go');
  });

  it('never switches on what a person has locked out', async () => {
    await open({ fault: 'on' });
    await ask({ action: 'lock', why: 'new belt' });
    await ask(TRIP, 'auto');
    assert.deepEqual([record().state, await line()], [false, false]);
    await restart({ fault: 'on' });
    assert.deepEqual([record().state, record().tripped?.reason], [false, 'tank empty']);
  });

  it('puts off a relay that is left as it is where something is wrong', async () => {
    await open({ fault: 'hold' });
    await ask({ action: 'on' });
    await ask(TRIP, 'auto');
    assert.equal(record().state, false);
  });

  it('outlives a deploy, and a start of the process in its trip state', async () => {
    const channel = { start: 'restore', end: 'on' };
    await open(channel);
    await ask({ action: 'on' });
    await ask(TRIP, 'auto');
    await redeploy(channel);
    assert.equal(await code({ action: 'on' }), 'tripped');
    await restart(channel);
    assert.deepEqual([record().state, record().tripped?.reason], [false, 'tank empty']);
    assert.equal(await code({ action: 'on' }), 'tripped');
    assert.equal(await code({ action: 'reset' }), 'done');
    await restart(channel);
    assert.deepEqual([record().state, record().tripped], [false, undefined]);
  });

  it('starts on where that is its trip state', async () => {
    await open({ fault: 'on' });
    await ask(TRIP, 'auto');
    await restart({ fault: 'on' });
    assert.deepEqual([record().state, await line()], [true, true]);
  });

  it('that comes while the board is away is carried out when it is back', async () => {
    await open();
    await ask({ action: 'on' });
    driver.faults.failing.add('read');
    assert.equal(await code({ action: 'off' }), 'unavailable');
    const result = await ask(TRIP, 'auto');
    assert.deepEqual([result.code, result.state], ['done', null]);
    assert.match(result.reason!, /once its board is available/);
    driver.faults.failing.clear();
    clock.advance(5000);
    await settle();
    assert.deepEqual([record().state, await line()], [false, false]);
    const entry = logged.at(-1)!;
    assert.deepEqual([entry['action'], entry['by'], entry['via']], ['trip', 'auto', 'start']);
  });

  it('that comes before it is known what was kept stands, and loses nothing of it', async () => {
    const channel = { start: 'restore' };
    await open(channel);
    await ask({ action: 'on' });
    const before = structuredClone(kept.get('a')!);
    await board.close();
    forgetSimulated('one');
    memory = new Map();
    make(channel);
    const early = await ask(TRIP, 'auto');
    assert.deepEqual([early.code, early.state], ['done', null]);
    assert.equal(await code({ action: 'on' }), 'unavailable');
    assert.deepEqual(kept.get('a'), before, 'nothing is kept yet');
    await board.open({ kept: new Map([['a', before]]) });
    const { state, tripped, hand } = record();
    assert.deepEqual([state, tripped?.reason, hand?.by], [false, 'tank empty', 'hand']);
    assert.equal(kept.get('a')?.trip?.reason, 'tank empty');
  });

  it('stays with a relay whose id is spelled otherwise by a deploy', async () => {
    await open({ id: '\u067e\u0645\u067e-\u0622\u0628\u064a' });
    await board.command(
      newCommand({ ...TRIP, relay: record().id, by: 'flow', from: 'here', owner: 'auto' }, clock),
    );
    await redeploy({ id: '\u067e\u0645\u067e-\u0622\u0628\u06cc' });
    assert.equal(record().tripped?.reason, 'tank empty');
  });

  it('at the end of the process leaves its trip state behind', async () => {
    const levels: ReadonlyMap<number, boolean>[] = [];
    await open({ end: 'on' });
    driver.setAtExit = (given) => void levels.push(given);
    await ask(TRIP, 'auto');
    board.end(false);
    board.end(true);
    assert.deepEqual(
      levels.map((given) => given.get(0)),
      [false, false],
    );
  });

  it('feeds no watchdog, and none goes off meanwhile', async () => {
    await open({ fault: 'on', rules: { watchdog: 1000 } });
    await ask(TRIP, 'auto');
    clock.advance(10_000);
    await settle();
    assert.equal(record().locked, undefined);
  });
});
