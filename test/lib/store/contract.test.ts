import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isoTime, systemClock } from '../../../lib/base/clock.ts';
import { MAX_READ, type LogQuery } from '../../../lib/store/log.ts';
import { MemoryStore } from '../../../lib/store/memory.ts';
import { SqliteStore } from '../../../lib/store/sqlite.ts';
import type { Store, StoredRecord } from '../../../lib/store/store.ts';

interface Kind {
  readonly name: 'memory' | 'sqlite';
  /** Whether what is kept survives the process. */
  readonly durable: boolean;
  /** The store as a plant finds it at its start; the second time as the first one left it. */
  open(): Store;
  clean(): void;
}

function memory(): Kind {
  const store = new MemoryStore();
  return { name: 'memory', durable: false, open: () => store, clean: () => {} };
}

function sqlite(): Kind {
  const folder = mkdtempSync(join(tmpdir(), 'factory-store-'));
  const file = join(folder, 'deep', 'plant.db');
  return {
    name: 'sqlite',
    durable: true,
    open: () => new SqliteStore({ file, clock: systemClock }),
    clean: () => rmSync(folder, { recursive: true }),
  };
}

/** What both stores promise, so that a plant need not know which one it has. */
const AT = '2027-01-01T00:00:00.000Z';

for (const make of [memory, sqlite]) {
  describe(`store contract: ${make.name}`, () => {
    let kind: Kind;
    let store: Store;

    beforeEach(() => {
      kind = make();
      store = kind.open();
    });

    afterEach(async () => {
      await store.close();
      kind.clean();
    });

    async function reopened(): Promise<StoredRecord[]> {
      await store.close();
      store = kind.open();
      return store.load();
    }

    const rev = (id: string, n: number): StoredRecord & { rev: number } => ({ id, rev: n });

    it('is empty at first, and works', async () => {
      assert.deepEqual(await store.load(), []);
      assert.deepEqual(store.state, { kind: kind.name, state: 'ok' });
    });

    it('has after a close whatever was put, urgent or not, in its last version', async () => {
      await store.load();
      store.put(rev('a', 1), 'now');
      store.put(rev('b', 1), 'later');
      store.put(rev('b', 2), 'later');
      store.put(rev('a', 2), 'later');
      store.put(rev('c', 1), 'later');
      store.put(rev('c', 2), 'now');
      // What is urgent comes into a file first, and so before what came earlier.
      const records = (await reopened()).toSorted((one, other) => one.id.localeCompare(other.id));
      assert.deepEqual(records, [rev('a', 2), rev('b', 2), rev('c', 2)]);
    });

    it('keeps the order in which records came to be', async () => {
      await store.load();
      for (const id of ['zeta', 'alpha', 'mid']) store.put(rev(id, 1), 'now');
      await store.flush();
      store.put(rev('alpha', 2), 'now');
      assert.deepEqual(await reopened(), [rev('zeta', 1), rev('alpha', 2), rev('mid', 1)]);
    });

    it('forgets what was deleted, waiting or written, and takes it again', async () => {
      await store.load();
      store.put(rev('a', 1), 'now');
      await store.flush();
      store.put(rev('b', 1), 'later');
      for (const id of ['a', 'b', 'never']) store.delete(id);
      assert.deepEqual(await reopened(), []);
      store.put(rev('a', 1), 'later');
      store.delete('a');
      store.put(rev('a', 3), 'later');
      assert.deepEqual(await reopened(), [rev('a', 3)]);
    });

    it('keeps every character and every kind of value', async () => {
      await store.load();
      const record = {
        id: `'); DROP TABLE device; --`,
        name: 'دما 🌡 "x" \u0000 \ud800',
        list: [1.5, -0.1, true, null],
      };
      store.put(record, 'now');
      assert.deepEqual(await reopened(), [record]);
    });

    it('keeps many at once', async () => {
      await store.load();
      for (let i = 0; i < 10_000; i++) store.put(rev(`d${i}`, i), 'later');
      assert.equal((await reopened()).length, 10_000);
    });

    it('never says that something is there for good when it is not', async () => {
      await store.load();
      assert.equal(await store.append({ event: 'x' }), kind.durable);
      assert.equal(await store.flush(), kind.durable);
      await store.close();
      assert.equal(await store.append({ event: 'y' }), false);
      assert.equal(await store.flush(), false);
    });

    it('reads its log back, the newest first, each entry sealed to the one before', async () => {
      await store.load();
      for (const n of [1, 2, 3]) void store.append({ kind: 'k', n });
      await store.flush();
      const { entries, head } = await store.read({});
      assert.deepEqual(
        entries.map(({ seq, n }) => [seq, n]),
        [
          [3, 3],
          [2, 2],
          [1, 1],
        ],
      );
      const [last, before] = entries;
      const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
      assert.equal(last!.seal, sha(`${before!.seal}{"kind":"k","n":3}`));
      assert.deepEqual(head, { seq: 3, seal: last!.seal });
      assert.equal(await store.sealOf(2), before!.seal);
      assert.equal(await store.sealOf(9), undefined);
      assert.deepEqual(await store.verify(), { ok: true, entries: 3, head, breaks: [] });
      assert.deepEqual(await store.recent(2), [
        { kind: 'k', n: 2 },
        { kind: 'k', n: 3 },
      ]);
    });

    it('reads what fits, and goes on where it ended', async () => {
      await store.load();
      for (let n = 1; n <= 700; n++) {
        const at = isoTime(Date.UTC(2026, 0, 1, 0, n));
        void store.append({ kind: n % 7 ? 'a' : 'b', relay: `r${n % 2}`, by: n % 3 ? 'ada' : 'flow', at });
      }
      await store.flush();
      const seqs = async (query: LogQuery): Promise<number[]> =>
        (await store.read(query)).entries.map(({ seq }) => seq);
      assert.equal((await seqs({ limit: 9999 })).length, MAX_READ);
      assert.deepEqual(await seqs({ limit: 2 }), [700, 699]);
      assert.deepEqual(await seqs({ limit: 2, before: 3 }), [2, 1]);
      assert.deepEqual(await seqs({ before: 1 }), []);
      assert.deepEqual(await seqs({ kinds: ['b'], limit: 2, before: 700 }), [693, 686]);
      assert.equal((await seqs({ kinds: ['a', 'b'] })).length, MAX_READ);
      assert.deepEqual(
        await seqs({ kinds: ['b'], relay: 'r1', by: 'flow' }),
        [693, 651, 609, 567, 525, 483, 441, 399, 357, 315, 273, 231, 189, 147, 105, 63, 21],
      );
      const [since, until] = [1, 3].map((n) => isoTime(Date.UTC(2026, 0, 1, 0, n)));
      assert.deepEqual(await seqs({ since: since!, until: until! }), [3, 2, 1]);
    });

    it('drops what is too old, and what is left still verifies', async () => {
      await store.load();
      for (const day of [1, 2, 3, 4]) void store.append({ at: isoTime(Date.UTC(2026, 0, day)) });
      await store.flush();
      await store.trim('2026-01-03T00:00:00.000Z', AT);
      void store.append({ at: '2027' });
      await store.flush();
      const { ok, entries, head } = await store.verify();
      assert.deepEqual([ok, entries, head.seq], [true, 4, 6]);
      const { entries: left } = await store.read({});
      assert.deepEqual(
        left.map(({ seq }) => seq),
        [6, 5, 4, 3],
      );
      const { seq: _seq, seal: _seal, ...trimmed } = left[1]!;
      const until = '2026-01-02T00:00:00.000Z';
      assert.deepEqual(trimmed, { at: AT, kind: 'trimmed', what: 'age', dropped: 2, last: 2, until });
      assert.match((await store.sealOf(2))!, /^[0-9a-f]{64}$/, 'of the last that was dropped');
      assert.equal(await store.sealOf(1), undefined);
      await store.trim('9999', AT);
      const { entries: none, ok: still } = await store.verify();
      assert.deepEqual([none, still], [1, true], 'the entry that says so');
      void store.append({ at: '2028' });
      await store.flush();
      assert.deepEqual(
        (await store.read({})).entries.map(({ seq }) => seq),
        [8, 7],
      );
    });

    it('drops nothing that a clock was not trusted with, before it drops what came later', async () => {
      await store.load();
      for (const at of ['1970-01-01T00:00:01.000Z', '1970-01-01T00:00:02.000Z'])
        void store.append({ at, clock: 'suspect' });
      void store.append({ at: '2026-01-03T00:00:00.000Z' });
      await store.flush();
      await store.trim('2026-01-03T00:00:00.000Z', AT);
      assert.equal((await store.verify()).entries, 3);
      await store.trim('2026-01-03T00:00:00.001Z', AT);
      const { entries } = await store.read({});
      assert.deepEqual([entries.length, entries[0]?.['dropped']], [1, 3]);
    });

    it('closes twice, and unopened', async () => {
      await store.close();
      await store.close();
    });
  });
}
