import type { Clock } from '../base/clock.ts';
import type { RefusedEvent } from './live-events.ts';

/** How long the same refusal of the same address is not told again. */
export const REPEAT_AFTER_MS = 60_000;
/** How many refusals are remembered; beyond, the oldest may be told again sooner. */
export const MAX_REMEMBERED = 1000;
/** A stranger writes part of the text (an Origin may have kilobytes), so it is cut. */
export const MAX_TEXT = 300;

/** Refusals as a log can bear them: a stranger that keeps trying must not fill it. */
export class RefusalLog {
  readonly #clock: Clock;
  readonly #told = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What to write on one line; undefined where the same was written within the last minute. */
  take({ address, code, reason }: RefusedEvent): string | undefined {
    const now = this.#clock.monotonic();
    const key = `${address} ${code}`;
    const last = this.#told.get(key);
    if (last !== undefined && now - last < REPEAT_AFTER_MS) return undefined;
    this.#told.delete(key);
    this.#told.set(key, now);
    if (this.#told.size > MAX_REMEMBERED) {
      const [oldest] = this.#told.keys();
      this.#told.delete(oldest!);
    }
    const text = `refused ${address} (${code}): ${reason}`.replace(/\p{Cc}+/gu, ' ');
    return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
  }
}
