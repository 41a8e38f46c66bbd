import assert from 'node:assert/strict';
import { lately } from '../../../lib/store/asked.ts';
import { LOG_LIMIT } from '../../../lib/store/sqlite-log.ts';
import { SqliteFile } from './sqlite-file.ts';

const QUERY = { most: 3, window: 600_000, idle: 60_000 };

describe('what a client has lately asked for', () => {
  const at = (ms: number): string => JSON.stringify({ at: new Date(ms).toISOString() });
  const kept = (...times: number[]): number =>
    lately(
      times.map((seconds) => at(seconds * 1000)),
      { ...QUERY, most: 100 },
    ).length;

  it('counts the time between its entries, and not what the clock leapt', () => {
    assert.equal(kept(100, 90, 80), 3);
    // Each 50 s, the newest first: 600 s and no more.
    assert.equal(kept(...Array.from({ length: 20 }, (_, n) => 10_000 - 50 * n)), 13);
    assert.equal(kept(1_000_000, 100, 90), 3, 'set on by days, or a pause');
    assert.equal(kept(100, 1_000_000, 999_990), 3, 'set back');
    assert.equal(lately([at(3), 'no entry', at(1)], QUERY).length, 3);
    assert.equal(lately([at(5), at(4), at(3), at(2)], QUERY).length, QUERY.most);
  });

  describe('in a file', () => {
    const file = new SqliteFile();

    it('is found for each client, whatever others have written since', async () => {
      const store = file.store();
      await store.load();
      const log = (more: object): Promise<boolean> =>
        store.append({ at: '2026-01-01T00:00:00.000Z', kind: 'command', ...more });
      await log({ id: 1, by: 'ada' });
      await log({ id: 2, by: null });
      await Promise.all(Array.from({ length: 5000 }, (_, n) => log({ id: n, by: 'token', kind: 'write' })));
      await Promise.all(Array.from({ length: 50 }, (_, n) => log({ id: n, by: 'grace "hopper"' })));
      const ids = (await store.asked(QUERY)).map(({ id, by }) => [by, id]);
      assert.deepEqual(ids, [
        [null, 2],
        ['ada', 1],
        ['grace "hopper"', 47],
        ['grace "hopper"', 48],
        ['grace "hopper"', 49],
      ]);
    });

    it('is found by an index, and where an entry is damaged', async () => {
      await file.use();
      file.fillLog(10);
      file.alter("DROP TRIGGER log_is_final; UPDATE log SET entry = 'x' WHERE seq = 3");
      const store = file.store();
      await store.load();
      assert.deepEqual(await store.asked(QUERY), []);
      await store.close();
      const plan = file.plan(
        `SELECT entry FROM log WHERE CASE WHEN json_valid(entry) THEN json_extract(entry, '$.kind') END = 'command'
         AND coalesce(CASE WHEN json_valid(entry) THEN json_extract(entry, '$.by') END, '') = 'a' ORDER BY seq DESC LIMIT 9`,
      );
      assert.match(plan, /USING INDEX log_asked/);
    });

    it('takes a full log no time', async function () {
      this.timeout(60_000);
      await file.use();
      file.fillLog(LOG_LIMIT, undefined, (n) => ({
        kind: 'command',
        id: `c${n}`,
        relay: `relay${n % 16}`,
        action: 'toggle',
        by: `user${n % 20}`,
        code: 'done',
        state: true,
      }));
      const store = file.store();
      await store.load();
      const query = { most: 2000, window: 600_000, idle: 30_000 };
      await store.asked(query);
      const begin = performance.now();
      const found = await store.asked(query);
      const took = performance.now() - begin;
      assert.ok(found.length > 0 && found.length <= 20 * query.most);
      assert.ok(took < 1000, `${found.length} in ${took} ms`);
      if (process.env['SHOW']) console.log(`${found.length} entries in ${took} ms`);
    });
  });
});
