import { none, type ClientClock } from './clock.ts';

const EACH_MS = 2000;
/** Asked on a connection that never answered: an older server does not know the question. */
const EACH_UNANSWERED_MS = 30_000;

export interface ProbeOptions {
  readonly clock: ClientClock;
  /** Asks the server for its clock. */
  readonly ask: () => Promise<unknown>;
  /** Called with the round-trip time, milliseconds, and the clocks that the server reported. */
  readonly answered: (took: number, clocks: unknown) => void;
}

/** Measures the way to the server and back, again and again. A server that does not answer is left in peace. */
export class Probe {
  readonly #clock: ClientClock;
  readonly #ask: ProbeOptions['ask'];
  readonly #answered: ProbeOptions['answered'];
  #run: object | undefined;
  #known = false;
  #cancel = none;

  constructor({ clock, ask, answered }: ProbeOptions) {
    this.#clock = clock;
    this.#ask = ask;
    this.#answered = answered;
  }

  /** Begins anew, as on a new connection. */
  start(): void {
    this.stop();
    this.#known = false;
    this.#run = {};
    void this.#next(this.#run);
  }

  stop(): void {
    this.#cancel();
    this.#run = undefined;
  }

  async #next(run: object): Promise<void> {
    const asked = this.#clock.monotonic();
    try {
      const answer = await this.#ask();
      if (run !== this.#run) return;
      this.#known = true;
      this.#answered(this.#clock.monotonic() - asked, answer);
    } catch {
      // No answer tells nothing: whether the connection is well the engine knows.
    }
    if (run !== this.#run) return;
    this.#cancel = this.#clock.after(this.#known ? EACH_MS : EACH_UNANSWERED_MS, () => void this.#next(run));
  }
}
