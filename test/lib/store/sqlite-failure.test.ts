import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { BATCH_MS, GATHER_MS, LATE_MS } from '../../../lib/store/sqlite.ts';
import type { StoredRecord } from '../../../lib/store/store.ts';
import type { FullDisk } from './on-full-disk.ts';
import { nextState, SqliteFile } from './sqlite-file.ts';

describe('sqlite store that fails', () => {
  const file = new SqliteFile();

  it('tries a failed commit again with the next batch, and recovers', async () => {
    await file.use();
    // Stands for whatever makes SQLite refuse a commit: the condition is true for as long as there is no d0.
    file.alter(`DELETE FROM device WHERE id = 'd0';
      CREATE TRIGGER refuse BEFORE INSERT ON device
      WHEN new.id <> 'd0' AND NOT EXISTS (SELECT 1 FROM device WHERE id = 'd0')
      BEGIN SELECT RAISE(ABORT, 'no room'); END`);
    const clock = new FakeClock();
    const store = file.store(clock);
    await store.load();
    const failed = nextState(store);
    store.put({ id: 'a' }, 'now');
    const logged = store.append({ n: 1 });
    clock.advance(GATHER_MS);
    assert.deepEqual(await failed, { kind: 'sqlite', state: 'failed', detail: `${file.path}: no room` });
    assert.equal(await logged, false);

    // Newer than what failed, so it is what has to be written in the end.
    store.put({ id: 'a', rev: 2 } as StoredRecord, 'later');
    store.put({ id: 'd0' }, 'now');
    store.put({ id: 'b' }, 'now');
    assert.equal(clock.pending, 1, 'nothing but the batches is planned while commits fail');
    const well = nextState(store);
    clock.advance(BATCH_MS);
    assert.deepEqual(await well, { kind: 'sqlite', state: 'ok' });
    assert.equal(await store.flush(), true);
    await store.close();
    assert.deepEqual(file.query(`SELECT record FROM device WHERE id IN ('a', 'b', 'd0') ORDER BY id`), [
      '{"id":"a","rev":2}',
      '{"id":"b"}',
      '{"id":"d0"}',
    ]);
    assert.deepEqual(file.query('SELECT entry FROM log'), ['{"n":1}'], 'the entry got there after all');
  });

  it('says since when it is late where a commit takes too long, and that it works once it is there', async () => {
    const clock = new FakeClock(Date.UTC(2026, 0, 1));
    const store = file.store(clock);
    await store.load();
    const logged = store.append({ n: 1 });
    // The first commit begins at once, and nothing of the thread is heard before all of this is over.
    clock.advance(LATE_MS - 1);
    assert.equal(store.state.state, 'ok');
    clock.advance(1);
    assert.deepEqual(store.state, {
      kind: 'sqlite',
      state: 'late',
      detail: `${file.path}: nothing is written since 2026-01-01T00:00:00.000Z. Check the disk or the memory card`,
    });
    const well = nextState(store);
    assert.equal(await logged, true, 'it was late, not lost');
    assert.deepEqual(await well, { kind: 'sqlite', state: 'ok' });
  });

  it('throws nothing for a record that is no JSON, and recovers with its next version', async () => {
    const clock = new FakeClock();
    const store = file.store(clock);
    await store.load();
    const failed = nextState(store);
    store.put({ id: 'a', value: 1n } as StoredRecord, 'now');
    clock.advance(GATHER_MS);
    assert.match((await failed).detail!, /BigInt/);
    assert.equal(await store.flush(), false);
    store.put({ id: 'a' }, 'now');
    assert.equal(await store.flush(), true);
    assert.deepEqual(store.state, { kind: 'sqlite', state: 'ok' });
    await store.close();
    assert.deepEqual(file.query('SELECT record FROM device'), ['{"id":"a"}']);
  });

  it('throws nothing for an id that cannot reach its thread', async () => {
    const clock = new FakeClock();
    const store = file.store(clock);
    await store.load();
    const failed = nextState(store);
    store.put({ id: () => 'a' } as unknown as StoredRecord, 'now');
    clock.advance(GATHER_MS);
    assert.match((await failed).detail!, /could not be cloned/);
    assert.equal(await store.flush(), false);
  });

  for (const [what, kill] of [
    ['is ended', (worker: Worker) => void worker.terminate()],
    ['fails', (worker: Worker) => worker.postMessage(null)],
  ] as const) {
    it(`goes on as failed when its thread ${what}, answers what waited, and frees the file`, async () => {
      const started = once(process, 'worker') as Promise<[Worker]>;
      const store = file.store();
      await store.load();
      const [worker] = await started;
      const told = nextState(store);
      kill(worker);
      const waiting = store.append({ n: 1 });
      assert.equal(await waiting, false);
      const state = await told;
      assert.equal(state.state, 'failed');
      assert.match(state.detail!, /^the storage thread ended.*Deploy again/);
      store.put({ id: 'a' }, 'now');
      assert.equal(await store.append({ n: 2 }), false);
      assert.equal(await store.flush(), false);
      await store.close();
      await file.store().load();
    });
  }

  it('says that the disk is full, loses nothing that it was given, and recovers when there is room', function () {
    // A disk of its own, in a name space of its own, where the machine lets us have one.
    const run = spawnSync(
      'unshare',
      ['-Urm', 'sh', '-c', 'mount -t tmpfs -o size=2m none "$1" && shift && exec "$@"', 'sh'].concat(
        file.folder,
        process.execPath,
        join(import.meta.dirname, 'on-full-disk.ts'),
        file.path,
      ),
      { encoding: 'utf8', timeout: 9000 },
    );
    if (run.error || /unshare|mount/.test(run.stderr)) {
      this.test!.title += ' (not tried: this machine gives us no small disk)';
      this.skip();
    }
    assert.equal(run.stderr, '');
    const { failed, logged, flushed, well, records, entries } = JSON.parse(run.stdout) as FullDisk;
    assert.deepEqual(failed, {
      kind: 'sqlite',
      state: 'failed',
      detail: `${file.path} does not fit: the disk is full. Make room on the disk`,
    });
    assert.equal(logged, false);
    assert.equal(flushed, true);
    assert.deepEqual(well, { kind: 'sqlite', state: 'ok' });
    assert.deepEqual(records, ['before', 'during']);
    assert.deepEqual(entries, [{ n: 1 }]);
  });
});
