import type { Break, Seal, SealedJson } from './chain.ts';

export type LogEntry = Readonly<Record<string, unknown>>;

/** An entry of the log with its number and its seal. */
export type SealedEntry = Seal & LogEntry;

/** Most entries of one reading. */
export const MAX_READ = 500;
/** Most rows that are looked through in one go: whoever writes waits no longer than for these. */
export const SLICE_ROWS = 2000;

/** Which entries to read; all that is given must fit. */
export interface LogQuery {
  /** Those before the entry with this number. */
  readonly before?: number;
  /** At most so many, the latest ones; never more than {@link MAX_READ}. */
  readonly limit?: number;
  readonly kinds?: readonly string[];
  readonly relay?: string;
  readonly by?: string;
  /** Not before and not after, ISO 8601 in UTC as entries have it. */
  readonly since?: string;
  readonly until?: string;
}

export interface LogPage {
  /** The newest first. */
  readonly entries: readonly SealedEntry[];
  /** The last entry of all; what is kept elsewhere of it shows later whether the log was made anew. */
  readonly head: Seal;
}

export interface Verification {
  readonly ok: boolean;
  /** How many entries there are. */
  readonly entries: number;
  readonly head: Seal;
  /** The first break. */
  readonly broken?: Break;
  /** All of them, at most {@link MAX_BREAKS}. */
  readonly breaks: readonly Break[];
}

/** More than so many breaks say nothing more. */
export const MAX_BREAKS = 20;

/** Share of a full log that goes at once, so that not each further entry brings one that says so. */
export const TRIM_SHARE = 0.01;

/** Entry that stands for entries that were dropped; written in the commit that drops them. */
export type TrimmedEntry = {
  readonly kind: 'trimmed';
  /** Older than they are kept, or more than are kept. */
  readonly what: 'age' | 'count';
  readonly dropped: number;
  /** Number of the last one of them. */
  readonly last: number;
  /** Its time, ISO 8601; null: it had none. */
  readonly until: string | null;
};

export interface EntryTime {
  /** ISO 8601, unless the entry is damaged. */
  readonly at?: unknown;
  /** `suspect`: the clock was not trusted. */
  readonly clock?: unknown;
}

/** `at`: time of the trim, with whether the clock was trusted then. */
export function trimmedJson(
  what: TrimmedEntry['what'],
  dropped: number,
  last: SealedJson,
  at: EntryTime,
): string {
  const until = fromJson(last.json)[0]?.['at'];
  const entry: TrimmedEntry = {
    kind: 'trimmed',
    what,
    dropped,
    last: last.seq,
    until: typeof until === 'string' ? until : null,
  };
  return JSON.stringify({ ...at, ...entry });
}

/** Time of an entry, for one that is written together with it. */
export function timeOf(json: string | undefined): EntryTime {
  const { at, clock } = json === undefined ? {} : (fromJson(json)[0] ?? {});
  return { at, clock };
}

/** undefined for what JSON cannot express, such as a reference to itself. */
export function toJson(entry: LogEntry): string | undefined {
  try {
    return JSON.stringify(entry);
  } catch {
    return undefined;
  }
}

/** None where it is damaged: who damaged one entry has not damaged the others. */
export function fromJson(json: string): LogEntry[] {
  try {
    const entry = JSON.parse(json) as unknown;
    return typeof entry === 'object' && entry !== null ? [entry as LogEntry] : [];
  } catch {
    return [];
  }
}

export function unseal({ seq, seal, json }: SealedJson): SealedEntry[] {
  return fromJson(json).map((entry) => ({ ...entry, seq, seal }));
}

/** Whether a query asks for some entries only, so that others have to be looked through. */
export function isFilter({ kinds, relay, by, since, until }: LogQuery): boolean {
  return [kinds, relay, by, since, until].some((property) => property !== undefined);
}

export function fits({ kinds, relay, by, since, until }: LogQuery, entry: LogEntry): boolean {
  const at = String(entry['at']);
  return (
    (kinds === undefined || kinds.includes(String(entry['kind']))) &&
    (relay === undefined || entry['relay'] === relay) &&
    (by === undefined || entry['by'] === by) &&
    (since === undefined || at >= since) &&
    (until === undefined || at <= until)
  );
}

/**
 * Number of these, the oldest first, that were written before a time. An entry without one, being damaged, or of a clock that
 * was not trusted, goes with the next that has one.
 */
export function countOlder(rows: readonly { readonly json: string }[], before: string): number {
  let count = 0;
  for (const [index, { json }] of rows.entries()) {
    const { at, clock } = timeOf(json);
    if (typeof at !== 'string' || clock !== undefined) continue;
    if (at >= before) break;
    count = index + 1;
  }
  return count;
}

/** How many of a query's entries are read at most. */
export function limitOf({ limit = MAX_READ }: LogQuery): number {
  return Math.min(limit, MAX_READ);
}

/** What came out of looking through the whole log. */
export function verified(entries: number, head: Seal, breaks: readonly Break[]): Verification {
  const [broken] = breaks;
  return { ok: !broken, entries, head, ...(broken && { broken }), breaks: breaks.slice(0, MAX_BREAKS) };
}
