/**
 * What a history of values could write, in a process of its own: `node writer.ts each|batches FILE`. One commit for each value, as
 * flows with a database node do it, or one each 10 s, kept in the order of (time, sensor).
 */
import { DatabaseSync } from 'node:sqlite';

const SENSORS = 40;
const PER_SECOND = 40;
const BATCH_MS = 10_000;

const [, , kind = '', file = ''] = process.argv;
const db = new DatabaseSync(file);
db.exec(
  `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
   CREATE TABLE history (time INTEGER, sensor INTEGER, value REAL, PRIMARY KEY (time, sensor)) WITHOUT ROWID;`,
);
const insert = db.prepare('INSERT INTO history VALUES (?, ?, ?)');
let count = 0;
let waiting: [time: number, sensor: number, value: number][] = [];
setInterval(() => {
  const value = Math.round(Math.random() * 1000) / 10;
  const row: (typeof waiting)[number] = [Date.now(), count++ % SENSORS, value];
  if (kind === 'each') insert.run(...row);
  else waiting.push(row);
}, 1000 / PER_SECOND);
if (kind !== 'each') setInterval(commit, BATCH_MS);

function commit(): void {
  db.exec('BEGIN');
  for (const row of waiting) insert.run(...row);
  db.exec('COMMIT');
  waiting = [];
}
