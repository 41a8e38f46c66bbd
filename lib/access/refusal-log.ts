import type { Clock } from '../base/clock.ts';
import { oneLine } from '../base/text.ts';

/** How long the same refusal of the same address is not told again. */
export const REPEAT_AFTER_MS = 60_000;
/** How many refusals are remembered; beyond, the oldest may be told again sooner. */
export const MAX_REMEMBERED = 1000;
/** A stranger writes part of the text (an Origin may have kilobytes), so it is cut. */
export const MAX_TEXT = 300;

/** Someone was not let in, or was not allowed to do something. */
export interface Refused {
  readonly address: string;
  readonly code: string;
  readonly reason: string;
  /** Who it was, where that is known. */
  readonly by?: string | undefined;
  /** What was asked for. */
  readonly what?: string | undefined;
}

/** A refusal that is told, and how often the same was refused since it was told last. */
export interface ToldRefusal {
  readonly line: string;
  readonly times: number;
}

/** Refusals as a log can bear them: a stranger that keeps trying must not fill it. */
export class RefusalLog {
  readonly #clock: Clock;
  readonly #told = new Map<string, { at: number; times: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What to write on one line; undefined where the same was written within the last minute. */
  take({ address, code, reason, by = '', what = '' }: Refused): ToldRefusal | undefined {
    const now = this.#clock.monotonic();
    // Strangers write part of it, in kilobytes if they like.
    const key = oneLine(`${address} ${code} ${by} ${what} ${reason}`, MAX_TEXT);
    const last = this.#told.get(key);
    if (last && now - last.at < REPEAT_AFTER_MS) {
      last.times++;
      return undefined;
    }
    this.#told.delete(key);
    this.#told.set(key, { at: now, times: 0 });
    if (this.#told.size > MAX_REMEMBERED) {
      const [oldest] = this.#told.keys();
      this.#told.delete(oldest!);
    }
    const who = by === '' ? address : `${by} at ${address}`;
    return { line: oneLine(`refused ${who} (${code}): ${reason}`, MAX_TEXT), times: (last?.times ?? 0) + 1 };
  }
}
