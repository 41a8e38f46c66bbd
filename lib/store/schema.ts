import type { DatabaseSync } from 'node:sqlite';
import { FactoryError } from '../base/errors.ts';
import { quote } from '../base/text.ts';
import { Chain, type Seal } from './chain.ts';

/** Marks a file as ours ("FIOT"), so that another program's database is never written to. */
export const APPLICATION_ID = 0x46494f54;

/** Each brings a database one version further, and is never changed once it was released. */
const MIGRATIONS: readonly ((db: DatabaseSync) => void)[] = [
  // seq keeps the order in which the devices came to be.
  (db) =>
    db.exec(
      `CREATE TABLE device (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, record TEXT NOT NULL);
       CREATE TABLE log (seq INTEGER PRIMARY KEY, entry TEXT NOT NULL);`,
    ),
  sealLog,
];

export const SCHEMA_VERSION = MIGRATIONS.length;

/** Looks at a database without changing it; throws if it is damaged, not ours or newer than we are. */
export function inspect(db: DatabaseSync): void {
  const check = read(db, 'quick_check(1)');
  if (check !== 'ok') {
    throw new FactoryError('unavailable', `the database is damaged: ${String(check)}`, {
      remedy: 'Move the file away, or put a backup in its place',
    });
  }
  const tables = db.prepare('SELECT count(*) AS count FROM sqlite_schema').get()?.['count'];
  if (tables !== 0 && read(db, 'application_id') !== APPLICATION_ID) {
    throw new FactoryError('unavailable', 'the database belongs to another program', {
      remedy: 'Choose another file',
    });
  }
  const version = Number(read(db, 'user_version'));
  if (version > SCHEMA_VERSION) {
    throw new FactoryError(
      'unavailable',
      `the database has version ${version}, and this release knows up to ${SCHEMA_VERSION}`,
      { remedy: 'Update @factory-iot/node-red, or choose another file' },
    );
  }
  if (version > 0) inspectRecords(db);
}

/** Here and not where they are read: by then the file is open for writing, and so no longer as it was. */
function inspectRecords(db: DatabaseSync): void {
  const damaged = db
    .prepare(
      `SELECT id FROM device
       WHERE NOT json_valid(record) OR json_type(record) <> 'object' OR json_type(record, '$.id') IS NOT 'text'
       LIMIT 1`,
    )
    .get();
  if (!damaged) return;
  throw new FactoryError('unavailable', `the record ${quote(String(damaged['id']))} is damaged`, {
    remedy: 'Move the file away, or put a backup in its place',
  });
}

/** Brings a database to this version, all or nothing. */
export function migrate(db: DatabaseSync): void {
  db.exec('BEGIN IMMEDIATE');
  for (const migration of MIGRATIONS.slice(Number(read(db, 'user_version')))) migration(db);
  db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
}

/**
 * Seals what earlier releases have logged, as it is found. `log_end` has the entry before the first one that is kept
 * (`base`) and the last one (`head`), so that neither trimming nor cutting off is taken for the other.
 */
function sealLog(db: DatabaseSync): void {
  db.exec(
    `CREATE TABLE sealed (seq INTEGER PRIMARY KEY, entry TEXT NOT NULL, seal TEXT NOT NULL);
     CREATE TABLE log_end (which TEXT PRIMARY KEY, seq INTEGER NOT NULL, seal TEXT NOT NULL) WITHOUT ROWID;`,
  );
  const first = db.prepare('SELECT min(seq) AS seq FROM log').get()?.['seq'];
  const base: Seal = { seq: typeof first === 'number' ? first - 1 : 0, seal: '' };
  let head = base;
  const insert = db.prepare('INSERT INTO sealed VALUES (?, ?, ?)');
  for (const row of db.prepare('SELECT seq, entry FROM log ORDER BY seq').iterate()) {
    // Its number stays: what somebody has taken away stays missing.
    const { seq, json, seal } = new Chain({ seq: Number(row['seq']) - 1, seal: head.seal }).append(
      String(row['entry']),
    );
    insert.run(seq, json, seal);
    head = { seq, seal };
  }
  const end = db.prepare('INSERT INTO log_end VALUES (?, ?, ?)');
  end.run('base', base.seq, base.seal);
  end.run('head', head.seq, head.seal);
  db.exec(
    `DROP TABLE log;
     ALTER TABLE sealed RENAME TO log;
     CREATE TRIGGER log_is_final BEFORE UPDATE ON log
     BEGIN SELECT RAISE(ABORT, 'an entry of the log is never changed'); END;`,
  );
}

function read(db: DatabaseSync, pragma: string): unknown {
  return Object.values(db.prepare(`PRAGMA ${pragma}`).get() ?? {})[0];
}
