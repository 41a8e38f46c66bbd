import { Emitter } from '../base/events.ts';
import type { LogEntry, StorageState, Store, StoredRecord } from './store.ts';

/**
 * Keeps records as long as it lives itself, also beyond `close`: who loads it again finds them there. It
 * keeps nothing for good, and so it has no log and never says that something is durable.
 */
export class MemoryStore implements Store {
  readonly state: StorageState = { kind: 'memory', state: 'ok' };
  readonly events = new Emitter<{ state: StorageState }>();
  readonly #records = new Map<string, StoredRecord>();

  load(): Promise<StoredRecord[]> {
    return Promise.resolve(Array.from(this.#records.values()));
  }

  put(record: StoredRecord): void {
    this.#records.set(record.id, record);
  }

  delete(id: string): void {
    this.#records.delete(id);
  }

  append(): Promise<boolean> {
    return Promise.resolve(false);
  }

  recent(): Promise<LogEntry[]> {
    return Promise.resolve([]);
  }

  flush(): Promise<boolean> {
    return Promise.resolve(false);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
