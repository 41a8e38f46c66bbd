import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { systemClock } from '../../../lib/base/clock.ts';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { BATCH_MS } from '../../../lib/store/sqlite.ts';
import { TRIM_SHARE } from '../../../lib/store/log.ts';
import { LOG_LIMIT } from '../../../lib/store/sqlite-log.ts';
import { readDatabase } from './read-database.ts';
import { nextState, SqliteFile } from './sqlite-file.ts';

describe('sqlite store', () => {
  const file = new SqliteFile();

  it('writes the log in order, with what was put before it', async () => {
    const store = file.store();
    await store.load();
    const kept = await Promise.all([1, 2, 3].map((n) => store.append({ n })));
    assert.deepEqual(kept, [true, true, true]);
    await store.close();
    assert.deepEqual(file.query('SELECT entry FROM log ORDER BY seq'), ['{"n":1}', '{"n":2}', '{"n":3}']);
  });

  it('drops the oldest log entries beyond its limit, some at a time, and logs that', async () => {
    await file.use();
    file.fillLog(LOG_LIMIT);
    const store = file.store();
    await store.load();
    const at = '2026-02-01T00:00:00.000Z';
    assert.equal(await store.append({ at, n: 1 }), true);
    assert.deepEqual(await Promise.all([2, 3].map((n) => store.append({ at, n }))), [true, true]);
    const { ok, entries, head } = await store.verify();
    const dropped = LOG_LIMIT * TRIM_SHARE + 1;
    assert.deepEqual([ok, entries], [true, LOG_LIMIT + 4 - dropped], 'the rest still verifies');
    assert.equal(head.seq, LOG_LIMIT + 4);
    const { entries: trims } = await store.read({ kinds: ['trimmed'] });
    assert.deepEqual(
      trims.map(({ what, dropped: count, last, at: when }) => [what, count, last, when]),
      [['count', dropped, dropped, at]],
    );
    await store.close();
    assert.deepEqual(file.query('SELECT min(seq) FROM log'), [dropped + 1]);
  });

  it('writes values with the batches only, and only their last version', async () => {
    const clock = new FakeClock();
    const store = file.store(clock);
    await store.load();
    for (let value = 0; value < 100; value++) store.put({ id: 'a', value } as { id: string }, 'later');
    clock.advance(BATCH_MS - 1);
    assert.equal(clock.pending, 1, 'no commit is planned before the batch is due');
    const records = (): string[] => readDatabase(file.path, 'SELECT record FROM device');
    assert.deepEqual(records(), []);
    clock.advance(1);
    await store.append({ after: 'the batch' }).then(() => {}, assert.fail);
    assert.deepEqual(records(), ['{"id":"a","value":99}']);
  });

  for (const [what, spoil, detail] of [
    [
      'a file that is no database',
      () => writeFileSync(file.path, 'x'.repeat(5000)),
      /not a database, or is damaged/,
    ],
    ['a damaged database', damage, /damaged/],
    [
      'a database of a newer version',
      () => file.alter('PRAGMA user_version = 99'),
      /version 99, and this release knows up to 2.*Update/,
    ],
    ['a database of another program', () => file.alter('PRAGMA application_id = 7'), /another program/],
    [
      'a record that is damaged',
      () => file.alter(`UPDATE device SET record = '{' WHERE id = 'd7'`),
      /the record "d7" is damaged/,
    ],
  ] as const) {
    it(`leaves ${what} as it is, and says so`, async () => {
      await file.use();
      spoil();
      const before = readFileSync(file.path);
      const store = file.store();
      const told = nextState(store);
      await assert.rejects(store.load(), { code: 'unavailable', message: detail });
      const state = await told;
      assert.equal(state.state, 'failed');
      assert.match(state.detail!, detail);
      assert.ok(state.detail!.includes(file.path), 'names the file');
      store.put({ id: 'a' }, 'now');
      store.delete('d1');
      assert.equal(await store.append({}), false);
      assert.equal(await store.flush(), false);
      await store.close();
      assert.ok(readFileSync(file.path).equals(before));
    });
  }

  /** Overwrites a page in the middle; the header stays good. */
  function damage(): void {
    const bytes = readFileSync(file.path);
    bytes.fill(0xff, 4096, 8192);
    writeFileSync(file.path, bytes);
  }

  it('says why a folder cannot be made', async () => {
    writeFileSync(join(file.folder, 'blocker'), '');
    const store = file.store(systemClock, join(file.folder, 'blocker', 'plant.db'));
    await assert.rejects(store.load(), { code: 'unavailable' });
    assert.match(store.state.detail!, /blocker/);
  });

  it('says that a folder is no file', async () => {
    mkdirSync(file.path);
    await assert.rejects(file.store().load(), {
      message: `${file.path}: this is a folder and not a file. Choose a file`,
    });
  });

  it('refuses a second store in one file, by whatever path, and frees the file at the close', async () => {
    const first = file.store();
    await first.load();
    const second = file.store(systemClock, join(file.folder, 'x', '..', 'plant.db'));
    await assert.rejects(second.load(), { message: /used by another plant/ });
    await second.close();
    assert.equal(await first.append({}), true, 'the first one is not disturbed');
    await first.close();
    await file.store().load();
  });

  it('refuses a file that another program holds', async () => {
    await file.use();
    const other = new DatabaseSync(file.path);
    other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE');
    await assert.rejects(file.store().load(), { message: /used by another program/ });
    other.close();
    await file.store().load();
  });
});
