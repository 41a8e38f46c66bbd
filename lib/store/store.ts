import type { Emitter } from '../base/events.ts';
import type { AskedQuery } from './asked.ts';
import type { LogEntry, LogPage, LogQuery, Verification } from './log.ts';

export type { LogEntry } from './log.ts';

/** Where a plant's memory is kept and whether that works now. */
export interface StorageState {
  readonly kind: 'memory' | 'sqlite';
  /** `late`: what was written last is not on the disk yet, and may get there; nothing is lost so far. */
  readonly state: 'ok' | 'late' | 'failed';
  /** Why it is late or failed and what to do, for a person. */
  readonly detail?: string;
}

/**
 * How soon a record has to survive a power cut: with the next commit, within milliseconds; or with the next
 * batch, within seconds, because a commit for each value of each sensor wears a memory card out.
 */
export type Durability = 'now' | 'later';

/** A record as a store sees it. It is written when its turn comes, so it must not be changed after it was put. */
export interface StoredRecord {
  readonly id: string;
}

/**
 * Keeps records by id, and a log. Nothing here waits for a disk, and nothing but `load` and what reads the log
 * rejects: a store that fails says so in its state, and who uses it goes on without.
 */
export interface Store {
  /** Path of its file, absolute; left out: it has none. */
  readonly file?: string;
  readonly state: StorageState;
  /** Reason, for a person, why kept state is not known; undefined once all was loaded, or there was none. */
  readonly doubt?: string | undefined;
  readonly events: Emitter<{ state: StorageState }>;
  /** All records, in the order in which they came to be there. Call it once, first. Rejects with `unavailable` if they cannot be read. */
  load(): Promise<StoredRecord[]>;
  /** A later put of the same id replaces one that waits for its batch. */
  put(record: StoredRecord, durability: Durability): void;
  /** Durable with the next commit. */
  delete(id: string): void;
  /** Resolves once the entry, and everything put with 'now' before it, is there for good (true) or failed (false). */
  append(entry: LogEntry): Promise<boolean>;
  /** The last entries of the log, at most so many, the oldest first; none where they cannot be read. */
  recent(count: number): Promise<LogEntry[]>;
  /**
   * Returns the latest requests of each client, the oldest first. Rejects with `unavailable` where they cannot be read. Left
   * out: nothing outlives the process.
   */
  asked?(query: AskedQuery): Promise<LogEntry[]>;
  /** The entries that fit, the newest first. Rejects with `unavailable` where they cannot be read. */
  read(query: LogQuery): Promise<LogPage>;
  /** Looks through the whole log for what was not written so. Rejects with `unavailable` where it cannot be read. */
  verify(): Promise<Verification>;
  /** The seal of an entry, or of the last one that is kept no more; undefined: it is not known. Rejects as `read` does. */
  sealOf(seq: number): Promise<string | undefined>;
  /** Drops entries that are older than `before`, and adds one that says so with the time `at`; both ISO 8601. */
  trim(before: string, at: string): Promise<void>;
  /** Commits what waits, and says whether all of it is there for good. */
  flush(): Promise<boolean>;
  /** Flushes and lets go; later calls have no effect. */
  close(): Promise<void>;
}
