import type { ClientClock } from './clock.ts';

/** Enough that one of them was quick, few enough to follow a server whose clock is set. */
const MAX_SAMPLES = 30;
/** So many timestamps in a row that are late by more than {@link JUMP_MS} were not all long on their way: the clock was set back. */
const SAMPLES_OF_JUMP = 3;
const JUMP_MS = 5000;

interface RoundTrip {
  readonly took: number;
  readonly ahead: number;
}

/**
 * Estimate of the server's two clocks by the monotonic clock here, so that it does not matter what this machine's own wall clock
 * shows or when it is set. The time that an answer was on its way is not known, so of the last few answers the quickest counts.
 */
export class ServerClock {
  readonly #clock: ClientClock;
  #roundTrips: readonly RoundTrip[] = [];
  /** Lead of the server's wall clock over its monotonic one, as last reported, milliseconds; undefined: not reported. */
  #wallAhead: number | undefined;
  #distances: readonly number[] = [];

  constructor(clock: ClientClock) {
    this.#clock = clock;
  }

  /** Takes the clocks that a server told (`{now, time}`), whatever it is, in an answer that took `took` milliseconds until now. */
  hearClocks(told: unknown, took: number): void {
    const { now, time } = (typeof told === 'object' && told !== null ? told : {}) as Record<string, unknown>;
    if (typeof now !== 'number' || !Number.isFinite(now)) return;
    const trip = { took, ahead: now + took / 2 - this.#clock.monotonic() };
    // Where two answers cannot both be right, one of the clocks stood still meanwhile, as those of machines that sleep do.
    const fitting = this.#roundTrips.filter(
      (one) => Math.abs(one.ahead - trip.ahead) <= (one.took + took) / 2 + 1,
    );
    this.#roundTrips = [...fitting, trip].slice(-MAX_SAMPLES);
    this.#wallAhead = typeof time === 'number' && Number.isFinite(time) ? time - now : undefined;
  }

  /** Takes the `timestamp` of a list, whatever it is. */
  hearTimestamp(timestamp: unknown): void {
    const told = typeof timestamp === 'string' ? Date.parse(timestamp) : NaN;
    if (Number.isNaN(told)) return;
    const all = [...this.#distances, told - this.#clock.monotonic()].slice(-MAX_SAMPLES);
    const last = all.slice(-SAMPLES_OF_JUMP);
    const isSetBack = last.length === SAMPLES_OF_JUMP && Math.max(...last) < Math.max(...all) - JUMP_MS;
    this.#distances = isSetBack ? last : all;
  }

  /** The server's monotonic clock; undefined where it is not known. */
  monotonic(): number | undefined {
    if (this.#roundTrips.length === 0) return undefined;
    const best = this.#roundTrips.reduce((a, b) => (b.took < a.took ? b : a));
    return this.#clock.monotonic() + best.ahead;
  }

  /** The server's wall clock; this machine's where nothing is known. */
  now(): number {
    const monotonic = this.monotonic();
    // The server's two clocks are told together, so that what was on its way does not matter.
    if (monotonic !== undefined && this.#wallAhead !== undefined) return monotonic + this.#wallAhead;
    if (this.#distances.length === 0) return this.#clock.now();
    // A timestamp grows old on its way, so the one that is furthest ahead was the quickest.
    return this.#clock.monotonic() + Math.max(...this.#distances);
  }

  /** Forgets the monotonic clock: after a reconnect it may be another process's. What the wall clock showed stays the best guess. */
  reset(): void {
    const isKnown = this.#roundTrips.length > 0 && this.#wallAhead !== undefined;
    if (isKnown) this.#distances = [this.now() - this.#clock.monotonic()];
    this.#roundTrips = [];
    this.#wallAhead = undefined;
  }
}
