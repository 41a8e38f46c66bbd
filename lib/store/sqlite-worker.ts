/** The thread that owns a database file. It answers each request once, in order. */
import { mkdirSync, readlinkSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { parentPort } from 'node:worker_threads';
import { FactoryError } from '../base/errors.ts';
import { inspect, migrate } from './schema.ts';
import { explain, isDamage } from './sqlite-errors.ts';
import { SqliteLog, type Checked, type Slice } from './sqlite-log.ts';
import { AskedLog, type AskedQuery } from './asked.ts';
import type { LogQuery } from './log.ts';

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
  /** One slice of reading the log, of looking it through, of dropping what is old: others' turns are in between. */
  | { readonly kind: 'read'; readonly query: LogQuery }
  | { readonly kind: 'check'; readonly after: Checked | null }
  | { readonly kind: 'trim'; readonly before: string; readonly at: string }
  | { readonly kind: 'seal'; readonly seq: number }
  /** Reads the latest requests of each client. */
  | { readonly kind: 'asked'; readonly query: AskedQuery }
  | { readonly kind: 'close' };

export type Reply =
  /** `isEmptied`: the file was there, without a single byte. */
  | { readonly kind: 'opened'; readonly records: readonly string[]; readonly isEmptied: boolean }
  | { readonly kind: 'slice'; readonly slice: Slice }
  | { readonly kind: 'checked'; readonly checked: Checked }
  /** How many were dropped: none once all that is old is gone. */
  | { readonly kind: 'trimmed'; readonly dropped: number }
  | { readonly kind: 'seal'; readonly seal: string | undefined }
  | { readonly kind: 'asked'; readonly entries: readonly string[] }
  | { readonly kind: 'done' }
  /** `fatal`: trying again makes no sense. `isNew`: there was no file before. */
  | {
      readonly kind: 'failed';
      readonly detail: string;
      readonly fatal: boolean;
      readonly isNew?: boolean;
    };

// node:sqlite announces itself as experimental; that says nothing to who runs a plant. Other warnings stay.
process.removeAllListeners('warning');
process.on('warning', (warning) => {
  if (warning.name !== 'ExperimentalWarning') console.error(warning);
});

let file = '';
/** True if there certainly was no file: nothing at all is in its place. */
let isNew = false;
let db: DatabaseSync | undefined;
let log: SqliteLog | undefined;
let statements: Record<'put' | 'remove', StatementSync>;

parentPort?.on('message', (request: Request) => {
  parentPort?.postMessage(answer(request));
  if (request.kind === 'close') parentPort?.close();
});

function answer(request: Request): Reply {
  try {
    switch (request.kind) {
      case 'open':
        return open(request.file);
      case 'read':
        return { kind: 'slice', slice: opened().read(request.query) };
      case 'check':
        return { kind: 'checked', checked: opened().check(request.after ?? undefined) };
      case 'asked':
        return { kind: 'asked', entries: new AskedLog(db!).read(request.query) };
      case 'seal':
        return { kind: 'seal', seal: opened().sealOf(request.seq) };
      case 'trim':
        return { kind: 'trimmed', dropped: commit((to) => to.trim(request.before, request.at)).dropped };
      case 'write':
        write(request.records, request.entries);
        break;
      case 'close':
        db?.close();
    }
    return { kind: 'done' };
  } catch (error) {
    const fatal = request.kind === 'open' || request.kind === 'close' || isDamage(error);
    return { kind: 'failed', detail: explain(error, file).toString(), fatal, isNew };
  }
}

function open(path: string): Reply {
  file = path;
  const there = statSync(file, { throwIfNoEntry: false });
  // A folder in its place, or a link to a disk that is not mounted, may hide what was kept.
  isNew = !there && !isBehindLostLink(file);
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
  log = new SqliteLog(db);
  statements = {
    put: db.prepare(
      'INSERT INTO device (id, record) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET record = excluded.record',
    ),
    remove: db.prepare('DELETE FROM device WHERE id = ?'),
  };
  const rows = db.prepare('SELECT record FROM device ORDER BY seq').all();
  const records = rows.map((row) => String(row['record']));
  return { kind: 'opened', records, isEmptied: there?.size === 0 };
}

/** Returns whether a link on the way to this path leads nowhere. */
function isBehindLostLink(path: string): boolean {
  const isLost = (at: string): boolean =>
    readlinkOf(at) !== undefined && statSync(at, { throwIfNoEntry: false }) === undefined;
  return isLost(path) || (dirname(path) !== path && isBehindLostLink(dirname(path)));
}

function readlinkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function write(records: (Request & { kind: 'write' })['records'], entries: readonly string[]): void {
  commit((to) => {
    for (const [id, json] of records) {
      if (json === null) statements.remove.run(id);
      else statements.put.run(id, json);
    }
    return to.append(entries);
  });
}

/** Does all of it or nothing; the log goes on from it only once it is there. */
function commit<Work extends { readonly committed: () => void }>(work: (to: SqliteLog) => Work): Work {
  const to = opened();
  db!.exec('BEGIN IMMEDIATE');
  try {
    const done = work(to);
    db!.exec('COMMIT');
    done.committed();
    return done;
  } catch (error) {
    rollback(db!);
    throw error;
  }
}

function opened(): SqliteLog {
  if (!log) throw new FactoryError('unavailable', 'the database is not open');
  return log;
}

/** Some errors have ended the transaction already; then there is nothing to roll back. */
function rollback(of: DatabaseSync): void {
  try {
    of.exec('ROLLBACK');
  } catch {
    // Ended already, and the error that matters is the one that led here.
  }
}
