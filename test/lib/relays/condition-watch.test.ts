/** Trips and permits by conditions: what a board does when its plant says so, or says nothing. */
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { forgetSimulated, SimulatedDriver } from '../../../lib/gpio/simulated.ts';
import { Board, type Memory } from '../../../lib/relays/board.ts';
import { parseChannels } from '../../../lib/relays/channels.ts';
import { newCommand, type Wish } from '../../../lib/relays/command.ts';
import { GONE_GRACE_MS, SOURCE_GRACE_MS } from '../../../lib/relays/condition-watch.ts';
import type { KeptRelay, Owner, RelayRecord, Result } from '../../../lib/relays/relay.ts';
import { Sources } from './sources.ts';

const EMPTY = { source: 'device', id: 'tank', op: 'is', value: true, reason: 'tank empty' };
const DOOR = { source: 'input', id: 'door', op: 'is', value: true };
const LEVEL = { source: 'topic', id: 'plant/level', op: 'below', value: 5 };

describe('a relay with conditions', () => {
  let clock: FakeClock;
  let driver: SimulatedDriver;
  let sources: Sources;
  let board: Board;
  let logged: Readonly<Record<string, unknown>>[];
  let kept: Map<string, KeptRelay>;
  let memory: Map<string, Memory>;

  beforeEach(() => {
    clock = new FakeClock();
    clock.advance(1_000_000);
    sources = new Sources();
    logged = [];
    kept = new Map();
    memory = new Map();
  });
  afterEach(async () => {
    await board.close();
    forgetSimulated('one');
    assert.equal(clock.pending, 0, 'no timer is left behind');
    assert.equal(sources.watched, 0, 'nothing is watched any more');
  });

  async function open(rules: object, channel: object = {}): Promise<void> {
    driver = new SimulatedDriver('one');
    board = new Board({
      name: 'one',
      channels: parseChannels([{ id: 'a', line: 0, rules, ...channel }]),
      driver,
      clock,
      conditions: sources,
      log: (entry) => {
        logged.push(entry);
        return Promise.resolve(true);
      },
      memory,
      keep: (id, what) => void kept.set(id, structuredClone(what)),
    });
    await board.open({ kept });
    await settle();
  }
  /** Only what was kept is known, and the pins rest. */
  async function restart(rules: object, channel: object = {}): Promise<void> {
    await board.close();
    forgetSimulated('one');
    memory = new Map();
    await open(rules, channel);
  }
  const ask = (wish: Wish, owner: Owner = 'hand'): Promise<Result> =>
    board.command(newCommand({ ...wish, relay: 'a', by: owner, from: 'here', owner }, clock));
  const code = async (wish: Wish, owner?: Owner): Promise<string> => (await ask(wish, owner)).code;
  const record = (): RelayRecord => board.records()[0]!;
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 6; round++) await turn();
  };
  const say: typeof sources.say = (...args) => sources.say(...args);

  describe('that trip it', () => {
    it('is stopped though a person has it in hand, and is reset once the cause is gone', async () => {
      say('device tank', false);
      await open({ trips: [EMPTY], minOn: 60_000 });
      assert.equal(await code({ action: 'on' }), 'done');
      say('device tank', true);
      await settle();
      const { state, tripped, hand } = record();
      assert.deepEqual(
        [state, tripped?.by, tripped?.reason, hand?.by],
        [false, 'tank', 'tank empty', 'hand'],
      );
      assert.deepEqual(tripped?.causes, ['tank']);
      const refused = await ask({ action: 'reset' });
      assert.deepEqual([refused.code, refused.ok], ['tripped', false]);
      assert.match(refused.reason!, /while this is so: tank empty \("tank"\)/);
      say('device tank', false);
      assert.deepEqual([record().state, record().tripped?.causes], [false, undefined], 'latched');
      assert.equal(await code({ action: 'on' }), 'tripped');
      assert.equal(await code({ action: 'reset' }), 'done');
      assert.equal(await code({ action: 'on' }), 'done');
    });

    it('has the cause in the log', async () => {
      say('device tank', true);
      await open({ trips: [EMPTY] });
      const { action, by, via, why, cause } = logged.at(-1)!;
      assert.deepEqual([action, by, via, why], ['trip', 'tank', 'rule', 'tank empty']);
      assert.deepEqual(cause, [
        { kind: 'device', id: 'tank' },
        { kind: 'rule', id: 'trip' },
      ]);
      assert.equal(logged.length, 1, 'once');
    });

    it('trips while it is off too', async () => {
      say('device tank', false);
      await open({ trips: [EMPTY] });
      say('device tank', true);
      say('device tank', false);
      await settle();
      assert.equal(record().tripped?.reason, 'tank empty');
    });

    it('counts a source that is lost as a cause, and says that it is lost and not empty', async () => {
      say('device tank', false);
      await open({ trips: [EMPTY] });
      await ask({ action: 'on' });
      say('device tank', null, { reason: 'the sensor is broken' });
      await settle();
      assert.equal(record().state, false);
      assert.match(record().tripped!.reason, /"tank" is not known: the sensor is broken/);
      assert.equal(await code({ action: 'reset' }), 'tripped');
    });

    it('ignores a lost source where that is chosen', async () => {
      say('device tank', false);
      await open({ trips: [{ ...EMPTY, lost: 'ignore' }] });
      await ask({ action: 'on' });
      sources.forget('device tank');
      clock.advance(GONE_GRACE_MS);
      await settle();
      assert.deepEqual([record().state, record().tripped], [true, undefined]);
    });

    it('does not trip because a deploy takes its source away and makes it anew', async () => {
      say('device tank', false);
      await open({ trips: [EMPTY] });
      await ask({ action: 'on' });
      sources.forget('device tank');
      clock.advance(GONE_GRACE_MS - 1);
      await settle();
      assert.deepEqual([record().state, record().tripped], [true, undefined]);
      assert.equal(await code({ action: 'off' }), 'done');
      assert.equal(await code({ action: 'on' }), 'not-permitted', 'nothing goes on meanwhile');
      say('device tank', false);
      assert.equal(await code({ action: 'on' }), 'done');
      clock.advance(GONE_GRACE_MS);
      await settle();
      assert.equal(record().state, true);
    });

    it('trips where its source does not come back', async () => {
      say('device tank', false);
      await open({ trips: [EMPTY] });
      await ask({ action: 'on' });
      sources.forget('device tank');
      await settle();
      clock.advance(GONE_GRACE_MS);
      await settle();
      assert.match(record().tripped!.reason, /"tank" is not known/);
      assert.equal(record().state, false);
    });

    it('takes a value of another type for no value: the text "true" proves nothing', async () => {
      say('device tank', 'true');
      await open({ trips: [EMPTY] });
      const refused = await ask({ action: 'on' });
      assert.equal(refused.code, 'not-permitted');
      assert.match(refused.reason!, /"tank" is a string, "true", and is compared with a boolean, true/);
    });

    it('trips by any of several, and tells all that are still there', async () => {
      say('device tank', false);
      say('topic plant/level', 9);
      await open({ trips: [EMPTY, LEVEL] });
      await ask({ action: 'on' });
      say('topic plant/level', 4);
      await settle();
      assert.match(record().tripped!.reason, /"plant\/level" is 4 .*below 5/);
      say('device tank', true);
      assert.deepEqual(record().tripped?.causes, ['tank', 'plant/level']);
    });
  });

  describe('whose sources say nothing after a start', () => {
    it('does not go on, and has not tripped', async () => {
      await open({ trips: [EMPTY] });
      for (const owner of ['hand', 'auto'] as const) {
        const refused = await ask({ action: 'on' }, owner);
        assert.deepEqual([refused.code, refused.state], ['not-permitted', false]);
        assert.match(refused.reason!, /"tank" is not known: nothing was heard of it yet/);
      }
      assert.equal(await code({ action: 'on', force: true, for: 1000 }), 'not-permitted');
      clock.advance(SOURCE_GRACE_MS);
      await settle();
      assert.equal(record().tripped, undefined);
      say('device tank', false);
      assert.equal(await code({ action: 'on' }), 'done');
    });

    it('trips by a bad value only once it was good', async () => {
      const bad = { source: 'input', id: 'motor', op: 'bad' };
      say('input motor', null);
      await open({ trips: [bad] });
      assert.deepEqual([record().tripped, await code({ action: 'on' })], [undefined, 'not-permitted']);
      say('input motor', true);
      assert.equal(await code({ action: 'on' }), 'done');
      say('input motor', null);
      await settle();
      assert.equal(record().tripped?.by, 'motor');
    });

    it('trips where it was found on and nothing was heard for a minute', async () => {
      await open({}, { start: 'hold' });
      await ask({ action: 'on' });
      await board.close();
      await open({ trips: [EMPTY] }, { start: 'hold' });
      clock.advance(SOURCE_GRACE_MS - 1);
      await settle();
      assert.equal(record().state, true);
      clock.advance(1);
      await settle();
      assert.deepEqual([record().state, record().tripped?.by], [false, 'tank']);
    });

    it('trips at once where it was found on and the cause is there', async () => {
      await open({}, { start: 'hold' });
      await ask({ action: 'on' });
      await board.close();
      say('device tank', true);
      await open({ trips: [EMPTY] }, { start: 'hold' });
      assert.deepEqual([record().state, record().tripped?.reason], [false, 'tank empty']);
    });

    it('goes on as it was once they permit it', async () => {
      say('device tank', false);
      say('input door', true);
      const rules = { trips: [EMPTY], permits: [DOOR] };
      await open(rules, { start: 'restore' });
      await ask({ action: 'on' }, 'auto');
      sources.forget('device tank');
      sources.forget('input door');
      kept.get('a');
      await board.close();
      const before = new Map(kept);
      before.set('a', { ...kept.get('a')!, trip: null, desired: true, state: true });
      kept = before;
      forgetSimulated('one');
      memory = new Map();
      const entries = logged.length;
      await open(rules, { start: 'restore' });
      clock.advance(1000);
      await settle();
      assert.deepEqual([record().state, logged.length], [false, entries], 'it waits without a word');
      say('device tank', false);
      clock.advance(1);
      await settle();
      assert.equal(record().state, false);
      say('input door', true);
      clock.advance(1);
      await settle();
      assert.deepEqual([record().state, record().by], [true, 'restore']);
    });

    it('stays off where they do not within a minute', async () => {
      const rules = { trips: [EMPTY] };
      kept.set('a', { state: true, desired: true, hand: null, lock: null, cycles: 1, onFor: 0 });
      await open(rules, { start: 'restore' });
      clock.advance(SOURCE_GRACE_MS);
      await settle();
      clock.advance(1);
      await settle();
      assert.equal(logged.at(-1)?.['code'], 'not-permitted');
      say('device tank', false);
      clock.advance(1);
      await settle();
      assert.equal(record().state, false);
    });

    it('keeps a trip of before, which is reset once they are there and well', async () => {
      say('device tank', false);
      await open({ trips: [EMPTY] });
      say('device tank', true);
      await settle();
      sources.forget('device tank');
      await restart({ trips: [EMPTY] });
      assert.deepEqual([record().tripped?.reason, record().tripped?.causes], ['tank empty', ['tank']]);
      assert.equal(await code({ action: 'reset' }), 'tripped');
      say('device tank', false);
      assert.equal(await code({ action: 'reset' }), 'done');
    });
  });

  describe('that permit it', () => {
    it('goes on only while they hold', async () => {
      await open({ permits: [DOOR] });
      assert.equal(await code({ action: 'on' }), 'not-permitted');
      say('input door', false);
      const refused = await ask({ action: 'on' });
      assert.deepEqual([refused.code, record().tripped], ['not-permitted', undefined]);
      assert.match(refused.reason!, /"door" is false \(compared with: true\)/);
      say('input door', true);
      assert.equal(await code({ action: 'on' }), 'done');
    });

    it('trips when one is lost while it is on, and not while it is off', async () => {
      say('input door', true);
      await open({ permits: [DOOR] });
      say('input door', false);
      await settle();
      assert.equal(record().tripped, undefined);
      say('input door', true);
      await ask({ action: 'on' });
      say('input door', false);
      await settle();
      assert.deepEqual([record().state, record().tripped?.by], [false, 'door']);
      assert.equal(await code({ action: 'reset' }), 'tripped', 'the door is still open');
      say('input door', true);
      assert.equal(await code({ action: 'reset' }), 'done');
    });

    it('are no matter of a reset where something else has tripped it', async () => {
      say('input door', false);
      await open({ permits: [DOOR] });
      await ask({ action: 'trip', why: 'motor hot' }, 'auto');
      assert.equal(await code({ action: 'reset' }), 'done');
      assert.equal(await code({ action: 'on' }), 'not-permitted');
    });

    it('trips what goes on while the permit is lost', async () => {
      say('input door', true);
      await open({ permits: [DOOR] });
      driver.faults.wait = () => Promise.resolve(say('input door', false));
      await ask({ action: 'on' });
      await settle();
      assert.equal(record().state, false);
    });
  });

  it('goes to on as its trip state, where that is its fault state', async () => {
    say('device tank', false);
    await open({ trips: [EMPTY] }, { fault: 'on' });
    say('device tank', true);
    await settle();
    assert.deepEqual([record().state, record().tripped?.by], [true, 'tank']);
  });
});
