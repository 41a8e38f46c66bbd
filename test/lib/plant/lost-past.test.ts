/** A plant file that was there and cannot be read: what should be known and is not, puts outputs into their fault state. */
import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  openSync,
  closeSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as turn } from 'node:timers/promises';
import { systemClock } from '../../../lib/base/clock.ts';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { forgetSimulated, SimulatedDriver } from '../../../lib/gpio/simulated.ts';
import { Plant } from '../../../lib/plant/plant.ts';
import { Board, type Memory } from '../../../lib/relays/board.ts';
import { UNREAD } from '../../../lib/relays/past.ts';
import { parseChannels } from '../../../lib/relays/channels.ts';
import { newCommand } from '../../../lib/relays/command.ts';
import type { Action, RelayRecord, Result } from '../../../lib/relays/relay.ts';
import { SqliteStore } from '../../../lib/store/sqlite.ts';

const CHANNELS = [
  { id: 'pump', line: 0, start: 'on' },
  { id: 'fan', line: 1, start: 'restore' },
  { id: 'valve', line: 2, start: 'off', fault: 'on' },
];

describe('a plant file that cannot be read at a start', () => {
  let folder: string;
  let file: string;
  let plant: Plant;
  let board: Board;
  let memory: Map<string, Memory>;
  const clock = new FakeClock();

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'factory-lost-'));
    file = join(folder, 'plant.db');
    memory = new Map();
    await open('1');
    await command('lock', 'pump', 'belt');
    await command('on', 'fan');
    await end();
  });
  afterEach(async () => {
    await end();
    rmSync(folder, { recursive: true });
  });

  /** A plant and its board, in the process with this name. */
  async function open(process: string): Promise<void> {
    plant = new Plant({ name: 'p', clock, store: new SqliteStore({ file, clock: systemClock }), process });
    board = new Board({
      name: 'b',
      channels: parseChannels(CHANNELS),
      driver: new SimulatedDriver('lost-past'),
      clock,
      log: (entry) => plant.log(entry),
      memory,
      keep: (id, kept) => plant.keepRelay(id, kept),
    });
    await plant.ready;
    await board.open(plant.past);
    for (let round = 0; round < 4; round++) await turn();
  }
  /** The process ends. */
  async function end(): Promise<void> {
    await board.close();
    await plant.close();
    forgetSimulated('lost-past');
    memory = new Map();
  }
  const command = (action: Action, relay: string, why?: string): Promise<Result> => {
    const wish = { action, relay, by: 'ada', from: 'test', owner: 'hand', ...(why && { why }) } as const;
    return board.command(newCommand(wish, clock));
  };
  const record = (id: string): RelayRecord => board.records().find((each) => each.id === id)!;
  const seen = (): unknown[] => board.records().map(({ id, state, locked }) => [id, state, locked?.by]);
  const inFault = [
    ['pump', false, UNREAD],
    ['fan', false, UNREAD],
    ['valve', true, UNREAD],
  ];

  it('is none where it can: lock-out and state are as they were', async () => {
    await open('2');
    assert.deepEqual(seen(), [
      ['pump', false, 'ada'],
      ['fan', true, undefined],
      ['valve', false, undefined],
    ]);
    assert.equal(plant.doubt, undefined);
  });

  it('is none where there was none: a new plant starts as it is set', async () => {
    rmSync(file);
    await open('2');
    assert.deepEqual(seen()[0], ['pump', true, undefined]);
    await end();
    file = join(folder, 'plant.db', 'in a file that is no folder');
    await open('3');
    assert.deepEqual(
      [plant.storage.state, record('pump').locked],
      ['failed', undefined],
      'nothing was there',
    );
  });

  for (const [what, spoil] of [
    ['the first page is zeroed', () => overwrite(0, Buffer.alloc(4096))],
    ['it is cut in the middle of a page', () => truncateSync(file, statSync(file).size - 5000)],
    ['it is empty', () => truncateSync(file, 0)],
    ['it is of a newer version', () => alter('PRAGMA user_version = 99')],
    ['a record is no JSON', () => alter(`UPDATE device SET record = 'x' WHERE id = 'relays/fan'`)],
    ['it is no database', () => writeFileSync(file, 'x'.repeat(9000))],
    ['a folder is in its place', () => replace(() => mkdirSync(file))],
    [
      'it is a link to a disk that is not mounted',
      () => replace(() => symlinkSync(join(folder, 'disk/plant.db'), file)),
    ],
  ] as const) {
    it(`puts all relays into their fault states: ${what}`, async () => {
      spoil();
      await open('2');
      assert.deepEqual(seen(), inFault);
      assert.match(plant.doubt!, /could not be read/);
      assert.equal((await command('on', 'pump')).code, 'locked');
    });
  }

  it('puts all relays into their fault states: another program has it', async function () {
    this.timeout(20_000);
    const other = new DatabaseSync(file);
    other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    try {
      await open('2');
      assert.deepEqual(seen(), inFault);
    } finally {
      other.close();
    }
    // A deploy finds it again, and what it kept: the lock-out of a person is hers.
    await board.close();
    await plant.close();
    await open('2');
    assert.deepEqual([record('pump').locked?.by, record('fan').locked?.by], ['ada', UNREAD]);
  });

  it('gives back to a person who unlocks while storage fails, through deploys, until the next start', async () => {
    overwrite(0, Buffer.alloc(4096));
    await open('2');
    const unlocked = await command('unlock', 'pump');
    assert.deepEqual([unlocked.code, unlocked.logged], ['done', false]);
    assert.equal((await command('on', 'pump')).code, 'done');
    await board.close();
    await plant.close();
    await open('2');
    assert.deepEqual(seen()[0], ['pump', true, undefined], 'a deploy takes nothing back');
    await end();
    await open('3');
    assert.deepEqual(seen(), inFault, 'nobody could write down that a person has looked');
  });

  it('puts all relays into their fault states: its folder is a link to a disk that is not mounted', async () => {
    const link = join(folder, 'link');
    symlinkSync(join(folder, 'disk'), link);
    file = join(link, 'factory-iot/plant.db');
    await open('2');
    assert.deepEqual(seen(), inFault);
  });

  for (const nonsense of [
    { cycles: 'x' },
    { hand: 5 },
    { lock: { by: 'ada', since: '2026-01-01T00:00:00.000Z', owner: 'hand' } },
    { lock: { by: 'ada', why: 'belt', since: '2026-01-01T00:00:00.000Z', owner: 'root' } },
    { state: 1 },
    { trip: { by: 'flow', since: '2026-01-01T00:00:00.000Z', reason: 'tank empty', state: 'off' } },
    { pulse: { until: '2026-01-01T00:00:00.000Z', of: 1e12 } },
    { starts: [null] },
  ]) {
    it(`puts the relay whose record holds ${JSON.stringify(nonsense)} into its fault state, and no other`, async () => {
      const good = { state: true, desired: true, hand: null, lock: null, cycles: 1, onFor: 1 };
      const kept = JSON.stringify({ id: 'relays/fan', kept: { ...good, ...nonsense } });
      alter(`UPDATE device SET record = '${kept}' WHERE id = 'relays/fan'`);
      await open('2');
      assert.deepEqual(seen(), [
        ['pump', false, 'ada'],
        ['fan', false, UNREAD],
        ['valve', false, undefined],
      ]);
      assert.equal(plant.doubt, 'damaged records of relays in the plant file: fan');
      await command('unlock', 'fan');
      await end();
      await open('3');
      assert.deepEqual(seen()[1], ['fan', false, undefined], 'a person has looked');
    });
  }

  it('counts starts that died anew where their record is nonsense, and says nothing wrong', async () => {
    alter(`UPDATE device SET record = '{"id":"process/start","start":5}' WHERE id = 'process/start'`);
    await open('2');
    assert.deepEqual([plant.past.unsafe, record('pump').locked?.by], [undefined, 'ada']);
  });

  function overwrite(at: number, bytes: Buffer): void {
    const opened = openSync(file, 'r+');
    writeSync(opened, bytes, 0, bytes.length, at);
    closeSync(opened);
  }
  function replace(by: () => void): void {
    rmSync(file);
    by();
  }
  function alter(sql: string): void {
    const db = new DatabaseSync(file);
    db.exec(sql);
    db.close();
  }
});
