import { Bucket } from '../base/bucket.ts';
import type { Clock } from '../base/clock.ts';

/** Says of each event whether its sender is within so many a second on and on, and twice as many at once. */
export class RateLimit extends Bucket {
  constructor(clock: Clock, perSecond: number) {
    super(clock, { burst: 2 * perSecond, perSecond });
  }
}
