import type { Durability, StoredRecord } from './store.ts';

/** Most rows of one commit, so that making it ready never holds the event loop up for long. */
export const BATCH_ROWS = 2000;
/** Most log entries that wait for a store that is stuck or failing; the oldest ones go first. */
export const MAX_WAITING_ENTRIES = 10_000;

/** What goes into one commit. */
export interface Batch {
  /** null deletes. */
  readonly records: ReadonlyMap<string, StoredRecord | null>;
  readonly entries: readonly Entry[];
}

interface Entry {
  readonly json: string;
  readonly settle: (kept: boolean) => void;
}

/** What waits to be written: at most one version a record, urgent ones and log entries first. */
export class WriteQueue {
  readonly #urgent = new Map<string, StoredRecord | null>();
  // In the order in which they came; the first #due of them may be written now.
  readonly #later = new Map<string, StoredRecord | null>();
  #due = 0;
  #entries: Entry[] = [];

  /** Whether something should be written now. */
  get pending(): boolean {
    return this.#urgent.size > 0 || this.#entries.length > 0 || this.#due > 0;
  }

  put(id: string, record: StoredRecord | null, durability: Durability): void {
    if (durability === 'later' && !this.#urgent.has(id)) {
      this.#later.set(id, record);
      return;
    }
    if (this.#later.delete(id)) this.#due = Math.min(this.#due, this.#later.size);
    this.#urgent.set(id, record);
  }

  /** Adds a log entry, as JSON. Resolves as {@link WriteQueue.done} or {@link WriteQueue.giveBack} says of the batch it goes with. */
  append(json: string): Promise<boolean> {
    return new Promise((settle) => {
      this.#entries.push({ json, settle });
      if (this.#entries.length > MAX_WAITING_ENTRIES) this.#entries.shift()?.settle(false);
    });
  }

  /** Makes everything that waits due. What comes later waits for the next call. */
  makeDue(): void {
    this.#due = this.#later.size;
  }

  take(): Batch {
    const records = move(this.#urgent, BATCH_ROWS);
    // An entry says that what was put before it is kept, so it goes with or after the last urgent record.
    const entries = this.#urgent.size === 0 ? this.#entries.splice(0, BATCH_ROWS) : [];
    const due = move(this.#later, Math.min(this.#due, BATCH_ROWS - records.size));
    this.#due -= due.size;
    for (const [id, record] of due) records.set(id, record);
    return { records, entries };
  }

  done(batch: Batch): void {
    for (const { settle } of batch.entries) settle(true);
  }

  /** Takes a batch back that could not be written, to be due with the rest; newer versions stay. */
  giveBack(batch: Batch): void {
    for (const [id, record] of batch.records) {
      if (!this.#urgent.has(id) && !this.#later.has(id)) this.#later.set(id, record);
    }
    this.#entries = batch.entries.concat(this.#entries).slice(-MAX_WAITING_ENTRIES);
    for (const { settle } of batch.entries) settle(false);
  }

  /** Gives everything up: it will never be written. */
  clear(): void {
    for (const { settle } of this.#entries) settle(false);
    this.#entries = [];
    this.#urgent.clear();
    this.#later.clear();
    this.#due = 0;
  }
}

/** Moves the first `count` entries into a map of their own. */
function move<Value>(from: Map<string, Value>, count: number): Map<string, Value> {
  const moved = new Map<string, Value>();
  for (const [key, value] of from) {
    if (moved.size >= count) break;
    moved.set(key, value);
    from.delete(key);
  }
  return moved;
}
