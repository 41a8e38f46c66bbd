import { isoTime, type Cancel, type Clock } from '../base/clock.ts';
import type { ClockTrust, Suspicion, TrustChange } from '../base/clock-trust.ts';
import { Emitter } from '../base/events.ts';
import type { LogEntry, Store, StoredRecord } from '../store/store.ts';
import type { ClockEntry } from './audit-entry.ts';

/** Id under which the latest trusted time is stored. */
export const CLOCK = 'process/clock';
/** Period in which it is stored, and in which the clock is looked at, milliseconds. */
export const KEEP_MS = 3_600_000;
export const LOOK_MS = 60_000;

export interface StoredClock extends StoredRecord {
  /** Expected time, milliseconds since 1970. */
  readonly at: number;
  /** The clock was not trusted. */
  readonly suspect: boolean;
}

export interface ClockKeeperOptions {
  readonly trust: ClockTrust;
  readonly clock: Clock;
  readonly store: Store;
  readonly log: (entry: ClockEntry) => unknown;
}

/** Keeps the time in the plant's store, and holds that of a start against it. */
export class ClockKeeper {
  readonly events = new Emitter<{ changed: TrustChange }>();
  readonly #options: ClockKeeperOptions;
  /** As the log has it, and as was told. */
  #isSuspect = false;
  #isTold = false;
  #stop: Cancel[] = [];
  #stopped = false;

  constructor(options: ClockKeeperOptions) {
    this.#options = options;
  }

  get suspicion(): Suspicion | undefined {
    return this.#options.trust.suspicion;
  }

  /** Time of a new entry of the log. */
  stamp(): { readonly at: string; readonly clock?: 'suspect' } {
    return { at: isoTime(this.#options.clock.now()), ...(this.suspicion && { clock: 'suspect' }) };
  }

  /** Begins with what an earlier run has stored, and with the last entries of its log. */
  start(kept: StoredClock | undefined, entries: readonly LogEntry[]): void {
    if (this.#stopped) return;
    const { trust, clock } = this.#options;
    this.#isSuspect = kept?.suspect === true;
    const latest = latestOf(kept?.at, entries);
    if (latest > -Infinity) trust.learn(latest);
    this.#follow();
    this.#keep('now');
    this.#stop = [
      trust.events.on('changed', ({ by }) => this.#follow(by)),
      clock.every(LOOK_MS, () => void this.suspicion),
      clock.every(KEEP_MS, () => this.#keep('later')),
    ];
  }

  /** Stores the time as that of the last stop. */
  stop(): void {
    this.#stopped = true;
    if (this.#stop.length === 0) return;
    for (const stop of this.#stop) stop();
    this.#stop = [];
    this.#keep('now');
  }

  #follow(by?: string): void {
    const { suspicion } = this;
    if ((suspicion !== undefined) !== this.#isSuspect) {
      this.#isSuspect = suspicion !== undefined;
      const what = suspicion ? 'suspect' : 'trusted';
      const more = suspicion ? { reason: suspicion.reason } : by === undefined ? {} : { by };
      this.#options.log({ kind: 'clock', what, ...more });
      this.#keep('now');
    }
    if ((suspicion !== undefined) === this.#isTold) return;
    this.#isTold = suspicion !== undefined;
    this.events.emit('changed', suspicion ? { suspicion } : {});
  }

  #keep(durability: 'now' | 'later'): void {
    const { store, trust } = this.#options;
    // In whole seconds, because nothing needs it closer.
    const at = Math.floor(trust.now() / 1000) * 1000;
    store.put({ id: CLOCK, at, suspect: this.#isSuspect } as StoredClock, durability);
  }
}

/**
 * Latest moment of an earlier run. Entries count where no time was stored, and those of the hour after it: later ones are of a
 * clock that was ahead and has been put right since.
 */
function latestOf(kept: unknown, entries: readonly LogEntry[]): number {
  const moments = entries.map(momentOf);
  if (typeof kept !== 'number' || !Number.isFinite(kept)) return Math.max(-Infinity, ...moments);
  return Math.max(kept, ...moments.filter((moment) => moment <= kept + KEEP_MS));
}

/** Entries of a clock that was not trusted say nothing. */
function momentOf({ at, clock }: LogEntry): number {
  const moment = clock === undefined && typeof at === 'string' ? Date.parse(at) : NaN;
  return Number.isNaN(moment) ? -Infinity : moment;
}
