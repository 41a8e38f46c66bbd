import type { Clock } from './clock.ts';

export interface BucketOptions {
  /** How many at once. */
  readonly burst: number;
  /** How many a second on and on. */
  readonly perSecond: number;
}

/** A bucket that fills again by time: says of each of many whether it is within the limit. */
export class Bucket {
  readonly #clock: Clock;
  readonly #options: BucketOptions;
  #tokens: number;
  #since: number;

  constructor(clock: Clock, options: BucketOptions) {
    this.#clock = clock;
    this.#options = options;
    this.#tokens = options.burst;
    this.#since = clock.monotonic();
  }

  /** `price`: what one counts for; one that is above the burst counts for all of it. */
  take(price = 1): boolean {
    const { burst, perSecond } = this.#options;
    const now = this.#clock.monotonic();
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#since) * perSecond) / 1000);
    this.#since = now;
    const taken = Math.min(price, burst);
    if (this.#tokens < taken) return false;
    this.#tokens -= taken;
    return true;
  }
}
