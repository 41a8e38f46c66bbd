/**
 * Boards against the reference: random commands of flows and people, with time passing, boards that fail and are
 * redeployed. `MODEL_COMMANDS` makes it longer, `MODEL_SEED` repeats a run.
 */
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { forgetSimulated, SimulatedDriver } from '../../../lib/gpio/simulated.ts';
import { Board, type Memory } from '../../../lib/relays/board.ts';
import { Caretaker } from '../../../lib/relays/caretaker.ts';
import { parseChannels } from '../../../lib/relays/channels.ts';
import { newCommand } from '../../../lib/relays/command.ts';
import { Interlocks } from '../../../lib/relays/interlocks.ts';
import { REOPEN_MS } from '../../../lib/relays/kept-open.ts';
import type { Action, KeptRelay, Owner, RelayRecord } from '../../../lib/relays/relay.ts';
import { parseRules } from '../../../lib/relays/rules.ts';
import { Reference } from './reference.ts';
import { isFaulty } from './reference-state.ts';
import { Sources } from './sources.ts';
import { randomOf } from '../../kill/random.ts';

const COMMANDS = Number(process.env['MODEL_COMMANDS'] ?? 100_000);
const SEED = Number(process.env['MODEL_SEED'] ?? 20_261_124);

const CHANNELS = [
  [
    {
      id: 'a',
      line: 0,
      rules: {
        minOn: 50,
        minOff: 30,
        rate: { count: 3, within: 400 },
        watchdog: 150,
      },
    },
    {
      id: 'b',
      line: 1,
      rules: {
        permits: [{ source: 'input', id: 'door', op: 'is', value: true }],
        interlock: 'doors',
        changeOver: 20,
        maxOn: 300,
      },
    },
  ],
  [
    {
      id: 'c',
      line: 0,
      rules: {
        trips: [{ source: 'device', id: 'tank', op: 'is', value: true }],
        interlock: 'doors',
        minOn: 25,
      },
    },
    { id: 'd', line: 1, activeLow: true, rules: { maxOn: 120, minOff: 10, handFor: 200 } },
  ],
];
const ACTIONS: readonly Action[] = [
  'on',
  'on',
  'on',
  'off',
  'off',
  'toggle',
  'hand',
  'auto',
  'auto',
  'lock',
  'unlock',
  'unlock',
  'trip',
  'reset',
  'reset',
];

describe(`boards do as the reference says, ${COMMANDS} times (MODEL_SEED=${SEED})`, function () {
  this.timeout(600_000);

  it('by code and by line, and never two of an interlock on', async () => {
    const random = randomOf(SEED);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
    const clock = new FakeClock();
    const reference = new Reference();
    const interlocks = new Interlocks(clock);
    const drivers = CHANNELS.map((_, index) => new SimulatedDriver(`model-${index}`));
    const sources = new Sources();
    sources.say('device tank', reference.facts.tank);
    sources.say('input door', reference.facts.door);
    const kept = new Map<string, KeptRelay>();
    const memories = CHANNELS.map(() => new Map<string, Memory>());
    const caretakers = new Map<number, Caretaker>();
    const make = (index: number): Board =>
      new Board({
        name: `model-${index}`,
        channels: parseChannels(CHANNELS[index]),
        driver: drivers[index]!,
        clock,
        log: () => Promise.resolve(true),
        memory: memories[index]!,
        interlocks,
        conditions: sources,
        caretaker: caretakers.get(index),
        keep: (id, what) => void kept.set(id, structuredClone(what)),
      });
    const boards = CHANNELS.map((_, index) => make(index));
    const parsed = CHANNELS.map((channels) => parseChannels(channels));
    const stop = (index: number): void => {
      const [driver, memory] = [drivers[index]!, memories[index]!];
      caretakers.set(
        index,
        new Caretaker({ name: `model-${index}`, channels: parsed[index]!, driver, clock, memory }),
      );
    };
    for (const [index, channels] of CHANNELS.entries()) {
      for (const { id, rules } of channels) reference.add(id, index, parseRules(rules, id));
      await boards[index]!.open();
    }
    const settle = async (): Promise<void> => {
      for (let round = 0; round < 3; round++) await turn();
    };
    /** Lets time pass, each moment at which something is due for itself. */
    const pass = async (ms: number): Promise<void> => {
      const end = reference.now + ms;
      for (;;) {
        const next = Math.max(reference.now, Math.min(reference.nextDue(), end));
        const hands = Array.from(reference.relays.values()).filter(
          ({ handUntil }) => handUntil <= next,
        ).length;
        clock.advance(next - reference.now);
        await settle();
        // What falls due at once is done one after another.
        for (let round = 0; round < hands; round++) {
          clock.advance(0);
          await settle();
        }
        reference.reach(next);
        if (next === end && reference.nextDue() > end) return;
      }
    };
    const recordOf = (of: string): RelayRecord =>
      boards.flatMap((board) => board.records()).find(({ id }) => id === of)!;

    const away = new Set<number>();
    const codes = new Map<string, number>();
    let last = { name: '', id: '' };
    for (let count = 0; count < COMMANDS; count++) {
      const at = `command ${count}`;
      for (const index of away) {
        if (random() < 0.7) continue;
        away.delete(index);
        boards[index] = make(index);
        await boards[index].open();
        reference.find(index);
        await pass(0);
      }
      const dice = random();
      if (dice < 0.02) {
        // A redeploy begins: nothing is known of the board, until it ends some commands later.
        const index = Math.floor(random() * boards.length);
        if (!away.has(index)) {
          away.add(index);
          await boards[index]!.close();
          stop(index);
          reference.stop(index);
        }
      } else if (dice < 0.025) {
        // The process dies, and the next one starts: only what was kept is known.
        const index = Math.floor(random() * boards.length);
        if (!away.has(index)) {
          await boards[index]!.close();
          boards[index]!.leave();
          caretakers.delete(index);
          // The clock may be set while no process runs.
          if (random() < 0.5) {
            const ms = Math.floor((random() - 0.5) * 400);
            clock.jump(ms);
            reference.skew += ms;
          }
          forgetSimulated(`model-${index}`);
          memories[index] = new Map();
          boards[index] = make(index);
          reference.restart(index);
          await boards[index].open({ kept });
          await pass(0);
        }
      } else if (dice < 0.03 && away.size === 0) {
        // The hardware fails at the next write or read, and is back after the board has tried again.
        const index = Math.floor(random() * boards.length);
        const { failing } = drivers[index]!.faults;
        for (const kind of ['read', 'write', 'open'] as const) failing.add(kind);
        const id = `fail-${count}`;
        const name = CHANNELS[index]![0]!.id;
        const command = { action: 'toggle', id, relay: name, by: 'x', from: 'x', owner: 'auto' } as const;
        const { code } = await boards[index]!.command(newCommand(command, clock));
        assert.equal(code, 'unavailable', at);
        reference.lose(index);
        // Its line may be moved meanwhile, past the board. None of an interlock is: both would be on.
        const moved = CHANNELS[index]!.find(({ id: each }) => each === 'a' || each === 'd')!;
        const isMoved = random() < 0.5;
        if (isMoved) drivers[index]!.move(moved.line, !reference.relays.get(moved.id)!.on);
        assert.equal(reference.ask(name, { ...command, age: 0 }), 'unavailable', at);
        const mended = Math.floor(random() * REOPEN_MS);
        await pass(mended);
        failing.clear();
        await pass(REOPEN_MS - mended);
        reference.find(index, isMoved ? moved.id : undefined);
        await pass(0);
      } else if (dice < 0.5) {
        await pass(Math.floor(random() * 60));
      }

      if (random() < 0.05) {
        const fact = pick(['tank', 'door'] as const);
        const is = !reference.facts[fact];
        sources.say(fact === 'tank' ? 'device tank' : 'input door', is);
        reference.say(fact, is);
        await settle();
      }

      const name = pick(['a', 'b', 'c', 'd']);
      const action = pick(ACTIONS);
      const owner = pick<Owner>(['auto', 'hand']);
      const id = random() < 0.05 && last.name === name ? last.id : `c${count}`;
      last = { name, id };
      const age = Math.floor(random() * 20);
      const ttl = random() < 0.2 ? 10 : undefined;
      const force = (action === 'on' || action === 'off') && random() < 0.1;
      const timed = force || (action === 'on' && random() < 0.3);
      const duration = timed ? 1 + Math.floor(random() * 200) : undefined;
      const board = boards[reference.relays.get(name)!.board]!;
      const issued = clock.monotonic() - age;
      const more = {
        ...(ttl !== undefined && { ttl }),
        ...(duration !== undefined && { for: duration }),
        ...(force && { force: true as const }),
      };
      const why = action === 'lock' || action === 'trip' ? { why: 'work' } : {};
      const wish = { action, id, relay: name, by: owner, from: 'test', owner, issued, ...more, ...why };
      const { code } = await board.command(newCommand(wish, clock));
      if (away.has(reference.relays.get(name)!.board))
        caretakers.get(reference.relays.get(name)!.board)!.attend();
      const expected = reference.ask(name, { id, action, owner, age, ...more });
      codes.set(code, (codes.get(code) ?? 0) + 1);
      const what = `${at}: ${JSON.stringify(wish)} at ${reference.now}`;
      assert.equal(code, expected, what);
      await pass(0);
      for (const [each, relay] of reference.relays) {
        const isAway = away.has(relay.board);
        const { state, fault } = recordOf(each);
        assert.equal(state, isAway ? null : relay.on, `${what}: ${each}`);
        const found = fault?.code === 'readback-mismatch';
        assert.equal(found, !isAway && isFaulty(relay), `${what}: the fault of ${each}`);
      }
      assert.ok(!(reference.relays.get('b')!.on && reference.relays.get('c')!.on), `${what}: both doors`);
    }
    const all = [
      'done',
      'unchanged',
      'duplicate',
      'expired',
      'invalid',
      'min-on',
      'min-off',
      'interlocked',
      'not-in-auto',
      'locked',
      'tripped',
      'not-permitted',
      'unavailable',
    ];
    assert.deepEqual(
      all.filter((code) => !codes.has(code)),
      [],
      'a run that never meets one of these proves nothing of it',
    );
    assert.ok(reference.trips > 10 && reference.forces > 10, 'nor of watchdogs and forces');
    assert.ok(reference.conditions > 10, 'nor of conditions');
    assert.ok(reference.cared > 10, 'nor of flows that are stopped');
    assert.ok(reference.found > 10, 'nor of lines that are moved past their board');
    for (const board of boards) await board.close();
    for (const index of boards.keys()) forgetSimulated(`model-${index}`);
  });
});
