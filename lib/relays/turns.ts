/** Lets work happen one after another, in the order in which it was asked for. */
export class Turns {
  readonly #max: number;
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** `max` is how many may wait while one is under way. */
  constructor(max: number) {
    this.#max = max;
  }

  /**
   * Runs `work`, which must not reject, when all that came before is over; undefined if too much waits already, unless it
   * must not be lost.
   */
  take<T>(work: () => Promise<T>, mustRun = false): Promise<T> | undefined {
    // What is under way counts as well: it is in the line until it is over.
    if (this.#waiting > this.#max && !mustRun) return undefined;
    this.#waiting += 1;
    const turn = this.#last.then(work).finally(() => (this.#waiting -= 1));
    this.#last = turn;
    return turn;
  }

  /** Whether something is under way or waits. */
  get isBusy(): boolean {
    return this.#waiting > 0;
  }

  /** Resolves when all that was asked for until now is over. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
