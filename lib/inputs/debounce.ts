import type { Cancel, Clock } from '../base/clock.ts';

export interface DebounceOptions<Reading> {
  readonly clock: Clock;
  /** How long a level has to last, milliseconds; 0: each counts at once. */
  readonly ms: number;
  /** A level counts: it has lasted, or is that of before. */
  readonly settled: (reading: Reading) => void;
}

/**
 * Lets a change of level count once the new one has lasted: what goes back meanwhile never happened. The first level
 * counts at once, as it does in the kernel.
 */
export class Debounce<Reading extends { readonly level: boolean }> {
  readonly #options: DebounceOptions<Reading>;
  #level: boolean | null = null;
  #waiting: { readonly level: boolean; readonly cancel: Cancel } | undefined;

  constructor(options: DebounceOptions<Reading>) {
    this.#options = options;
  }

  take(reading: Reading): void {
    const { level } = reading;
    // One more of the same does not make it any younger.
    if (this.#waiting?.level === level) return;
    this.#stop();
    const { clock, ms } = this.#options;
    if (this.#level === null || this.#level === level || ms === 0) return this.#settle(reading);
    this.#waiting = { level, cancel: clock.after(ms, () => this.#settle(reading)) };
  }

  /** The next level is the first one again. */
  reset(): void {
    this.#stop();
    this.#level = null;
  }

  #settle(reading: Reading): void {
    this.#waiting = undefined;
    this.#level = reading.level;
    this.#options.settled(reading);
  }

  #stop(): void {
    this.#waiting?.cancel();
    this.#waiting = undefined;
  }
}
