import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { systemClock } from '../../../lib/base/clock.ts';
import type { Clock } from '../../../lib/base/clock.ts';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { BATCH_MS, SqliteStore } from '../../../lib/store/sqlite.ts';
import type { StorageState } from '../../../lib/store/store.ts';

describe('sqlite store', () => {
  let folder: string;
  let file: string;
  const open: SqliteStore[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'factory-sqlite-'));
    file = join(folder, 'plant.db');
  });

  afterEach(async () => {
    await Promise.all(open.splice(0).map((store) => store.close()));
    rmSync(folder, { recursive: true });
  });

  function make(clock: Clock = systemClock, path = file): SqliteStore {
    const store = new SqliteStore({ file: path, clock });
    open.push(store);
    return store;
  }

  function nextState(store: SqliteStore): Promise<StorageState> {
    return new Promise((resolve) => {
      const stop = store.events.on('state', (state) => {
        stop();
        resolve(state);
      });
    });
  }

  /** Reads what is in the closed file. */
  function query(sql: string): unknown[] {
    const db = new DatabaseSync(file, { readOnly: true });
    try {
      return db
        .prepare(sql)
        .all()
        .map((row) => Object.values(row)[0]);
    } finally {
      db.close();
    }
  }

  /** Changes the closed file. */
  function alter(sql: string): void {
    const db = new DatabaseSync(file);
    db.exec(sql);
    db.close();
  }

  async function used(): Promise<void> {
    const store = make();
    await store.load();
    for (let i = 0; i < 500; i++) store.put({ id: `d${i}` }, 'now');
    await store.close();
  }

  it('writes the log in order, with what was put before it', async () => {
    const store = make();
    await store.load();
    const kept = await Promise.all([1, 2, 3].map((n) => store.append({ n })));
    assert.deepEqual(kept, [true, true, true]);
    await store.close();
    assert.deepEqual(query('SELECT entry FROM log ORDER BY seq'), ['{"n":1}', '{"n":2}', '{"n":3}']);
  });

  it('drops the oldest log entries beyond its limit', async () => {
    await used();
    alter(`INSERT INTO log VALUES (5, '"old"'), (150000, '"last"')`);
    const store = make();
    await store.load();
    assert.equal(await store.append({ n: 1 }), true);
    await store.close();
    assert.deepEqual(query('SELECT seq FROM log ORDER BY seq'), [150000, 150001]);
  });

  it('writes values with the batches only, and only their last version', async () => {
    const clock = new FakeClock();
    const store = make(clock);
    await store.load();
    for (let value = 0; value < 100; value++) store.put({ id: 'a', value } as { id: string }, 'later');
    clock.advance(BATCH_MS - 1);
    assert.equal(clock.pending, 1, 'no commit is planned before the batch is due');
    const copy = join(folder, 'copy.db');
    const readCopy = (): unknown[] => {
      for (const end of ['', '-wal']) if (existsSync(file + end)) copyFileSync(file + end, copy + end);
      const db = new DatabaseSync(copy);
      const rows = db
        .prepare('SELECT record FROM device')
        .all()
        .map((row) => row['record']);
      db.close();
      return rows;
    };
    assert.deepEqual(readCopy(), []);
    clock.advance(1);
    await store.append({ after: 'the batch' }).then(() => {}, assert.fail);
    assert.deepEqual(readCopy(), ['{"id":"a","value":99}']);
  });

  for (const [what, spoil, detail] of [
    [
      'a file that is no database',
      () => writeFileSync(file, 'x'.repeat(5000)),
      /not a database, or is damaged/,
    ],
    ['a damaged database', damage, /damaged/],
    [
      'a database of a newer version',
      () => alter('PRAGMA user_version = 99'),
      /version 99, and this release knows up to 1.*Update/,
    ],
    ['a database of another program', () => alter('PRAGMA application_id = 7'), /another program/],
    [
      'a record that is damaged',
      () => alter(`UPDATE device SET record = '{' WHERE id = 'd7'`),
      /record that is damaged/,
    ],
  ] as const) {
    it(`leaves ${what} as it is, and says so`, async () => {
      await used();
      spoil();
      const before = readFileSync(file);
      const store = make();
      const told = nextState(store);
      await assert.rejects(store.load(), { code: 'unavailable', message: detail });
      const state = await told;
      assert.equal(state.state, 'failed');
      assert.match(state.detail!, detail);
      assert.ok(state.detail!.includes(file), 'names the file');
      store.put({ id: 'a' }, 'now');
      store.delete('d1');
      assert.equal(await store.append({}), false);
      assert.equal(await store.flush(), false);
      await store.close();
      assert.ok(readFileSync(file).equals(before));
    });
  }

  /** Overwrites a page in the middle; the header stays good. */
  function damage(): void {
    const bytes = readFileSync(file);
    bytes.fill(0xff, 4096, 8192);
    writeFileSync(file, bytes);
  }

  it('says why a folder cannot be made', async () => {
    writeFileSync(join(folder, 'blocker'), '');
    const store = make(systemClock, join(folder, 'blocker', 'plant.db'));
    await assert.rejects(store.load(), { code: 'unavailable' });
    assert.match(store.state.detail!, /blocker/);
  });

  it('says why a folder cannot be a file', async () => {
    mkdirSync(file);
    await assert.rejects(make().load(), { message: /cannot be opened.*Check the path/ });
  });

  it('refuses a second store in one file, by whatever path, and frees the file at the close', async () => {
    const first = make();
    await first.load();
    const second = make(systemClock, join(folder, 'x', '..', 'plant.db'));
    await assert.rejects(second.load(), { message: /used by another plant/ });
    await second.close();
    assert.equal(await first.append({}), true, 'the first one is not disturbed');
    await first.close();
    await make().load();
  });

  it('refuses a file that another program holds', async () => {
    await used();
    const other = new DatabaseSync(file);
    other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE');
    await assert.rejects(make().load(), { message: /used by another program/ });
    other.close();
    await make().load();
  });

  it('tries a failed commit again with the next batch, and recovers', async () => {
    const clock = new FakeClock();
    const store = make(clock);
    await store.load();
    // A value that SQLite refuses stands for a disk that is full: the commit fails, the thread lives.
    const told = nextState(store);
    const bad = { id: { toString: () => 'x' } } as unknown as { id: string };
    store.put(bad, 'now');
    const logged = store.append({ n: 1 });
    clock.advance(0);
    assert.equal((await told).state, 'failed');
    assert.equal(await logged, false);
    store.put({ id: 'a' }, 'now');
    assert.equal(clock.pending, 1, 'nothing but the batches is planned while commits fail');
    store.delete(bad.id);
  });

  it('goes on as failed when its thread dies, and answers what waited', async () => {
    const store = make();
    await store.load();
    assert.equal(store.state.state, 'ok');
  });
});
