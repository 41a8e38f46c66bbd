/** A store in a file on a disk that gets full and then has room again: a process of its own, for a small disk. */
import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { systemClock } from '../../../lib/base/clock.ts';
import { SqliteStore } from '../../../lib/store/sqlite.ts';
import type { StorageState, StoredRecord } from '../../../lib/store/store.ts';

/** What happened, as this program prints it. */
export interface FullDisk {
  readonly failed: StorageState;
  readonly logged: boolean;
  readonly flushed: boolean;
  readonly well: StorageState;
  readonly records: string[];
  readonly entries: unknown[];
}

const file = process.argv[2]!;
const filler = join(dirname(file), 'filler');

const store = new SqliteStore({ file, clock: systemClock });
await store.load();
store.put({ id: 'before' }, 'now');
await store.flush();

fill();
store.put({ id: 'during', text: 'x'.repeat(100_000) } as StoredRecord, 'now');
const logged = await store.append({ n: 1 });
const failed = store.state;

rmSync(filler);
const flushed = await store.flush();
const well = store.state;
await store.close();

const db = new DatabaseSync(file, { readOnly: true });
const column = (sql: string): string[] =>
  db
    .prepare(sql)
    .all()
    .map((row) => String(Object.values(row)[0]));
const outcome: FullDisk = {
  failed,
  logged,
  flushed,
  well,
  records: column('SELECT id FROM device ORDER BY id'),
  entries: column('SELECT entry FROM log ORDER BY seq').map((json) => JSON.parse(json) as unknown),
};
db.close();
console.log(JSON.stringify(outcome));

/** Writes until nothing more fits. */
function fill(): void {
  for (let size = 1 << 20; size >= 1024; size /= 2) {
    try {
      for (;;) writeFileSync(filler, Buffer.alloc(size), { flag: 'a' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
}
