import { Bucket } from '../base/bucket.ts';
import type { Clock } from '../base/clock.ts';

/** A client may send this many events at once, and this many a second on and on: far above any person's hand. */
export const BURST = 100;
export const PER_SECOND = 50;

/** Says of each event whether its sender is within the limit. */
export class RateLimit extends Bucket {
  constructor(clock: Clock) {
    super(clock, { burst: BURST, perSecond: PER_SECOND });
  }
}
