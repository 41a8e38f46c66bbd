import type { Cancel, Clock } from './clock.ts';

/** Wakes its owner at a moment that may be put off or brought forward: one timer, however often that happens. */
export class Wake {
  readonly #clock: Clock;
  readonly #run: () => void;
  #cancel: Cancel = () => {};
  #at = Infinity;

  /** `run` is called at the earliest moment asked for; it looks by itself whether it was put off meanwhile. */
  constructor(clock: Clock, run: () => void) {
    this.#clock = clock;
    this.#run = run;
  }

  /** At this moment of the monotonic clock at the latest, or at once where it is past. */
  by(at: number): void {
    if (at >= this.#at) return;
    this.stop();
    this.#at = at;
    this.#cancel = this.#clock.after(Math.max(0, at - this.#clock.monotonic()), () => {
      this.#at = Infinity;
      this.#run();
    });
  }

  stop(): void {
    this.#cancel();
    this.#at = Infinity;
  }
}
