import type { ClientClock } from './clock.ts';

/** Enough that one of them was quick, few enough to follow a server whose clock is set. */
const MAX_SAMPLES = 30;

interface RoundTrip {
  readonly took: number;
  readonly ahead: number;
}

/**
 * What the server's two clocks show, each as its distance to the monotonic clock here. The server tells its own;
 * what is not known is how long that was on the way, so of the last few samples the quickest counts.
 */
export class ServerClock {
  readonly #clock: ClientClock;
  #roundTrips: RoundTrip[] = [];
  #distances: number[] = [];

  constructor(clock: ClientClock) {
    this.#clock = clock;
  }

  /** Takes the answer to a question that took `took` milliseconds until now. */
  hearMonotonic(now: number, took: number): void {
    const ahead = now + took / 2 - this.#clock.monotonic();
    this.#roundTrips = [...this.#roundTrips, { took, ahead }].slice(-MAX_SAMPLES);
  }

  /** Takes the `timestamp` of a list, whatever it is. */
  hearTimestamp(timestamp: unknown): void {
    const told = typeof timestamp === 'string' ? Date.parse(timestamp) : NaN;
    if (Number.isNaN(told)) return;
    this.#distances = [...this.#distances, told - this.#clock.monotonic()].slice(-MAX_SAMPLES);
  }

  /** The server's monotonic clock; undefined where it is not known. */
  monotonic(): number | undefined {
    if (this.#roundTrips.length === 0) return undefined;
    const best = this.#roundTrips.reduce((a, b) => (b.took < a.took ? b : a));
    return this.#clock.monotonic() + best.ahead;
  }

  /** The server's wall clock; this machine's where nothing is known. */
  now(): number {
    if (this.#distances.length === 0) return this.#clock.now();
    // A timestamp grows old on its way, so the one that is furthest ahead was the quickest.
    return this.#clock.monotonic() + Math.max(...this.#distances);
  }

  /** Forgets the monotonic clock: after a reconnect it may be another process's. */
  reset(): void {
    this.#roundTrips = [];
  }
}
