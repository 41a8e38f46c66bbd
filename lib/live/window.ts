import type { Cancel, Clock } from '../base/clock.ts';

/** How long a burst is gathered: short enough that a person sees no delay. */
export const WINDOW_MS = 100;

/**
 * Lets the first of a burst through at once and gathers the rest: `run` is called when it is poked, and then
 * at most once each {@link WINDOW_MS} for as long as pokes keep coming. The last poke is never lost.
 */
export class Window {
  readonly #clock: Clock;
  readonly #run: () => void;
  #cancel: Cancel | undefined;
  #poked = false;

  constructor(clock: Clock, run: () => void) {
    this.#clock = clock;
    this.#run = run;
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
    this.#cancel = this.#clock.after(WINDOW_MS, () => {
      this.#cancel = undefined;
      if (!this.#poked) return;
      this.#poked = false;
      this.#open();
    });
    this.#run();
  }
}
