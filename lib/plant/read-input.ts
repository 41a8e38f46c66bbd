import type { Clock } from '../base/clock.ts';
import { checkOneOf } from '../devices/parse.ts';
import { QUALITIES, type Quality } from '../devices/device.ts';
import { parseTimestamp, sourceTime } from '../devices/source-time.ts';
import type { Input } from '../inputs/input.ts';
import { parseLevel } from '../inputs/payload.ts';

/** What of a message says what an input shows. */
export interface LevelMessage {
  readonly payload?: unknown;
  /** When it was so at its source; left out: now. */
  readonly timestamp?: unknown;
  /** `bad`: whatever the payload is, it does not count. */
  readonly quality?: unknown;
}

/**
 * Gives an input what a message says, by the rules of devices: a level, its time and its quality. Throws `invalid`, and
 * `stale` for what is older than what is known; then nothing is changed.
 */
export function readInput(input: Input, message: LevelMessage, clock: Clock): void {
  const { payload, timestamp, quality = 'good' } = message;
  checkOneOf('quality', quality, QUALITIES);
  const known = quality as Quality;
  if (known === 'bad') return input.lose('the message says that its value is bad', message);
  const given = timestamp === undefined || timestamp === null ? undefined : parseTimestamp(timestamp);
  input.take({
    level: parseLevel(payload),
    at: sourceTime(given, clock.now()),
    quality: known,
    cause: message,
  });
}
