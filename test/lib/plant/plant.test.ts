import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { systemClock } from '../../../lib/base/clock.ts';
import { Emitter } from '../../../lib/base/events.ts';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { CLOSE_OPENING_MS, LOG_WAIT_MS, Plant } from '../../../lib/plant/plant.ts';
import { newCommand } from '../../../lib/relays/command.ts';
import { MemoryStore } from '../../../lib/store/memory.ts';
import { BATCH_MS, GATHER_MS, SqliteStore } from '../../../lib/store/sqlite.ts';
import type { StorageState, Store } from '../../../lib/store/store.ts';
import { readDatabase } from '../store/read-database.ts';

describe('plant', () => {
  let folder: string;
  let file: string;
  const open: Plant[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'factory-plant-'));
    file = join(folder, 'plant.db');
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((plant) => plant.close()));
    rmSync(folder, { recursive: true });
  });

  async function start(store: Store, clock = systemClock): Promise<Plant> {
    const plant = new Plant({ name: 'Hall 2', clock, store });
    open.push(plant);
    await plant.ready;
    return plant;
  }

  const sqlite = (clock = systemClock): SqliteStore => new SqliteStore({ file, clock });

  for (const kind of ['memory', 'sqlite'] as const) {
    it(`${kind}: finds after a close what devices were, as they were, and goes on counting`, async () => {
      const memory = new MemoryStore();
      const store = (): Store => (kind === 'memory' ? memory : sqlite());
      const first = await start(store());
      const attributes = { area: 'شمال', writable: true };
      first.devices.write({ id: 'a', value: 21.5, unit: '°C', quality: 'uncertain', attributes });
      first.devices.write({ id: 'b', value: 'running', status: 'maintenance' });
      first.devices.write({ id: 'b', value: 'stopped' });
      first.devices.write({ id: 'gone', value: 1 });
      first.devices.remove('gone');
      const before = first.devices.list();
      await first.close();

      const second = await start(store());
      assert.deepEqual(second.devices.list(), before);
      assert.equal(second.devices.write({ id: 'b' }).rev, 3);
      assert.deepEqual(second.storage, { kind, state: 'ok' });
    });
  }

  it('expects devices anew after a start, as they were expected before, and keeps the order of their values', async () => {
    const clock = new FakeClock();
    const first = await start(sqlite(), clock);
    const expects = { by: 'node', interval: 5000 };
    const timestamp = clock.now() - 1000;
    first.devices.write({ id: 'a', value: 1, timestamp }, { expects });
    await first.close();
    assert.equal(clock.pending, 0, 'no timer is left behind');

    clock.advance(60_000);
    const second = await start(sqlite(), clock);
    const presence = (): unknown[] => [second.devices.get('a')?.presence, second.devices.get('a')?.quality];
    assert.deepEqual(presence(), ['unknown', 'uncertain']);
    assert.throws(() => second.devices.write({ id: 'a', value: 2, timestamp: timestamp - 1 }), {
      code: 'stale',
    });
    clock.advance(15_000);
    assert.deepEqual(presence(), ['offline', 'bad']);
    await second.close();

    const third = await start(sqlite(), clock);
    const { presence: now, quality, value } = third.devices.get('a')!;
    assert.deepEqual([now, quality, value], ['unknown', 'uncertain', 1], 'silence itself is not stored');
    third.devices.write({ id: 'a', value: 3, timestamp: timestamp + 1 });
    assert.equal(third.devices.get('a')?.quality, 'good');
  });

  it('brings what a device is to the disk at once, and its values with the batches', async () => {
    const clock = new FakeClock();
    // The plant's own clock stands still, so that its log waits for the disk however long that takes.
    const plant = await start(sqlite(clock), new FakeClock());
    // The first look through the log is over: what takes its thread real time does not run on this clock.
    await plant.audit.verify();
    plant.devices.write({ id: 'a', value: 1 });
    assert.equal(await logged(plant, clock), true);
    plant.devices.write({ id: 'a', value: 2 });
    assert.equal(await logged(plant, clock), true);
    assert.deepEqual(values(), [1], 'a value alone waits');
    plant.devices.write({ id: 'a', value: 3, status: 'error' });
    assert.equal(await logged(plant, clock), true);
    assert.deepEqual(values(), [3]);
    plant.devices.write({ id: 'a', value: 4 });
    clock.advance(BATCH_MS);
    assert.equal(await logged(plant, clock), true);
    assert.deepEqual(values(), [4]);
  });

  /** Writes an entry, which brings what is urgent to the disk with it. */
  async function logged(plant: Plant, clock: FakeClock): Promise<boolean> {
    const waiting = { over: false };
    const kept = plant.log({ kind: 'safe-mode', why: 'x' }).finally(() => (waiting.over = true));
    // A commit is planned as soon as the one before is over, which the disk decides. Far from a batch's time.
    for (let waited = 0; waited < BATCH_MS / 2 && !waiting.over; waited += GATHER_MS) {
      clock.advance(GATHER_MS);
      await delay(5);
    }
    return kept;
  }

  const values = (): unknown[] =>
    readDatabase(file, "SELECT record FROM device WHERE id NOT LIKE '%/%'").map(
      (json) => (JSON.parse(json) as { value: unknown }).value,
    );

  it('writes the time into its log', async () => {
    // Its wait for the disk is on a clock that stands still, so that a busy disk may take its time.
    const clock = new FakeClock(Date.UTC(2026, 0, 1));
    const plant = await start(sqlite(), clock);
    assert.equal(await plant.log({ kind: 'safe-mode', why: 'r1' }), true);
    const [entry] = readDatabase(file, 'SELECT entry FROM log').map(
      (json) => JSON.parse(json) as { at: string },
    );
    assert.deepEqual(entry, { at: '2026-01-01T00:00:00.000Z', kind: 'safe-mode', why: 'r1' });
  });

  it('waits for its log no longer than it says, and leaves no timer', async () => {
    const clock = new FakeClock();
    const stuck = new Stuck();
    const plant = await start(stuck, clock);
    let answer: boolean | undefined;
    const waiting = plant.log({ kind: 'safe-mode', why: 'x' }).then((kept) => (answer = kept));
    clock.advance(LOG_WAIT_MS - 1);
    await Promise.resolve();
    assert.equal(answer, undefined);
    clock.advance(1);
    await waiting;
    assert.equal(answer, false);
    const others = clock.pending;
    const quick = plant.log({ kind: 'safe-mode', why: 'y' });
    for (const settle of stuck.entries.splice(0)) settle(true);
    assert.equal(await quick, true);
    assert.equal(clock.pending, others);
  });

  it('says of a log in memory that nothing is there for good', async () => {
    const plant = await start(new MemoryStore());
    assert.equal(await plant.log({ kind: 'safe-mode', why: 'x' }), false);
  });

  it('goes on in memory when its file cannot be used, says so, and leaves the file', async () => {
    writeFileSync(file, 'not a database'.repeat(400));
    const plant = new Plant({ name: '', clock: systemClock, store: sqlite() });
    open.push(plant);
    const states: StorageState[] = [];
    plant.events.on('storage', (state) => states.push(state));
    await plant.ready;
    assert.equal(plant.devices.write({ id: 'a', value: 1 }).value, 1);
    assert.equal(await plant.log({ kind: 'safe-mode', why: 'x' }), false);
    assert.equal(states.length, 1);
    assert.deepEqual(states[0], plant.storage);
    assert.equal(plant.storage.state, 'failed');
    assert.match(plant.storage.detail!, /plant\.db is not a database, or is damaged\. Move the file away/);
  });

  it('goes on in memory when its storage fails while it runs, and says so', async () => {
    const started = once(process, 'worker') as Promise<[Worker]>;
    const plant = await start(sqlite());
    plant.devices.write({ id: 'a', value: 1 });
    const told = new Promise<StorageState>((resolve) => plant.events.on('storage', resolve));
    await (await started)[0].terminate();
    assert.equal((await told).state, 'failed');
    plant.devices.write({ id: 'b', value: 2 });
    assert.equal(plant.devices.size, 2);
    assert.equal(await plant.log({ kind: 'safe-mode', why: 'x' }), false);
  });

  it('expects the boards of relays that it has kept until the flows have started', async () => {
    const first = await start(sqlite());
    const relay = { state: true, desired: true, hand: null, lock: null, cycles: 1, onFor: 1 };
    first.keepRelay('relay1', relay);
    await first.close();
    const plant = new Plant({ name: 'p', clock: systemClock, store: sqlite() });
    open.push(plant);
    plant.expectRelays();
    const code = async (id: string): Promise<string> => {
      const wish = { relay: id, action: 'on', by: 'ada', from: 'test', owner: 'hand' } as const;
      return (await plant.relays.command(newCommand(wish, systemClock))).code;
    };
    assert.equal(await code('whatever'), 'unavailable', 'its file is not read yet');
    await plant.ready;
    assert.deepEqual([await code('relay1'), await code('whatever')], ['unavailable', 'unknown-relay']);
    plant.relays.started();
    assert.equal(await code('relay1'), 'unknown-relay');
  });

  it('says what Node.js it needs where this one has no SQLite, and goes on in memory', () => {
    const script = `
      import { systemClock } from ${JSON.stringify(lib('base/clock.ts'))};
      import { Plant } from ${JSON.stringify(lib('plant/plant.ts'))};
      import { SqliteStore } from ${JSON.stringify(lib('store/sqlite.ts'))};
      const store = new SqliteStore({ file: ${JSON.stringify(file)}, clock: systemClock });
      const plant = new Plant({ name: '', clock: systemClock, store });
      await plant.ready;
      console.log(JSON.stringify([plant.storage, plant.devices.write({ id: 'a', value: 1 }).value]));
      await plant.close();`;
    const args = ['--no-experimental-sqlite', '-e', script];
    const [storage, value] = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as [
      StorageState,
      number,
    ];
    assert.equal(storage.state, 'failed');
    assert.match(storage.detail!, /SQLite needs Node\.js 22\.13 or newer, and this is v.*memory only/);
    assert.equal(value, 1);
  });

  const lib = (path: string): string => join(import.meta.dirname, '../../../lib', path);

  for (const kind of ['memory', 'sqlite'] as const) {
    it(`${kind}: keeps what relays need beside its devices`, async () => {
      const memory = new MemoryStore();
      const store = (): Store => (kind === 'memory' ? memory : sqlite());
      const first = await start(store());
      assert.equal(first.past.kept!.size, 0);
      const hand = { by: 'ada', since: 'then' };
      const relay = { state: true, desired: true, hand, lock: null, cycles: 2, onFor: 500 };
      first.devices.write({ id: 'relay1', value: 1 });
      first.keepRelay('relay1', { ...relay, cycles: 1 });
      first.keepRelay('relay1', relay);
      await first.close();
      const second = await start(store());
      assert.deepEqual(Array.from(second.past.kept!), [['relay1', relay]]);
      assert.deepEqual(
        second.devices.list().map(({ id }) => id),
        ['relay1'],
      );
    });
  }

  it('keeps a relay by its name, however that is spelled', async () => {
    const memory = new MemoryStore();
    const first = await start(memory);
    const relay = { state: true, desired: true, hand: null, lock: null, cycles: 2, onFor: 500 };
    first.keepRelay('\u0622\u0628\u064a', { ...relay, cycles: 1 });
    first.keepRelay('\u0622\u0628\u06cc', relay);
    await first.close();
    const second = await start(memory);
    assert.deepEqual(Array.from(second.past.kept!.values()), [relay]);
    await second.close();
  });

  it('waits for a store that opens, but not for ever', async () => {
    const clock = new FakeClock();
    const store = new MemoryStore();
    store.load = () => new Promise(() => {});
    const plant = new Plant({ name: '', clock, store });
    let closed = false;
    const closing = plant.close().then(() => (closed = true));
    clock.advance(CLOSE_OPENING_MS - 1);
    await turn();
    assert.equal(closed, false);
    clock.advance(1);
    await closing;
    assert.equal(clock.pending, 0);
  });

  it('keeps nothing after its close, and leaves no listener', async () => {
    const store = new MemoryStore();
    const plant = await start(store);
    await plant.close();
    await plant.close();
    plant.devices.write({ id: 'a' });
    assert.deepEqual(
      (await store.load()).map(({ id }) => id),
      ['process/clock', 'process/start'],
    );
    assert.equal(store.events.count(), 0);
    assert.equal(plant.devices.events.count(), 0);
  });
});

/** A store whose log hangs, as one on a network disk may. */
class Stuck extends MemoryStore {
  readonly entries: ((kept: boolean) => void)[] = [];
  override readonly events = new Emitter<{ state: StorageState }>();

  override append(): Promise<boolean> {
    return new Promise((settle) => this.entries.push(settle));
  }
}
