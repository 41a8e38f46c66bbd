/** Time as the client sees it, so that a test can move it. */
export interface ClientClock {
  /** Milliseconds since 1970; jumps when this machine's clock is set. */
  now(): number;
  /** Milliseconds since an arbitrary start; never goes back. */
  monotonic(): number;
  /** Calls `run` once after `ms` milliseconds; what comes back cancels it. */
  after(ms: number, run: () => void): () => void;
}

export const machineClock: ClientClock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

export const none = (): void => undefined;
