import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { sealOf } from '../../../lib/store/chain.ts';
import { SLICE_ROWS } from '../../../lib/store/log.ts';
import type { Verification } from '../../../lib/store/log.ts';
import { APPLICATION_ID } from '../../../lib/store/schema.ts';
import { SqliteFile } from './sqlite-file.ts';

const AT = '2027-01-01T00:00:00.000Z';

describe('the sealed log of a sqlite store', () => {
  const file = new SqliteFile();

  /** Opens the file, writes `more` entries, and says what is found. */
  async function verify(more = 0): Promise<Verification> {
    const store = file.store();
    await store.load();
    for (let n = 0; n < more; n++) await store.append({ more: n });
    const found = await store.verify();
    await store.close();
    return found;
  }

  /** As somebody does who has the file and knows its form. */
  const tamper = (sql: string): void => file.alter(`DROP TRIGGER log_is_final; ${sql}`);
  const EDIT = (seq: number): string => `UPDATE log SET entry = '{"n":0}' WHERE seq = ${seq}`;
  const valid = (after: number, json: string): string =>
    sealOf(String(file.query(`SELECT seal FROM log WHERE seq = ${after}`)[0]), json);

  for (const [what, sql, breaks] of [
    ['changed', EDIT(4), [[4, /entry 4 was changed/]]],
    ['removed', 'DELETE FROM log WHERE seq = 4', [[4, /entry 4 is missing/]]],
    ['removed with those beside it', 'DELETE FROM log WHERE seq IN (4, 5)', [[4, /4 to 5 are missing/]]],
    [
      'removed, and its number given to the next one',
      'DELETE FROM log WHERE seq = 4; UPDATE log SET seq = seq - 1 WHERE seq > 4',
      [
        [4, /entry 4 was changed/],
        [10, /entry 10 is missing/],
      ],
    ],
    [
      'swapped with another one',
      `UPDATE log SET seq = 99 WHERE seq = 4; UPDATE log SET seq = 4 WHERE seq = 7; UPDATE log SET seq = 7 WHERE seq = 99`,
      [
        [4, /entry 4 /],
        [5, /entry 5 /],
        [7, /entry 7 /],
        [8, /entry 8 /],
      ],
    ],
    ['cut off', 'DELETE FROM log WHERE seq > 8', [[9, /entries 9 to 10 are missing/]]],
    ['taken away', 'DELETE FROM log', [[1, /entries 1 to 10 are missing/]]],
    ['cut off at the front', 'DELETE FROM log WHERE seq < 3', [[1, /entries 1 to 2 are missing/]]],
    [
      'changed in two places',
      EDIT(4) + ';' + EDIT(8),
      [
        [4, /entry 4 /],
        [8, /entry 8 /],
      ],
    ],
  ] as const) {
    it(`shows that some of it was ${what}, also once it has gone on`, async () => {
      await file.use();
      file.fillLog(10);
      tamper(sql);
      for (const more of [0, 3, 0]) {
        const found = await verify(more);
        assert.equal(found.ok, false);
        assert.deepEqual(
          found.breaks.map(({ seq }) => seq),
          breaks.map(([seq]) => seq),
        );
        for (const [index, [, reason]] of breaks.entries()) assert.match(found.breaks[index]!.reason, reason);
        assert.deepEqual(found.broken, found.breaks[0]);
      }
    });
  }

  it('shows what was added past it with a seal that fits', async () => {
    await file.use();
    file.fillLog(10);
    const json = '{"n":11}';
    tamper(`INSERT INTO log VALUES (11, '${json}', '${valid(10, json)}')`);
    assert.match((await verify(1)).broken!.reason, /entries after 10 were added/);
    // The head has gone on since, and what follows does not follow it.
    assert.equal((await verify()).broken?.seq, 12);
  });

  it('shows another last entry whose seal fits', async () => {
    await file.use();
    file.fillLog(10);
    const json = '{"n":99}';
    tamper(`UPDATE log SET entry = '${json}', seal = '${valid(9, json)}' WHERE seq = 10`);
    assert.match((await verify(1)).broken!.reason, /entry 10, the last one/);
    assert.equal((await verify()).broken?.seq, 11);
  });

  it('refuses to change an entry', async () => {
    await file.use();
    file.fillLog(3);
    assert.throws(() => file.alter(EDIT(2)), /never changed/);
    assert.equal((await verify()).ok, true);
  });

  it('seals what an earlier release has written', async () => {
    const db = new DatabaseSync(file.path);
    db.exec(
      `CREATE TABLE device (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, record TEXT NOT NULL);
       CREATE TABLE log (seq INTEGER PRIMARY KEY, entry TEXT NOT NULL);
       INSERT INTO device VALUES (1, 'a', '{"id":"a"}');
       INSERT INTO log VALUES (41, '{"n":41}'), (42, '{"n":42}');
       PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 1`,
    );
    db.close();
    const store = file.store();
    assert.deepEqual(await store.load(), [{ id: 'a' }]);
    assert.equal(await store.append({ n: 43 }), true);
    const { entries, head } = await store.read({});
    const first = sealOf('', '{"n":41}');
    const second = sealOf(first, '{"n":42}');
    assert.deepEqual(entries, [
      { seq: 43, seal: head.seal, n: 43 },
      { seq: 42, seal: second, n: 42 },
      { seq: 41, seal: first, n: 41 },
    ]);
    assert.deepEqual(await store.verify(), { ok: true, entries: 3, head, breaks: [] });
  });

  it('says which entries an earlier release has lost', async () => {
    const db = new DatabaseSync(file.path);
    db.exec(
      `CREATE TABLE device (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, record TEXT NOT NULL);
       CREATE TABLE log (seq INTEGER PRIMARY KEY, entry TEXT NOT NULL);
       INSERT INTO log VALUES (1, '{"n":1}'), (3, '{"n":3}');
       PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 1`,
    );
    db.close();
    assert.deepEqual((await verify()).broken, { seq: 2, reason: 'entry 2 is missing' });
  });

  it('lets entries be written while it is looked through, and is right about both', async () => {
    await file.use();
    file.fillLog(20_000);
    const store = file.store();
    await store.load();
    const order: string[] = [];
    const checking = store.verify().then((found) => (order.push('checked'), found));
    assert.equal(await store.append({ during: true }), true);
    order.push('written');
    const { ok, entries, head } = await checking;
    assert.deepEqual(order, ['written', 'checked'], 'the write did not wait for ten slices');
    assert.deepEqual([ok, entries, head.seq], [true, 20_000, 20_000]);
    assert.equal((await store.verify()).entries, 20_001);
  });

  it('takes nothing for missing that is trimmed while it is looked through', async () => {
    await file.use();
    const from = Date.UTC(2026, 0, 1);
    file.fillLog(3 * SLICE_ROWS, from);
    const store = file.store(new FakeClock());
    await store.load();
    const checking = store.verify();
    await store.trim(new Date(from + 2.5 * SLICE_ROWS * 60_000).toISOString(), AT);
    assert.equal((await checking).ok, true);
    const { ok, entries } = await store.verify();
    // One entry for each slice that was dropped.
    assert.deepEqual([ok, entries], [true, 0.5 * SLICE_ROWS + 1 + 3]);
  });

  it('cannot be read before it is open, nor after its close', async () => {
    const store = file.store();
    await assert.rejects(store.read({}), { code: 'unavailable' });
    await store.load();
    await store.close();
    await assert.rejects(store.verify(), { code: 'unavailable' });
    assert.deepEqual(await store.recent(5), []);
    await store.trim('9999', AT);
  });
});
