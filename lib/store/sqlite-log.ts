/** The log in a database: what of it is for the thread that owns the file. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { Chain, judgeEnd, ORIGIN, type Break, type Seal, type SealedJson } from './chain.ts';
import {
  countOlder,
  fits,
  fromJson,
  isFilter,
  limitOf,
  SLICE_ROWS,
  timeOf,
  TRIM_SHARE,
  trimmedJson,
  type EntryTime,
  type LogQuery,
  type TrimmedEntry,
} from './log.ts';

/** How many log entries are kept; the oldest ones go first. */
export const LOG_LIMIT = 100_000;

/** What was found in one slice of a reading; `before` is where the next one begins, null: there is nothing left. */
export interface Slice {
  readonly rows: readonly SealedJson[];
  readonly before: number | null;
  readonly head: Seal;
}

/** How far looking through the log has come. */
export interface Checked {
  /** Where the next slice goes on; null: all was looked through. */
  readonly next: Seal | null;
  readonly breaks: readonly Break[];
  readonly rows: number;
  /** The last entry when it began: what comes meanwhile is for the next time. */
  readonly end: Seal;
}

type Name = 'append' | 'drop' | 'end' | 'at' | 'upTo' | 'after' | 'before' | 'last';

export class SqliteLog {
  readonly #statements: Readonly<Record<Name, StatementSync>>;
  #chain: Chain;
  #base: Seal;
  /** What was wrong with the end when the file was opened: the next entry would hide it. */
  readonly #broken: Break | undefined;

  constructor(db: DatabaseSync) {
    this.#statements = {
      append: db.prepare('INSERT INTO log VALUES (?, ?, ?)'),
      drop: db.prepare('DELETE FROM log WHERE seq <= ?'),
      end: db.prepare('REPLACE INTO log_end VALUES (?, ?, ?)'),
      at: db.prepare('SELECT seq, entry, seal FROM log WHERE seq = ?'),
      upTo: db.prepare('SELECT seq, entry, seal FROM log WHERE seq <= ? ORDER BY seq DESC LIMIT 1'),
      after: db.prepare('SELECT seq, entry, seal FROM log WHERE seq > ? ORDER BY seq LIMIT ?'),
      before: db.prepare('SELECT seq, entry, seal FROM log WHERE seq < ? ORDER BY seq DESC LIMIT ?'),
      last: db.prepare('SELECT seq, entry, seal FROM log ORDER BY seq DESC LIMIT 1'),
    };
    const ends = new Map(
      db
        .prepare('SELECT which, seq, seal FROM log_end')
        .all()
        .map(({ which, seq, seal }) => [which, { seq: Number(seq), seal: String(seal) }]),
    );
    this.#base = ends.get('base') ?? ORIGIN;
    const head = ends.get('head') ?? this.#base;
    const found = rowsOf(this.#statements.last.all())[0] ?? this.#base;
    this.#broken = judgeEnd(head, found);
    // What comes next follows what was written last and has a number that nothing has had, so that this break stays to be seen.
    this.#chain = new Chain({ seq: Math.max(found.seq, head.seq), seal: head.seal });
  }

  /** Adds entries and drops the oldest where that makes too many; part of a commit, which `committed` has to follow. */
  append(entries: readonly string[]): { readonly committed: () => void } {
    const chain = new Chain(this.#chain.head);
    for (const entry of entries) this.#write(chain, entry);
    const limit = chain.head.seq - LOG_LIMIT;
    const base =
      limit > this.#base.seq
        ? this.#drop(chain, limit + LOG_LIMIT * TRIM_SHARE, 'count', timeOf(entries.at(-1)))
        : this.#base;
    if (entries.length > 0) this.#statements.end.run('head', chain.head.seq, chain.head.seal);
    return {
      committed: () => {
        this.#chain = chain;
        this.#base = base;
      },
    };
  }

  /** Drops a slice of what is older than `before`; part of a commit, as above. `at`: the time of that. */
  trim(before: string, at: string): { readonly dropped: number; readonly committed: () => void } {
    const rows = rowsOf(this.#statements.after.all(this.#base.seq, SLICE_ROWS));
    const dropped = countOlder(rows, before);
    if (dropped === 0) return { dropped, committed: () => {} };
    const chain = new Chain(this.#chain.head);
    const base = this.#drop(chain, rows[dropped - 1]!.seq, 'age', { at });
    this.#statements.end.run('head', chain.head.seq, chain.head.seal);
    return {
      dropped,
      committed: () => {
        this.#chain = chain;
        this.#base = base;
      },
    };
  }

  /** One slice of what fits a query, the newest first. */
  read(query: LogQuery): Slice {
    const count = isFilter(query) ? SLICE_ROWS : limitOf(query);
    const found = rowsOf(this.#statements.before.all(query.before ?? Number.MAX_SAFE_INTEGER, count));
    const rows = isFilter(query)
      ? found.filter(({ json }) => fromJson(json).some((entry) => fits(query, entry)))
      : found;
    const last = found.length < count ? undefined : found.at(-1);
    return { rows, before: last?.seq ?? null, head: this.#chain.head };
  }

  /** One slice of looking the log through: the first one, or the one after what the last one said. */
  check({ next: from, end }: Pick<Checked, 'next' | 'end'> = { next: null, end: this.#chain.head }): Checked {
    // What was trimmed meanwhile is not missing.
    const chain = new Chain(from && from.seq >= this.#base.seq ? from : this.#base);
    const breaks: Break[] = from || !this.#broken ? [] : [this.#broken];
    const rows = rowsOf(this.#statements.after.all(chain.head.seq, SLICE_ROWS)).filter(
      ({ seq }) => seq <= end.seq,
    );
    for (const row of rows) {
      const found = chain.follow(row);
      if (found) breaks.push(found);
    }
    const isOver = rows.length < SLICE_ROWS;
    const cut = isOver && this.#base.seq < end.seq ? judgeEnd(end, chain.head) : undefined;
    if (cut) breaks.push(cut);
    return { next: isOver ? null : chain.head, breaks, rows: rows.length, end };
  }

  /** undefined for one that is not there, unless it is the last that was trimmed. */
  sealOf(seq: number): string | undefined {
    if (seq === this.#base.seq) return this.#base.seal;
    return rowsOf(this.#statements.at.all(seq))[0]?.seal;
  }

  #write(chain: Chain, entry: string): void {
    const { seq, json, seal } = chain.append(entry);
    this.#statements.append.run(seq, json, seal);
  }

  /** Drops all entries up to this one, or to the last there is before it, and adds one that says so; returns the base then. */
  #drop(chain: Chain, upTo: number, what: TrimmedEntry['what'], at: EntryTime): Seal {
    const [last] = rowsOf(this.#statements.upTo.all(upTo));
    if (!last) return this.#base;
    const { changes } = this.#statements.drop.run(last.seq);
    this.#statements.end.run('base', last.seq, last.seal);
    this.#write(chain, trimmedJson(what, Number(changes), last, at));
    return { seq: last.seq, seal: last.seal };
  }
}

function rowsOf(rows: readonly Readonly<Record<string, unknown>>[]): SealedJson[] {
  return rows.map(({ seq, entry, seal }) => ({ seq: Number(seq), json: String(entry), seal: String(seal) }));
}
