/**
 * Judges whether the wall clock can be trusted with what cannot be undone. A machine without a battery clock starts in the
 * past; a wrong hand, a wrong server or an empty battery moves the clock by years in either direction.
 */
import { isoTime, type Clock } from './clock.ts';
import { Emitter } from './events.ts';

/** Correction that is taken as one, milliseconds: time servers and people put a clock right by less than this. */
export const CORRECTION_MS = 10 * 60_000;
/** Time that may plausibly have passed between two runs of the process, milliseconds. */
export const LEAP_MS = 7 * 86_400_000;
/** Steady run after which the clock is trusted again, milliseconds: after a jump of up to {@link LEAP_MS}, and after a longer one. */
export const STEADY_MS = { short: 86_400_000, long: 30 * 86_400_000 };
/** No machine that runs this is right about an earlier moment. */
export const EARLIEST = Date.UTC(2025, 0, 1);
/** Least time between two looks at the time server's mark, milliseconds. */
const SYNC_LOOK_MS = 60_000;
/** Greatest age of a mark that still confirms the clock, milliseconds: time servers are asked at least every 34 min. */
const SYNC_AGE_MS = 3_600_000;

export interface Suspicion {
  /** For a person. */
  readonly reason: string;
  /** Difference to the expected time, milliseconds; negative: the clock is behind. */
  readonly off: number;
}

export interface TrustChange {
  /** Left out: the clock is trusted again. */
  readonly suspicion?: Suspicion;
  /** Person who has said that it is right. */
  readonly by?: string;
}

export interface ClockTrustOptions {
  /** Returns when a time server last set the clock, milliseconds since 1970 by this clock; undefined: not known. */
  readonly synced?: () => number | undefined;
}

/** One for a process, because it has one wall clock. Compares that with the monotonic clock at each call; needs no timer. */
export class ClockTrust {
  readonly events = new Emitter<{ changed: TrustChange }>();
  readonly #clock: Clock;
  readonly #synced: () => number | undefined;
  /** A moment of the expected time, by both clocks; `slack`: what may have passed besides while no process ran. */
  #anchor: { readonly wall: number; readonly monotonic: number; readonly slack: number };
  /** Since when the wall clock has not jumped: its difference to the monotonic one, and the latter's time. */
  #steady: { readonly offset: number; readonly since: number };
  /** A run before this one confirms the time. */
  #isLearnt = false;
  #suspicion: Suspicion | undefined;
  #lookedForSync = -Infinity;

  constructor(clock: Clock, { synced = () => undefined }: ClockTrustOptions = {}) {
    this.#clock = clock;
    this.#synced = synced;
    const [wall, monotonic] = [clock.now(), clock.monotonic()];
    this.#anchor = { wall, monotonic, slack: 0 };
    this.#steady = { offset: wall - monotonic, since: monotonic };
    this.#look();
  }

  /** Reason why the clock is not trusted now; undefined: it is. */
  get suspicion(): Suspicion | undefined {
    this.#look();
    return this.#suspicion;
  }

  /** The expected time: the wall clock's as long as that is trusted, else the last trusted one and what has passed since. */
  now(): number {
    this.#look();
    return this.#expected();
  }

  /** The later of the wall clock's and the expected time. Whatever ends by then is over, and no jump back revives it. */
  latest(): number {
    return Math.max(this.now(), this.#clock.now());
  }

  /** Takes the latest moment that an earlier run has stored, milliseconds since 1970. */
  learn(moment: number): void {
    this.#look();
    const now = this.#clock.now();
    const isBehind = now < moment - CORRECTION_MS && this.#expected() < moment - CORRECTION_MS;
    const isAhead = !this.#isLearnt && !this.#suspicion && now > moment + LEAP_MS;
    if (isBehind || isAhead) {
      this.#anchor = { wall: moment, monotonic: this.#clock.monotonic(), slack: LEAP_MS };
      this.#judge();
    } else {
      this.#isLearnt = true;
    }
  }

  /** A person says that the clock is right. */
  confirm(by: string): void {
    this.#look();
    this.#trust(by);
  }

  #expected(): number {
    return this.#anchor.wall + this.#clock.monotonic() - this.#anchor.monotonic;
  }

  #look(): void {
    const [wall, monotonic] = [this.#clock.now(), this.#clock.monotonic()];
    const jump = wall - monotonic - this.#steady.offset;
    if (Math.abs(jump) > CORRECTION_MS) this.#steady = { offset: wall - monotonic, since: monotonic };
    else this.#steady = { ...this.#steady, offset: wall - monotonic };
    this.#judge();
  }

  #judge(): void {
    const wall = this.#clock.now();
    const off = wall - this.#expected();
    if (wall < EARLIEST) {
      this.#suspect({ reason: `it says ${isoTime(wall)}, which has long passed`, off });
      return;
    }
    // Without an earlier run there is nothing to hold against a clock that has just been put right.
    const wasPast = this.#anchor.wall < EARLIEST;
    const isExpected = off >= -CORRECTION_MS && off <= CORRECTION_MS + this.#anchor.slack;
    if (wasPast || isExpected || this.#isSteady(off) || this.#isSynced(wall)) this.#trust();
    else this.#suspect({ reason: reasonOf(wall, this.#expected()), off });
  }

  #isSteady(off: number): boolean {
    const steady = Math.abs(off) <= LEAP_MS ? STEADY_MS.short : STEADY_MS.long;
    return this.#clock.monotonic() - this.#steady.since >= steady;
  }

  #isSynced(wall: number): boolean {
    const monotonic = this.#clock.monotonic();
    if (monotonic - this.#lookedForSync < SYNC_LOOK_MS) return false;
    this.#lookedForSync = monotonic;
    const synced = this.#synced();
    return synced !== undefined && Math.abs(wall - synced) <= SYNC_AGE_MS;
  }

  #trust(by?: string): void {
    this.#anchor = { wall: this.#clock.now(), monotonic: this.#clock.monotonic(), slack: 0 };
    if (!this.#suspicion) return;
    this.#suspicion = undefined;
    this.#isLearnt = true;
    this.events.emit('changed', by === undefined ? {} : { by });
  }

  #suspect(suspicion: Suspicion): void {
    const isNew = this.#suspicion === undefined;
    this.#suspicion = suspicion;
    if (isNew) this.events.emit('changed', { suspicion });
  }
}

function reasonOf(wall: number, expected: number): string {
  const way = wall < expected ? 'behind' : 'ahead of';
  return `it says ${isoTime(wall)}, ${amount(Math.abs(wall - expected))} ${way} what it should be`;
}

function amount(ms: number): string {
  const units = { day: 86_400_000, hour: 3_600_000, minute: 60_000 };
  const [unit, size] = Object.entries(units).find(([, length]) => ms >= 2 * length) ?? ['minute', 60_000];
  return `${Math.round(ms / size)} ${unit}s`;
}
