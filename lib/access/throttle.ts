import type { Clock } from '../base/clock.ts';

export interface ThrottleOptions {
  /** How many failures are free. */
  readonly free: number;
  /** The longest wait, milliseconds. */
  readonly longest: number;
}

/** How long a failure counts, milliseconds. */
export const FORGET_MS = 15 * 60_000;
/** How many askers are remembered; beyond, the one whose last failure is oldest is forgotten. */
export const MAX_ASKERS = 10_000;
const FIRST_WAIT_MS = 1000;

interface Failures {
  count: number;
  last: number;
}

/** Slows down whoever fails again and again: each further failure doubles the time until the next attempt. */
export class Throttle {
  readonly #clock: Clock;
  readonly #options: ThrottleOptions;
  // In the order of their last failures.
  readonly #failures = new Map<string, Failures>();

  constructor(clock: Clock, options: ThrottleOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  /** Milliseconds until the next attempt is heard; 0: now. */
  wait(asker: string): number {
    const failures = this.#failures.get(asker);
    if (!failures) return 0;
    const since = this.#clock.monotonic() - failures.last;
    if (since > FORGET_MS) {
      this.#failures.delete(asker);
      return 0;
    }
    const { free, longest } = this.#options;
    if (failures.count < free) return 0;
    return Math.max(0, Math.min(longest, FIRST_WAIT_MS * 2 ** (failures.count - free)) - since);
  }

  failed(asker: string): void {
    const before = this.#failures.get(asker)?.count ?? 0;
    this.#failures.delete(asker);
    // More would change nothing: the wait is the longest by then.
    this.#failures.set(asker, { count: Math.min(before + 1, 64), last: this.#clock.monotonic() });
    if (this.#failures.size <= MAX_ASKERS) return;
    const [oldest] = this.#failures.keys();
    this.#failures.delete(oldest!);
  }

  succeeded(asker: string): void {
    this.#failures.delete(asker);
  }

  /** Takes one failure back. */
  forgive(asker: string): void {
    const failures = this.#failures.get(asker);
    if (failures) failures.count--;
  }
}
