import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isoTime, systemClock } from '../../../lib/base/clock.ts';
import type { Clock } from '../../../lib/base/clock.ts';
import { Chain } from '../../../lib/store/chain.ts';
import { SqliteStore } from '../../../lib/store/sqlite.ts';
import type { StorageState } from '../../../lib/store/store.ts';

/** A database file in a folder of its own, for each test of the suite that makes one; stores are closed after it. */
export class SqliteFile {
  folder = '';
  readonly #open: SqliteStore[] = [];

  constructor() {
    beforeEach(() => {
      this.folder = mkdtempSync(join(tmpdir(), 'factory-sqlite-'));
    });
    afterEach(async () => {
      await Promise.all(this.#open.splice(0).map((store) => store.close()));
      rmSync(this.folder, { recursive: true });
    });
  }

  get path(): string {
    return join(this.folder, 'plant.db');
  }

  store(clock: Clock = systemClock, file = this.path): SqliteStore {
    const store = new SqliteStore({ file, clock });
    this.#open.push(store);
    return store;
  }

  /** Leaves it with 500 records. */
  async use(): Promise<void> {
    const store = this.store();
    await store.load();
    for (let i = 0; i < 500; i++) store.put({ id: `d${i}` }, 'now');
    await store.close();
  }

  /** The first column of what is in the closed file. */
  query(sql: string): unknown[] {
    const db = new DatabaseSync(this.path, { readOnly: true });
    try {
      return db
        .prepare(sql)
        .all()
        .map((row) => Object.values(row)[0]);
    } finally {
      db.close();
    }
  }

  /** Puts so many entries, written once a minute from `from` on, into the log of the closed file, as its worker would. */
  fillLog(count: number, from = Date.UTC(2026, 0, 1), entry = (n: number): object => ({ n })): void {
    const db = new DatabaseSync(this.path);
    const chain = new Chain();
    db.exec('BEGIN');
    const insert = db.prepare('INSERT INTO log VALUES (?, ?, ?)');
    for (let n = 1; n <= count; n++) {
      const { seq, json, seal } = chain.append(
        JSON.stringify({ at: isoTime(from + n * 60_000), ...entry(n) }),
      );
      insert.run(seq, json, seal);
    }
    db.prepare(`REPLACE INTO log_end VALUES ('head', ?, ?)`).run(chain.head.seq, chain.head.seal);
    db.exec('COMMIT');
    db.close();
  }

  /** Returns how SQLite would answer a query of the closed file. */
  plan(sql: string): string {
    const db = new DatabaseSync(this.path, { readOnly: true });
    try {
      return db
        .prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all()
        .map((row) => String(row['detail']))
        .join('; ');
    } finally {
      db.close();
    }
  }

  /** Changes the closed file. */
  alter(sql: string): void {
    const db = new DatabaseSync(this.path);
    try {
      db.exec(sql);
    } finally {
      db.close();
    }
  }
}

/** The next state that a store tells of. */
export function nextState(store: SqliteStore): Promise<StorageState> {
  return new Promise((resolve) => {
    const stop = store.events.on('state', (state) => {
      stop();
      resolve(state);
    });
  });
}
