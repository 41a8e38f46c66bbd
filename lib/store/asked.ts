/** Which entries of the log say what each client has lately asked for: those of the kind `command`, by `by`. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';

export const ASKED_KIND = 'command';

export interface AskedQuery {
  /** Most entries of one client, its latest ones. */
  readonly most: number;
  /** Greatest age, milliseconds, counted between the entries of one client. */
  readonly window: number;
  /** A longer time between two neighbours counts as this, milliseconds: the clock may have been set. */
  readonly idle: number;
}

/** Those of a client's entries, the newest first, that are recent enough, whatever the clock did between them. */
export function lately(entries: Iterable<string>, { most, window, idle }: AskedQuery): string[] {
  const taken: string[] = [];
  let age = 0;
  let later = NaN;
  for (const json of entries) {
    const at = Date.parse(json.slice(AT.length, AT.length + ISO_LENGTH));
    const gap = later - at;
    if (gap > 0) age += Math.min(gap, idle);
    if (age > window) break;
    later = at;
    taken.push(json);
    if (taken.length === most) break;
  }
  return taken;
}

/** Each entry begins with its time. */
const AT = '{"at":"';
const ISO_LENGTH = '2026-01-01T00:00:00.000Z'.length;

/** An entry may have been damaged past this program. */
const OF = (name: string): string => `CASE WHEN json_valid(entry) THEN json_extract(entry, '$.${name}') END`;
const BY = `coalesce(${OF('by')}, '')`;
const IS_ASKED = `${OF('kind')} = '${ASKED_KIND}'`;

/** Looks up what each client has asked for, by an index over these entries alone. */
export class AskedLog {
  readonly #next: StatementSync;
  readonly #of: StatementSync;

  constructor(db: DatabaseSync) {
    try {
      db.exec(`CREATE INDEX IF NOT EXISTS log_asked ON log (${BY}, seq) WHERE ${IS_ASKED}`);
    } catch {
      // Without it, such as on a full disk, this is slow and all the same right.
    }
    this.#next = db.prepare(
      `SELECT ${BY} AS who FROM log WHERE ${IS_ASKED} AND ${BY} > ? ORDER BY ${BY} LIMIT 1`,
    );
    this.#of = db.prepare(`SELECT entry FROM log WHERE ${IS_ASKED} AND ${BY} = ? ORDER BY seq DESC LIMIT ?`);
  }

  /** Entries of all clients, those of each the oldest first. */
  read(query: AskedQuery): string[] {
    const found: string[] = [];
    for (let who: string | undefined = ''; who !== undefined; who = this.#after(who)) {
      const rows = this.#of.iterate(who, query.most);
      found.push(...lately(entriesOf(rows), query).toReversed());
    }
    return found;
  }

  #after(who: string): string | undefined {
    const next = this.#next.get(who)?.['who'];
    return next === undefined ? undefined : String(next);
  }
}

function* entriesOf(rows: Iterable<unknown>): Generator<string> {
  for (const row of rows) yield String((row as Record<string, unknown>)['entry']);
}
