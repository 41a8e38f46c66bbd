import { isoTime } from '../base/clock.ts';
import type { Cancel, Clock } from '../base/clock.ts';
import { FactoryError } from '../base/errors.ts';
import { Emitter } from '../base/events.ts';
import type { Break, Seal } from '../store/chain.ts';
import { limitOf, MAX_READ, type SealedEntry, type Verification } from '../store/log.ts';
import type { Store } from '../store/store.ts';
import type { BrokenEntry } from './audit-entry.ts';
import { parseAuditQuery, parseSeal } from './audit-query.ts';

export const DAY_MS = 86_400_000;

export interface AuditState {
  readonly state: 'ok' | 'broken';
  /** Where the log is not as it was written, in order. */
  readonly breaks: readonly Break[];
}

/** A page of the log. */
export interface AuditPage {
  /** The newest first. */
  readonly entries: readonly SealedEntry[];
  /** What to read before for the next page; null: there is none. */
  readonly next: number | null;
  readonly head: Seal;
}

export interface AuditOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** Days. */
  readonly retention: number;
  readonly log: (entry: BrokenEntry) => Promise<boolean>;
  /** Returns the reason why the clock cannot be trusted with dropping entries; undefined: it can. */
  readonly suspicion: () => object | undefined;
}

/** The plant's log as it is read, and held against its seals: once it is open, and once a day. */
export class Audit {
  /** Tells when other breaks are found than before. */
  readonly events = new Emitter<{ state: AuditState }>();
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #retention: number;
  readonly #log: AuditOptions['log'];
  readonly #suspicion: AuditOptions['suspicion'];
  #state: AuditState = { state: 'ok', breaks: [] };
  #stopped = false;
  #cancel: Cancel = () => {};

  constructor({ store, clock, retention, log, suspicion }: AuditOptions) {
    this.#store = store;
    this.#clock = clock;
    this.#retention = retention;
    this.#log = log;
    this.#suspicion = suspicion;
  }

  get state(): AuditState {
    return this.#state;
  }

  /** The store is open. Resolves when the log was looked through for the first time; never rejects. */
  start(): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    this.#cancel = this.#clock.every(DAY_MS, () => void this.#daily());
    return this.#daily();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  /** Reads by a filter as it comes from outside; see {@link parseAuditQuery}. Rejects with `invalid` and `unavailable`. */
  async read(filter: unknown): Promise<AuditPage> {
    const query = parseAuditQuery(filter);
    const { entries, head } = await this.#store.read(query);
    return { entries, next: entries.length < limitOf(query) ? null : entries.at(-1)!.seq, head };
  }

  /**
   * Looks through the whole log. `expected` is `{seq, seal}` of an entry as somebody else has kept it: who made all seals
   * anew is found out by that alone. Rejects with `invalid` where that entry is kept no more.
   */
  async verify(expected?: unknown): Promise<Verification> {
    const kept = parseSeal(expected);
    const found = await this.#store.verify();
    await this.#judge(found);
    if (!kept) return found;
    const differs = await this.#compare(kept, found);
    return differs
      ? { ...found, ok: false, broken: found.broken ?? differs, breaks: [...found.breaks, differs] }
      : found;
  }

  async #compare({ seq, seal }: Seal, { head, ok }: Verification): Promise<Break | undefined> {
    if (seq > head.seq) return { seq, reason: `the log ends with entry ${head.seq}, before entry ${seq}` };
    const there = await this.#store.sealOf(seq);
    if (there === seal) return undefined;
    if (there !== undefined)
      return { seq, reason: `entry ${seq} has another seal than the one that is expected` };
    if (!ok) return { seq, reason: `entry ${seq} is not there` };
    throw new FactoryError('invalid', `entry ${seq} is kept no more, so nothing can be said of its seal`, {
      remedy: 'Give the head of a later reading',
    });
  }

  /** A store that cannot be read has said so itself. */
  async #daily(): Promise<void> {
    await this.verify().catch(() => {});
    // Not earlier: who makes entries look old is to be found out before they go.
    if (this.#stopped || this.#suspicion()) return;
    const now = this.#clock.now();
    await this.#store.trim(isoTime(Math.max(0, now - this.#retention * DAY_MS)), isoTime(now));
  }

  /** Tells of each break once: the log itself says which ones were told of already, also before a start. */
  async #judge({ breaks }: Verification): Promise<void> {
    const before = this.#state.breaks.map(({ seq }) => seq).join();
    this.#state = { state: breaks.length > 0 ? 'broken' : 'ok', breaks };
    if (breaks.map(({ seq }) => seq).join() === before) return;
    this.events.emit('state', this.#state);
    const { entries } = await this.#store.read({ kinds: ['audit-broken'], limit: MAX_READ });
    const told = new Set(entries.map(({ broken }) => (broken as Partial<Break> | undefined)?.seq));
    for (const broken of breaks) if (!told.has(broken.seq)) void this.#log({ kind: 'audit-broken', broken });
  }
}
