import type { Clock } from '../base/clock.ts';

/** As much of a message as an echo is recognised by. */
export interface Published {
  readonly topic?: unknown;
  readonly payload?: unknown;
}

/**
 * Recognises messages of one's own that a broker sends back, because they were published on a topic that is subscribed. Each
 * publication has one echo, with its topic and its payload, within a time; the far end's answer is the next such message.
 */
export class Echoes {
  readonly #clock: Clock;
  /** Until when an echo of each publication may come, monotonic. */
  readonly #awaited: { readonly key: string; readonly until: number }[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes note of a publication whose echo may come within `ms` milliseconds. */
  published(message: Published, ms: number): void {
    this.#prune();
    this.#awaited.push({ key: keyOf(message), until: this.#clock.monotonic() + ms });
  }

  /** Returns whether a message is an echo; each publication has one. */
  isEcho(message: Published): boolean {
    this.#prune();
    const key = keyOf(message);
    const index = this.#awaited.findIndex((each) => each.key === key);
    if (index < 0) return false;
    this.#awaited.splice(index, 1);
    return true;
  }

  #prune(): void {
    const now = this.#clock.monotonic();
    const kept = this.#awaited.filter(({ until }) => until >= now);
    this.#awaited.splice(0, this.#awaited.length, ...kept);
  }
}

/** Texts, numbers and truth values are all text to a broker. */
function keyOf({ topic, payload }: Published): string {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return JSON.stringify([topic, text]);
}
