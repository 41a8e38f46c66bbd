import type { Clock } from '../base/clock.ts';

/** A client may send this many events at once, and this many a second on and on: far above any person's hand. */
export const BURST = 100;
export const PER_SECOND = 50;

/** A bucket that fills again by time: says of each event whether its sender is within the limit. */
export class RateLimit {
  readonly #clock: Clock;
  #tokens = BURST;
  #since: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#since = clock.monotonic();
  }

  take(): boolean {
    const now = this.#clock.monotonic();
    this.#tokens = Math.min(BURST, this.#tokens + ((now - this.#since) * PER_SECOND) / 1000);
    this.#since = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
