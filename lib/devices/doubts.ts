import { Bucket } from '../base/bucket.ts';
import type { Clock } from '../base/clock.ts';
import { TIME_DOUBTS, type TimeDoubt } from '../base/source-time.ts';
import { quote } from './limits.ts';

/** Warnings at once, and one more each minute: a wrong clock of this machine makes every device doubtful. */
const LIMIT = { burst: 5, perSecond: 1 / 60 };
const REMEDIES: Readonly<Record<TimeDoubt, string>> = {
  seconds: 'Give milliseconds since 1970, or ISO 8601 with its zone',
  zone: 'Write it as 2026-01-31T08:00:00Z or 2026-01-31T11:30:00+03:30',
  'never-set': 'Set the clock of the source',
  future: 'Set the clock of the source, and look at the clock of this machine',
  unreadable: 'Give milliseconds since 1970, or ISO 8601 with its zone',
};

/** Warns of devices whose timestamps are not trusted, without a flood: the rest is counted. */
export class Doubts {
  readonly #bucket: Bucket;
  readonly #warn: (text: string) => void;
  #untold = 0;

  constructor(clock: Clock, warn: (text: string) => void) {
    this.#bucket = new Bucket(clock, LIMIT);
    this.#warn = warn;
  }

  add(doubt: TimeDoubt, device: string): void {
    if (!this.#bucket.take()) {
      this.#untold += 1;
      return;
    }
    const more = this.#untold > 0 ? ` (and ${this.#untold} more devices have such a timestamp)` : '';
    this.#untold = 0;
    this.#warn(
      `${quote(device)}: ${TIME_DOUBTS[doubt]}${more}. Its value counts as of its receipt, and as uncertain. ${REMEDIES[doubt]}`,
    );
  }
}
