import { Emitter } from '../base/events.ts';
import { Chain, ORIGIN, judgeEnd, type Seal, type SealedJson } from './chain.ts';
import {
  countOlder,
  fits,
  fromJson,
  limitOf,
  timeOf,
  toJson,
  TRIM_SHARE,
  trimmedJson,
  unseal,
  verified,
} from './log.ts';
import type { EntryTime, LogEntry, LogPage, LogQuery, TrimmedEntry, Verification } from './log.ts';
import type { StorageState, Store, StoredRecord } from './store.ts';

/** How many log entries are kept in memory; the oldest ones go first. */
export const MEMORY_LOG_LIMIT = 1000;

/**
 * Keeps records as long as it lives itself, also beyond `close`: who loads it again finds them there. It keeps nothing for
 * good, and so it never says that something is durable; of its log it has the last entries.
 */
export class MemoryStore implements Store {
  readonly state: StorageState = { kind: 'memory', state: 'ok' };
  readonly events = new Emitter<{ state: StorageState }>();
  readonly #records = new Map<string, StoredRecord>();
  readonly #chain = new Chain();
  #log: SealedJson[] = [];
  /** The last entry that is kept no more. */
  #base: Seal = ORIGIN;

  load(): Promise<StoredRecord[]> {
    return Promise.resolve(Array.from(this.#records.values()));
  }

  put(record: StoredRecord): void {
    this.#records.set(record.id, record);
  }

  delete(id: string): void {
    this.#records.delete(id);
  }

  append(entry: LogEntry): Promise<boolean> {
    const json = toJson(entry);
    if (json !== undefined) this.#log.push(this.#chain.append(json));
    if (this.#log.length > MEMORY_LOG_LIMIT) {
      this.#drop(this.#log.length - MEMORY_LOG_LIMIT * (1 - TRIM_SHARE), 'count', timeOf(json));
    }
    return Promise.resolve(false);
  }

  recent(count: number): Promise<LogEntry[]> {
    return Promise.resolve(this.#log.slice(-count).flatMap(({ json }) => fromJson(json)));
  }

  read(query: LogQuery): Promise<LogPage> {
    const { before = Infinity } = query;
    const entries = this.#log
      .filter(({ seq }) => seq < before)
      .flatMap(unseal)
      .filter((entry) => fits(query, entry));
    return Promise.resolve({
      entries: entries.slice(-limitOf(query)).toReversed(),
      head: this.#chain.head,
    });
  }

  verify(): Promise<Verification> {
    const chain = new Chain(this.#base);
    const breaks = this.#log.map((row) => chain.follow(row)).filter((found) => found !== undefined);
    const end = judgeEnd(this.#chain.head, chain.head);
    return Promise.resolve(verified(this.#log.length, this.#chain.head, end ? [...breaks, end] : breaks));
  }

  sealOf(seq: number): Promise<string | undefined> {
    const found = seq === this.#base.seq ? this.#base : this.#log.find((row) => row.seq === seq);
    return Promise.resolve(found?.seal);
  }

  trim(before: string, at: string): Promise<void> {
    this.#drop(countOlder(this.#log, before), 'age', { at });
    return Promise.resolve();
  }

  flush(): Promise<boolean> {
    return Promise.resolve(false);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #drop(count: number, what: TrimmedEntry['what'], at: EntryTime): void {
    if (count <= 0) return;
    const last = this.#log.splice(0, count).at(-1)!;
    this.#base = { seq: last.seq, seal: last.seal };
    this.#log.push(this.#chain.append(trimmedJson(what, count, last, at)));
  }
}
