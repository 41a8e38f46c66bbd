/** The thread that owns a database file. It answers each request once, in order. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { parentPort } from 'node:worker_threads';
import { FactoryError } from '../base/errors.ts';
import { inspect, migrate } from './schema.ts';
import { explain, isDamage } from './sqlite-errors.ts';

/** How many log entries are kept; the oldest ones go first. */
export const LOG_LIMIT = 100_000;
/** How long another program that has the file may take to let go of it. */
const BUSY_MS = 2000;

export type Request =
  | { readonly kind: 'open'; readonly file: string }
  /** Records by id as JSON, null deletes; log entries as JSON. One commit. */
  | {
      readonly kind: 'write';
      readonly records: readonly (readonly [id: string, json: string | null])[];
      readonly entries: readonly string[];
    }
  /** The last log entries, at most so many. */
  | { readonly kind: 'recent'; readonly count: number }
  | { readonly kind: 'close' };

export type Reply =
  | { readonly kind: 'opened'; readonly records: readonly string[] }
  /** Log entries as JSON, the oldest first. */
  | { readonly kind: 'entries'; readonly entries: readonly string[] }
  | { readonly kind: 'done' }
  /** `fatal`: trying again makes no sense. */
  | { readonly kind: 'failed'; readonly detail: string; readonly fatal: boolean };

// node:sqlite announces itself as experimental; that says nothing to who runs a plant. Other warnings stay.
process.removeAllListeners('warning');
process.on('warning', (warning) => {
  if (warning.name !== 'ExperimentalWarning') console.error(warning);
});

let file = '';
let db: DatabaseSync | undefined;
let statements: Record<'put' | 'remove' | 'append' | 'trim' | 'recent', StatementSync>;

parentPort?.on('message', (request: Request) => {
  parentPort?.postMessage(answer(request));
  if (request.kind === 'close') parentPort?.close();
});

function answer(request: Request): Reply {
  try {
    if (request.kind === 'open') return { kind: 'opened', records: open(request.file) };
    if (request.kind === 'recent') return { kind: 'entries', entries: recent(request.count) };
    if (request.kind === 'write') write(request.records, request.entries);
    else db?.close();
    return { kind: 'done' };
  } catch (error) {
    const fatal = request.kind === 'open' || request.kind === 'close' || isDamage(error);
    return { kind: 'failed', detail: explain(error, file).toString(), fatal };
  }
}

function open(path: string): string[] {
  file = path;
  const sqlite = process.getBuiltinModule('node:sqlite');
  if (!sqlite) {
    throw new FactoryError(
      'unavailable',
      `SQLite needs Node.js 22.13 or newer, and this is ${process.version}`,
      {
        remedy: 'Update Node.js, or let the plant keep its memory in memory only',
      },
    );
  }
  const there = statSync(file, { throwIfNoEntry: false });
  if (there && !there.isFile()) {
    const what = there.isDirectory() ? 'a folder' : 'something else';
    throw new FactoryError('unavailable', `this is ${what} and not a file`, { remedy: 'Choose a file' });
  }
  if (there) {
    // Read-only, so that a file that we cannot use stays as it is, down to its write-ahead log.
    const found = new sqlite.DatabaseSync(file, { readOnly: true });
    try {
      found.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
      inspect(found);
    } finally {
      found.close();
    }
  } else {
    mkdirSync(dirname(file), { recursive: true });
  }
  db = new sqlite.DatabaseSync(file);
  // Exclusive: two programs that each believe to hold the plant would overwrite each other's records.
  db.exec(
    `PRAGMA busy_timeout = ${BUSY_MS}; PRAGMA locking_mode = EXCLUSIVE;
     PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL`,
  );
  migrate(db);
  statements = {
    put: db.prepare(
      'INSERT INTO device (id, record) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET record = excluded.record',
    ),
    remove: db.prepare('DELETE FROM device WHERE id = ?'),
    append: db.prepare('INSERT INTO log (entry) VALUES (?)'),
    trim: db.prepare('DELETE FROM log WHERE seq <= ?'),
    recent: db.prepare('SELECT entry FROM log ORDER BY seq DESC LIMIT ?'),
  };
  return db
    .prepare('SELECT record FROM device ORDER BY seq')
    .all()
    .map((row) => String(row['record']));
}

function write(records: (Request & { kind: 'write' })['records'], entries: readonly string[]): void {
  if (!db) throw new FactoryError('unavailable', 'the database is not open');
  db.exec('BEGIN IMMEDIATE');
  try {
    for (const [id, json] of records) {
      if (json === null) statements.remove.run(id);
      else statements.put.run(id, json);
    }
    let last = 0;
    for (const entry of entries) last = Number(statements.append.run(entry).lastInsertRowid);
    if (last > LOG_LIMIT) statements.trim.run(last - LOG_LIMIT);
    db.exec('COMMIT');
  } catch (error) {
    rollback(db);
    throw error;
  }
}

function recent(count: number): string[] {
  if (!db) throw new FactoryError('unavailable', 'the database is not open');
  return statements.recent
    .all(count)
    .map((row) => String(row['entry']))
    .toReversed();
}

/** Some errors have ended the transaction already; then there is nothing to roll back. */
function rollback(of: DatabaseSync): void {
  try {
    of.exec('ROLLBACK');
  } catch {
    // Ended already, and the error that matters is the one that led here.
  }
}
