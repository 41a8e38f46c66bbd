import { resolve } from 'node:path';
import { isoTime } from '../base/clock.ts';
import type { Cancel, Clock } from '../base/clock.ts';
import { asError, FactoryError } from '../base/errors.ts';
import { Emitter } from '../base/events.ts';
import { WriteQueue } from './queue.ts';
import type { Batch } from './queue.ts';
import type { AskedQuery } from './asked.ts';
import { SqliteThread } from './sqlite-thread.ts';
import { toJson } from './log.ts';
import type { LogEntry, LogPage, LogQuery, Verification } from './log.ts';
import { SlicedLog } from './sliced-log.ts';
import type { Reply, Request } from './sqlite-worker.ts';
import type { Durability, StorageState, Store, StoredRecord } from './store.ts';

/** Commits of what is urgent are at least this far apart: what comes in between goes together. */
export const GATHER_MS = 10;
/** How often values, which are not urgent, are written, and how soon a failed commit is tried again. */
export const BATCH_MS = 10_000;
/** How long opening may take before we go on without. */
export const OPEN_MS = 10_000;
/** After this a commit counts as late, and the state says so: the disk is stuck, or far too slow. Milliseconds. */
export const LATE_MS = 1000;
/** How long the last commit and the end of the thread may take. Node-RED waits 15 s for a close, for all of it. */
export const FINISH_MS = 6000;
export const STOP_MS = 3000;

/** The files in use by the stores of this process: two plants in one file would overwrite each other. */
const inUse = new Set<string>();

/**
 * Keeps records and the log in one SQLite file, written by a thread of its own. A file that cannot be used
 * is left as it is. A commit that fails for a reason that may pass (the disk is full) is tried again.
 */
export class SqliteStore implements Store {
  readonly events = new Emitter<{ state: StorageState }>();
  readonly file: string;
  readonly #clock: Clock;
  readonly #queue = new WriteQueue();
  #phase: 'new' | 'opening' | 'open' | 'ended' = 'new';
  #state: StorageState = { kind: 'sqlite', state: 'ok' };
  #doubt: string | undefined;
  #thread: SqliteThread | undefined;
  /** The commit on its way; there is never more than one. */
  #commit: Promise<boolean> | undefined;
  #lastCommit = -Infinity;
  readonly #log = new SlicedLog((request) => this.#ask(request));
  #ended: Promise<void> | undefined;
  #cancelCommit: Cancel | undefined;
  #cancelBatches: Cancel | undefined;

  constructor(options: { file: string; clock: Clock }) {
    this.file = resolve(options.file);
    this.#clock = options.clock;
  }

  get doubt(): string | undefined {
    return this.#doubt;
  }

  get state(): StorageState {
    return this.#state;
  }

  async load(): Promise<StoredRecord[]> {
    this.#phase = 'opening';
    try {
      const records = parse(await this.#open(), this.file);
      this.#phase = 'open';
      this.#cancelBatches = this.#clock.every(BATCH_MS, () => void this.flush());
      this.#schedule();
      return records;
    } catch (thrown) {
      const error = new FactoryError('unavailable', asError(thrown).message, { cause: thrown });
      if (!(thrown instanceof NothingKept)) this.#doubt = error.message;
      await this.#fail(error.message);
      throw error;
    }
  }

  put(record: StoredRecord, durability: Durability): void {
    this.#enqueue(record.id, record, durability);
  }

  delete(id: string): void {
    this.#enqueue(id, null, 'now');
  }

  async append(entry: LogEntry): Promise<boolean> {
    if (this.#phase === 'ended') return false;
    const json = toJson(entry);
    if (json === undefined) return false;
    const kept = this.#queue.append(json);
    this.#schedule();
    return kept;
  }

  recent(count: number): Promise<LogEntry[]> {
    return this.#log.recent(count);
  }

  asked(query: AskedQuery): Promise<LogEntry[]> {
    return this.#log.asked(query);
  }

  async read(query: LogQuery): Promise<LogPage> {
    await this.#gathered();
    return this.#log.read(query);
  }

  verify(): Promise<Verification> {
    return this.#log.verify();
  }

  sealOf(seq: number): Promise<string | undefined> {
    return this.#log.sealOf(seq);
  }

  trim(before: string, at: string): Promise<void> {
    return this.#log.trim(before, at);
  }

  async flush(): Promise<boolean> {
    this.#queue.makeDue();
    while (this.#phase === 'open' && (this.#commit || this.#queue.pending)) {
      if (!(await this.#commitNow())) return false;
    }
    return this.#phase === 'open';
  }

  async close(): Promise<void> {
    if (this.#phase === 'open') await this.#within(FINISH_MS, this.#finish());
    await this.#end();
  }

  #ask(request: Request): Promise<Reply> {
    if (this.#phase === 'open') return this.#thread!.ask(request);
    const detail = this.#state.detail ?? 'the storage is not open';
    return Promise.resolve({ kind: 'failed', detail, fatal: false });
  }

  async #open(): Promise<readonly string[]> {
    if (inUse.has(this.file)) {
      throw new FactoryError('unavailable', `${this.file} is used by another plant. Choose another file`);
    }
    this.#thread = new SqliteThread((detail) => void this.#fail(detail));
    inUse.add(this.file);
    const reply = await this.#within(OPEN_MS, this.#thread.ask({ kind: 'open', file: this.file }));
    if (reply?.kind === 'opened' && this.#phase === 'opening') {
      if (reply.isEmptied) this.#doubt = `${this.file} is empty, which it is not after its first use`;
      return reply.records;
    }
    const detail =
      reply?.kind === 'failed' ? reply.detail : `${this.file} does not open within ${OPEN_MS / 1000} s`;
    if (reply?.kind === 'failed' && reply.isNew) throw new NothingKept('unavailable', detail);
    throw new FactoryError('unavailable', detail);
  }

  /** What waits for its commit only because others may join it: who reads is to find what was logged before. */
  async #gathered(): Promise<void> {
    if (this.#phase !== 'open' || this.#state.state === 'failed') return;
    await this.#commit;
    if (this.#queue.pending) await this.#commitNow();
  }

  #enqueue(id: string, record: StoredRecord | null, durability: Durability): void {
    if (this.#phase === 'ended') return;
    this.#queue.put(id, record, durability);
    this.#schedule();
  }

  /** Commits soon if something is urgent. While commits fail they are tried with the batches only. */
  #schedule(): void {
    const idle = this.#phase === 'open' && !this.#commit && !this.#cancelCommit;
    if (!idle || this.#state.state === 'failed' || !this.#queue.pending) return;
    const wait = Math.max(0, this.#lastCommit + GATHER_MS - this.#clock.monotonic());
    this.#cancelCommit = this.#clock.after(wait, () => void this.#commitNow());
  }

  #commitNow(): Promise<boolean> {
    this.#cancelCommit?.();
    this.#cancelCommit = undefined;
    return (this.#commit ??= this.#write());
  }

  async #write(): Promise<boolean> {
    const batch = this.#queue.take();
    const since = isoTime(this.#clock.now());
    const cancel = this.#clock.after(LATE_MS, () => this.#late(since));
    const reply = await this.#send(batch);
    cancel();
    this.#commit = undefined;
    this.#lastCommit = this.#clock.monotonic();
    if (reply.kind === 'done') {
      this.#queue.done(batch);
      this.#become({ kind: 'sqlite', state: 'ok' });
      this.#schedule();
      return true;
    }
    this.#queue.giveBack(batch);
    const { detail, fatal } = failure(reply);
    if (fatal) await this.#fail(detail);
    else this.#become({ kind: 'sqlite', state: 'failed', detail });
    return false;
  }

  async #send(batch: Batch): Promise<Reply> {
    const entries = batch.entries.map(({ json }) => json);
    try {
      const records = Array.from(
        batch.records,
        ([id, record]) => [id, record && JSON.stringify(record)] as const,
      );
      return await this.#thread!.ask({ kind: 'write', records, entries });
    } catch (error) {
      // A record that JSON cannot express: it is tried again until another version of it comes.
      return { kind: 'failed', detail: `${this.file}: ${asError(error).message}`, fatal: false };
    }
  }

  async #finish(): Promise<void> {
    await this.flush();
    await this.#thread?.ask({ kind: 'close' });
  }

  /** For good: what waits will never be written. */
  async #fail(detail: string): Promise<void> {
    if (this.#phase === 'ended') return;
    this.#become({ kind: 'sqlite', state: 'failed', detail });
    await this.#end();
  }

  #end(): Promise<void> {
    return (this.#ended ??= this.#letGo());
  }

  async #letGo(): Promise<void> {
    this.#phase = 'ended';
    this.#cancelBatches?.();
    this.#cancelCommit?.();
    this.#queue.clear();
    if (!this.#thread) return;
    // A thread that is stuck in the file system does not end in time; SQLite's own lock still guards the file.
    await this.#within(STOP_MS, this.#thread.stop());
    inUse.delete(this.file);
  }

  /** A thread in the grip of a stuck disk cannot say so itself. */
  #late(since: string): void {
    if (this.#phase !== 'open' || this.#state.state !== 'ok') return;
    const detail = `${this.file}: nothing is written since ${since}. Check the disk or the memory card`;
    this.#become({ kind: 'sqlite', state: 'late', detail });
  }

  #become(state: StorageState): void {
    if (state.state === this.#state.state && state.detail === this.#state.detail) return;
    this.#state = state;
    this.events.emit('state', state);
  }

  /** What `work` resolves to, or undefined if it takes longer. */
  #within<Result>(ms: number, work: Promise<Result>): Promise<Result | undefined> {
    return new Promise((settle, fail) => {
      const cancel = this.#clock.after(ms, () => settle(undefined));
      work.then(settle, fail).finally(cancel);
    });
  }
}

/** The file cannot be used, and there was none before: nothing that was kept is missed. */
class NothingKept extends FactoryError {}

function failure(reply: Reply): { detail: string; fatal: boolean } {
  return reply.kind === 'failed' ? reply : { detail: 'unexpected answer', fatal: true };
}

function parse(records: readonly string[], file: string): StoredRecord[] {
  try {
    return records.map((json) => JSON.parse(json) as StoredRecord);
  } catch (cause) {
    throw new FactoryError('unavailable', `${file} holds a record that is damaged`, { cause });
  }
}
