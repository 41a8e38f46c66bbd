import type { Cancel, Clock } from '../base/clock.ts';

/** How long a burst is gathered: short enough that a person sees no delay. */
export const WINDOW_MS = 100;

/**
 * Lets the first of a burst through at once and gathers the rest: `run` is called when it is poked, and then
 * at most once in a window for as long as pokes keep coming. The last poke is never lost.
 */
export class Window {
  readonly #clock: Clock;
  readonly #run: () => void;
  readonly #ms: number;
  #cancel: Cancel | undefined;
  #poked = false;

  /** `ms`: how long the window is. */
  constructor(clock: Clock, run: () => void, ms = WINDOW_MS) {
    this.#clock = clock;
    this.#run = run;
    this.#ms = ms;
  }

  poke(): void {
    if (this.#cancel) this.#poked = true;
    else this.#open();
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#poked = false;
  }

  #open(): void {
    this.#cancel = this.#clock.after(this.#ms, () => {
      this.#cancel = undefined;
      if (!this.#poked) return;
      this.#poked = false;
      this.#open();
    });
    this.#run();
  }
}
