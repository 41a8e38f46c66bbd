import { none, type ClientClock } from './clock.ts';

/** However long nothing answers, it is asked again after this at the latest. */
const MAX_DELAY_MS = 5000;
const JITTER = 0.1;

export interface PollerOptions {
  readonly clock: ClientClock;
  readonly every: number;
  /** Asks once; resolves to whether there was an answer. `signal` aborts once the answer is not wanted any more. */
  readonly poll: (signal: AbortSignal) => Promise<boolean>;
}

/** Asks again and again, the next time only after the last one ended, and more rarely while nothing answers. */
export class Poller {
  readonly #clock: ClientClock;
  readonly #every: number;
  readonly #poll: PollerOptions['poll'];
  /** The poll that runs or was the last to run; undefined while stopped. */
  #turn: AbortController | undefined;
  #cancel = none;
  #failures = 0;

  constructor({ clock, every, poll }: PollerOptions) {
    this.#clock = clock;
    this.#every = every;
    this.#poll = poll;
  }

  /** Polls at once, and then for ever. Does nothing where it does so already. */
  start(): void {
    if (this.#turn) return;
    this.#failures = 0;
    void this.#next();
  }

  /** Polls at once instead of waiting, where it is started. */
  hurry(): void {
    if (!this.#turn) return;
    this.stop();
    this.start();
  }

  stop(): void {
    this.#cancel();
    this.#turn?.abort();
    this.#turn = undefined;
  }

  async #next(): Promise<void> {
    const turn = new AbortController();
    this.#turn = turn;
    const answered = await this.#poll(turn.signal);
    if (turn.signal.aborted) return;
    this.#failures = answered ? 0 : this.#failures + 1;
    this.#cancel = this.#clock.after(this.#delay(), () => void this.#next());
  }

  /** Spread, so that many screens do not come all at once after an outage. */
  #delay(): number {
    if (this.#failures === 0) return this.#every * (1 + JITTER * (2 * Math.random() - 1));
    const longest = Math.max(this.#every, MAX_DELAY_MS);
    const delay = Math.min(longest, this.#every * 2 ** Math.min(this.#failures - 1, 16));
    return delay * (1 - 2 * JITTER * Math.random());
  }
}
