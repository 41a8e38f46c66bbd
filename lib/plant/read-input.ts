import type { Clock } from '../base/clock.ts';
import { readSourceTime, TIME_DOUBTS, timestampOf, type TimeDoubt } from '../base/source-time.ts';
import { checkOneOf } from '../devices/parse.ts';
import { QUALITIES, type Quality } from '../devices/device.ts';
import { REPLAYED } from '../devices/merge.ts';
import { whyNoValue } from '../devices/no-value.ts';
import type { Input } from '../inputs/input.ts';
import { parseLevel } from '../inputs/payload.ts';

/** The parts of a message that say what an input shows. */
export interface LevelMessage {
  readonly payload?: unknown;
  /** When it was so at its source; left out: now. */
  readonly timestamp?: unknown;
  /** `bad`: whatever the payload is, it does not count. */
  readonly quality?: unknown;
  /** The broker kept it and sends it again: the level is uncertain, and no event. */
  readonly retain?: unknown;
}

export interface ReadInputOptions {
  readonly clock: Clock;
  /** Takes retained messages like fresh ones. */
  readonly takeRetained?: boolean;
  /** Called where a timestamp is not trusted. */
  readonly onDoubt?: (doubt: TimeDoubt) => void;
}

/**
 * Gives an input what a message says, by the rules of devices: a level, its time and its quality. A payload that is no level
 * makes the level unknown, with the reason, and throws `invalid`. Throws `stale` for what is older than what the same
 * source said, and then nothing is changed.
 */
export function readInput(input: Input, message: LevelMessage, options: ReadInputOptions): void {
  const { payload, timestamp, quality = 'good', retain } = message;
  checkOneOf('quality', quality, QUALITIES);
  const said = quality as Quality;
  const isReplayed = retain === true && options.takeRetained !== true;
  const none = said === 'bad' ? 'the message says that its value is bad' : noLevel(payload);
  if (none !== undefined) {
    if (!isReplayed) input.lose(none, message);
    return;
  }
  const { at, given, doubt } = readSourceTime(timestampOf(timestamp), options.clock.now());
  const reason = isReplayed ? REPLAYED : doubt && TIME_DOUBTS[doubt];
  if (doubt) options.onDoubt?.(doubt);
  input.take({
    level: levelOf(input, message, isReplayed),
    at,
    ...(given !== undefined && { given }),
    quality: said === 'bad' || reason !== undefined ? 'uncertain' : said,
    ...(reason !== undefined && { reason }),
    ...(isReplayed && { isReplayed }),
    cause: message,
  });
}

/** Returns why a payload is no level; undefined: it may be one. Null is none, as for devices; undefined is no payload. */
function noLevel(payload: unknown): string | undefined {
  const isValue = typeof payload === 'number' || typeof payload === 'string' || payload === null;
  return isValue ? whyNoValue(payload, false) : undefined;
}

/** Returns the level of a message. Throws for one that is not understood: the earlier level counts no more. */
function levelOf(input: Input, message: LevelMessage, isReplayed: boolean): boolean {
  try {
    return parseLevel(message.payload);
  } catch (error) {
    if (!isReplayed) input.lose((error as Error).message, message, true);
    throw error;
  }
}
