/**
 * A plant that is killed, or loses its power, at random moments, over and over. After each of them its file is whole; what was answered as
 * logged is in the log, in order and sealed; and each relay starts as its policy, its lock and what was kept of it say.
 */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Action, KeptRelay, Owner } from '../../lib/relays/relay.ts';
import { SqliteLog, type Checked } from '../../lib/store/sqlite-log.ts';
import { CHANNELS, type Ask } from './hall.ts';
import { heldOf, History, startOf, type Held } from './history.ts';
import { live, type End, type Life } from './life.ts';
import { PoweredDisk } from './powered-disk.ts';
import { randomOf } from './random.ts';

/** `KILL_SEED=… npm run test:kill` makes the same plan again: the commands and the moments, not the machine's pace. */
const SEED = Number(process.env['KILL_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const PLANTS = 10;
/** Plants whose machine loses its power instead. */
const CUT_PLANTS = 5;
/** Of each plant, with one file that grows. */
const ROUNDS = 20;
/** Longer than a process takes to start on a slow machine, so that it is killed in all of its start. */
const START_MS = 400;

const ACTIONS: readonly (readonly [Action, Owner])[] = [
  ['on', 'auto'],
  ['off', 'auto'],
  ['toggle', 'auto'],
  ['toggle', 'hand'],
  ['on', 'hand'],
  ['off', 'hand'],
  ['off', 'safety'],
  ['hand', 'hand'],
  ['auto', 'hand'],
  ['auto', 'hand'],
  ['auto', 'auto'],
  ['lock', 'hand'],
  ['lock', 'auto'],
  ['unlock', 'hand'],
  ['unlock', 'hand'],
  ['unlock', 'auto'],
  // A trip is latched before its turn comes, so a queue of commands has no order that could be told beforehand: trips have
  // their own tests.
  ['reset', 'hand'],
  ['reset', 'auto'],
];

/** What an independent reader finds in the file. */
interface Found {
  readonly kept: ReadonlyMap<string, KeptRelay>;
  readonly log: readonly Entry[];
}

interface Entry {
  readonly id: string;
  readonly relay: string;
  readonly code: string;
}

describe(`a plant that is killed ${PLANTS * ROUNDS} times (KILL_SEED=${SEED})`, function () {
  suite({ first: 1, plants: PLANTS });
});

describe(`a plant that loses its power ${CUT_PLANTS * ROUNDS} times (KILL_SEED=${SEED})`, function () {
  suite({ first: PLANTS + 1, plants: CUT_PLANTS, losesPower: true });
});

/** `losesPower`: the plant's file goes on as its disk held it at that moment. */
function suite({
  first,
  plants,
  losesPower = false,
}: {
  readonly first: number;
  readonly plants: number;
  readonly losesPower?: boolean;
}): void {
  let folder: string;
  let disk: PoweredDisk | undefined;
  before(function () {
    this.timeout(60_000);
    folder = mkdtempSync(join(tmpdir(), 'factory-kill-'));
    if (!losesPower) return;
    const made = PoweredDisk.make(folder);
    if (typeof made !== 'string') disk = made;
    else {
      console.log(`Skipped: no disk that can lose its power (${made}).`);
      this.skip();
    }
  });
  after(() => {
    disk?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  for (let plant = first; plant < first + plants; plant++) {
    it(`plant ${plant}: loses nothing that it answered for, in ${ROUNDS} rounds`, async function () {
      this.timeout(240_000);
      const files = {
        database: join(disk?.folder ?? folder, `${plant}.db`),
        pins: join(folder, `${plant}.pins`),
      };
      const rest = CHANNELS.map((channel) => ('activeLow' in channel ? '1' : '0'));
      writeFileSync(files.pins, rest.join(''));
      const hall = new Hall(files);
      let logged = 0;
      let results = 0;
      for (let round = 1; round <= ROUNDS; round++) {
        const random = randomOf(SEED + plant * 1000 + round);
        const end = plan(random, round);
        // By relay, so that the plan does not depend on which of them is faster.
        const dice = new Map<string, () => number>(
          CHANNELS.map(({ id }, index) => [id, randomOf(SEED + plant * 1000 + round + (index + 1) * 1e6)]),
        );
        const life = await live(
          files,
          end,
          (relay, count) => command(dice.get(relay)!, `${plant}-${round}-${relay}-${count}`, relay),
          disk && ((): void => disk!.capture()),
        );
        if (disk && end.after !== 'work') disk.restore();
        try {
          hall.judge(life);
        } catch (error) {
          throw new Error(`after round ${round}, ${JSON.stringify(end)}: ${String(error)}`, { cause: error });
        }
        results += life.results.length;
        logged += life.results.filter((result) => result.logged).length;
      }
      assert.ok(logged > 0, 'something was answered for');
      this.test!.title += ` (${logged} of ${results} results logged)`;
    });
  }
}

function plan(random: () => number, round: number): End {
  if (round === ROUNDS) return { after: 'work', count: 50 };
  const dice = random();
  if (dice < 0.2) return { after: 'start', ms: Math.floor(random() * START_MS) };
  if (dice < 0.6) return { after: 'opened', ms: Math.floor(random() ** 2 * 150) };
  return { after: 'results', count: 1 + Math.floor(random() ** 2 * 500) };
}

function command(random: () => number, id: string, relay: string): Ask {
  const [action, owner] = ACTIONS[Math.floor(random() * ACTIONS.length)]!;
  return { id, relay, action, owner, ...((action === 'lock' || action === 'trip') && { why: 'test' }) };
}

/** What is known of a plant's file and pins from one life to the next. */
class Hall {
  readonly #files: { readonly database: string; readonly pins: string };
  #found: Found = { kept: new Map(), log: [] };
  #lines: ReadonlyMap<string, boolean>;

  constructor(files: { readonly database: string; readonly pins: string }) {
    this.#files = files;
    this.#lines = this.#readLines();
  }

  judge({ opened, results, asked }: Life): void {
    const before = this.#found;
    const linesBefore = this.#lines;
    const after = (this.#found = read(this.#files.database));
    this.#lines = this.#readLines();

    assert.deepEqual(
      after.log.slice(0, before.log.length),
      before.log,
      'the log of earlier lives is as it was',
    );
    // What begins is written down before its line moves, and may be the last thing that is.
    const log = after.log.slice(before.log.length).filter(({ code }) => code !== 'begun');
    if (opened)
      assert.deepEqual(opened.found, Object.fromEntries(before.kept), 'it finds what is in its file');
    for (const { id, start } of CHANNELS) {
      const [onBefore, onFor] = [before, after].map(({ kept }) => kept.get(id)?.onFor ?? 0);
      assert.ok(onFor! >= onBefore!, `${id} was on for ${onBefore} ms, and then for ${onFor}`);
      const found = heldOf(before.kept.get(id));
      const line = linesBefore.get(id)!;
      const history = new History(found, line, startOf(start, found, line));
      if (opened) {
        const record = opened.records.find((one) => one.id === id)!;
        const { state, hand, locked, tripped, cycles = 0 } = record;
        const shown = {
          state,
          hand: hand !== undefined,
          lock: locked !== undefined,
          trip: tripped !== undefined,
          cycles,
        };
        assert.deepEqual(shown, { ...history.now.held, lock: found.lock !== null }, `${id} starts`);
      }
      for (const one of asked.get(id)!) history.ask(one);
      this.#judgeRelay(id, history, log, results);
    }

    const ids = log.map((entry) => entry.id);
    const answered = results.filter((result) => result.logged).map((result) => result.id);
    const places = answered.map((id) => ids.indexOf(id));
    const lost = answered.filter((_, index) => places[index] === -1);
    assert.equal(lost.length, 0, `${lost.length} of ${answered.length} were lost, such as ${lost[0]}`);
    assert.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
      'results come in the order of the log',
    );
  }

  /** What the log, the results, the file and the pin say of one relay fits what it was asked to do. */
  #judgeRelay(id: string, history: History, log: readonly Entry[], results: Life['results']): void {
    const entries = log.filter((entry) => entry.relay === id);
    const expected = history.asked.map((one, index) => ({
      id: one.id,
      relay: id,
      code: history.codes[index]!,
    }));
    assert.deepEqual(
      entries,
      expected.slice(0, entries.length),
      `the log of ${id} is in order, without a gap`,
    );
    const codes = results.filter((result) => result.relay === id).map((result) => [result.id, result.code]);
    const known = new Map(expected.map((one) => [one.id, one.code]));
    assert.deepEqual(
      codes,
      codes.map(([of]) => [of, known.get(of!)]),
      `results of ${id}`,
    );
    const kept = this.#found.kept.get(id);
    const held: Held = heldOf(kept);
    const line = this.#lines.get(id)!;
    assert.ok(
      history.canHaveLeft(held, line, entries.length),
      `${id} was left as ${JSON.stringify(held)} with its line ${line}, after ${entries.length} logged commands`,
    );
  }

  #readLines(): Map<string, boolean> {
    const bytes = readFileSync(this.#files.pins, 'latin1');
    return new Map(
      CHANNELS.map((channel) => [channel.id, (bytes[channel.line] === '1') !== 'activeLow' in channel]),
    );
  }
}

/** Reads a copy, as whoever carries the card to another machine: the plant's own code has no part in it. */
function read(database: string): Found {
  const copy = `${database}.copy`;
  for (const end of ['', '-wal']) {
    rmSync(copy + end, { force: true });
    if (existsSync(database + end)) copyFileSync(database + end, copy + end);
  }
  const db = new DatabaseSync(copy);
  try {
    assert.deepEqual({ ...db.prepare('PRAGMA integrity_check').get() }, { integrity_check: 'ok' });
    // Killed before it made its tables.
    if (!db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'log'`).get())
      return { kept: new Map(), log: [] };
    const sealed = new SqliteLog(db);
    let checked: Checked | undefined;
    do {
      checked = sealed.check(checked);
      assert.deepEqual(checked.breaks, [], 'its seals hold');
    } while (checked.next);
    const rows = (sql: string): unknown[] =>
      db
        .prepare(sql)
        .all()
        .map((row) => JSON.parse(String(Object.values(row)[0])) as unknown);
    const records = rows("SELECT record FROM device WHERE id LIKE 'relays/%'") as {
      id: string;
      kept: KeptRelay;
    }[];
    const log = rows('SELECT entry FROM log ORDER BY seq') as Entry[];
    return {
      kept: new Map(records.map(({ id, kept }) => [id.replace(/^relays\//, ''), kept])),
      log: log.map(({ id, relay, code }) => ({ id, relay, code })),
    };
  } finally {
    db.close();
  }
}
