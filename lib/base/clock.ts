/** Stops a timer that was started on a {@link Clock}; calling it twice is harmless. */
export type Cancel = () => void;

/**
 * Time as the domain sees it. Everything in lib/ takes its clock from outside, so that a test can move it.
 * Durations and times to live are measured on {@link Clock.monotonic}: the wall clock jumps when NTP
 * corrects it, and a pulse must not become longer because of that.
 */
export interface Clock {
  /** Wall clock, milliseconds since 1970-01-01T00:00Z. May jump. */
  now(): number;
  /** Milliseconds since an arbitrary start. Never goes back. */
  monotonic(): number;
  /** Calls `run` once after `ms` milliseconds. */
  after(ms: number, run: () => void): Cancel;
  /** Calls `run` each `ms` milliseconds. */
  every(ms: number, run: () => void): Cancel;
}

/** The clock of this machine. Its timers keep the process alive, as Node's own do: whoever starts one stops it. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  every(ms, run) {
    const timer = setInterval(run, ms);
    return () => clearInterval(timer);
  },
};

/** The last moment that was written: a value that comes in has several times, which are mostly the same. */
let written = { epochMs: NaN, text: '' };

/** ISO 8601 with its zone (`…Z`), as every timestamp that leaves the system is written. */
export function isoTime(epochMs: number): string {
  if (epochMs !== written.epochMs) written = { epochMs, text: new Date(epochMs).toISOString() };
  return written.text;
}
