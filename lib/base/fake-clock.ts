import type { Cancel, Clock } from './clock.ts';

interface Timer {
  due: number;
  run: () => void;
  every?: number;
}

/** A clock that moves only when told to. Timers run in the order in which they are due. */
export class FakeClock implements Clock {
  #elapsed = 0;
  #wall: number;
  readonly #timers = new Set<Timer>();

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#wall = start;
  }

  /** How many timers are running: a test counts them to find one that was left behind. */
  get pending(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#wall + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  after(ms: number, run: () => void): Cancel {
    return this.#start({ due: this.#elapsed + ms, run });
  }

  every(ms: number, run: () => void): Cancel {
    return this.#start({ due: this.#elapsed + ms, run, every: ms });
  }

  /** Moves time on by `ms`, running what falls due on the way, each at its own moment. */
  advance(ms: number): void {
    const end = this.#elapsed + ms;
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#elapsed = next.due;
      if (next.every === undefined) this.#timers.delete(next);
      else next.due += Math.max(next.every, 1);
      next.run();
    }
    this.#elapsed = end;
  }

  /** Moves the wall clock alone, as NTP or a person does. */
  jump(ms: number): void {
    this.#wall += ms;
  }

  #start(timer: Timer): Cancel {
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  #next(end: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.due <= end && (!first || timer.due < first.due)) first = timer;
    }
    return first;
  }
}
