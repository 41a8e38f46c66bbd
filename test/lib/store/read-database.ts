import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * The first column of what is in a database that may be open, and then is locked: read off a copy, as a
 * power cut would leave it.
 */
export function readDatabase(file: string, sql: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'factory-copy-'));
  const copy = join(folder, 'copy.db');
  try {
    for (const end of ['', '-wal']) if (existsSync(file + end)) copyFileSync(file + end, copy + end);
    const db = new DatabaseSync(copy);
    const rows = db.prepare(sql).all();
    db.close();
    return rows.map((row) => String(Object.values(row)[0]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
