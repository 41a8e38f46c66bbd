/**
 * Age of what reaches a process that was away. A process that hangs, or is stopped, leaves requests in the kernel; when it goes
 * on they look as if they came now. The time that it was away is the bound of their age.
 */
import { systemClock, type Cancel, type Clock } from './clock.ts';

/** Interval at which the probe checks that the event loop runs, milliseconds. */
export const PROBE_EACH_MS = 100;
/** Delay of a check beyond its interval from which the loop counts as blocked, milliseconds. */
export const BLOCKED_AFTER_MS = 100;
/** Turns of the loop within which a connection is accepted, read and found to be over. */
const TURNS_TO_READ = 4;
/** Turns of the loop for which what is seen may be of the time before: some of it waits those of {@link connectionsRead} as well. */
export const TURNS_AFTERWARDS = 4 * TURNS_TO_READ;

/** Age of what a loop sees only now. */
export interface Lag {
  /** Milliseconds that something seen for the first time now may have waited for this process; 0 while the loop runs freely. */
  readonly age: number;
}

export interface LoopLagOptions {
  readonly clock: Clock;
  /** Calls `run` in the next turn of the loop, once its connections have been read. */
  readonly turn: (run: () => void) => void;
}

/** Notices when the event loop was blocked, and since when what it sees may have waited. */
export class LoopLag implements Lag {
  readonly #clock: Clock;
  readonly #turn: LoopLagOptions['turn'];
  /** Time at which the loop was last seen to run, on the monotonic clock; undefined: the probe does not run. */
  #seen: number | undefined;
  /** Since when the loop was away, until what it left lying has been read. */
  #away: number | undefined;
  #turnsLeft = 0;
  #stop: Cancel | undefined;

  constructor({ clock, turn }: LoopLagOptions) {
    this.#clock = clock;
    this.#turn = turn;
  }

  /** Looks from now on; calling it again changes nothing. */
  start(): this {
    if (this.#stop) return this;
    this.#seen = this.#clock.monotonic();
    this.#stop = this.#clock.every(PROBE_EACH_MS, () => this.#look());
    return this;
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.#seen = undefined;
    this.#away = undefined;
  }

  get age(): number {
    const now = this.#clock.monotonic();
    if (this.#away !== undefined) return now - this.#away;
    // The loop may read from its connections before its timers run.
    return this.#isBlocked(now) ? now - this.#seen! : 0;
  }

  #look(): void {
    const now = this.#clock.monotonic();
    if (this.#isBlocked(now)) {
      this.#away ??= this.#seen;
      const counts = this.#turnsLeft > 0;
      this.#turnsLeft = TURNS_AFTERWARDS;
      if (!counts) this.#turn(() => this.#count());
    }
    this.#seen = now;
  }

  #count(): void {
    this.#turnsLeft--;
    if (this.#turnsLeft > 0) this.#turn(() => this.#count());
    else this.#away = undefined;
  }

  #isBlocked(now: number): boolean {
    return this.#seen !== undefined && now - this.#seen > PROBE_EACH_MS + BLOCKED_AFTER_MS;
  }
}

/** The probe of this process. Its timer does not keep the process alive. */
export const loopLag = new LoopLag({
  clock: {
    ...systemClock,
    every(ms, run) {
      const timer = setInterval(run, ms).unref();
      return () => clearInterval(timer);
    },
  },
  turn: (run) => void setImmediate(run),
});

/** Resolves once the loop has read what lay in the kernel, so that a connection which is over is known to be. */
export async function connectionsRead(): Promise<void> {
  for (let turn = 0; turn < TURNS_TO_READ; turn++) {
    await new Promise<void>((resolve) => void setImmediate(resolve));
  }
}
