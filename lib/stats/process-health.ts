import { createHistogram } from 'node:perf_hooks';
import type { Cancel, Clock } from '../base/clock.ts';
import { systemClock } from '../base/clock.ts';
import { round, type ProcessStats } from './stats.ts';

/**
 * How often the event loop's delay is looked at. Each look wakes the process: at 20 ms that alone takes
 * 0.4 % of a core, at 100 ms 0.1 %. Stalls shorter than this may fall between two looks.
 */
const RESOLUTION_MS = 100;

/**
 * How well this process is; watches the event loop from `start` to `stop`. By a timer of our own, because
 * Node's monitorEventLoopDelay does not see a stall that begins right after its figures were reset.
 */
export class ProcessHealth {
  /** Microseconds too late. */
  readonly #delay = createHistogram();
  readonly #version: string | undefined;
  readonly #clock: Clock;
  #cancel: Cancel | undefined;
  #last = 0;

  /** `version` is Node-RED's. */
  constructor(version?: string, clock: Clock = systemClock) {
    this.#version = version;
    this.#clock = clock;
  }

  start(): void {
    if (this.#cancel) return;
    this.#last = this.#clock.monotonic();
    this.#cancel = this.#clock.every(RESOLUTION_MS, () => this.#look());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** The event loop's figures are since the reading before. */
  read(): ProcessStats {
    const { heapUsed, heapTotal, rss } = process.memoryUsage();
    const event_loop = {
      mean: milliseconds(this.#delay.mean),
      p99: milliseconds(this.#delay.percentile(99)),
      max: milliseconds(this.#delay.max),
    };
    this.#delay.reset();
    return {
      event_loop,
      heap_used: heapUsed,
      heap_total: heapTotal,
      rss,
      uptime: round(process.uptime()),
      ...(this.#version === undefined ? {} : { version: this.#version }),
    };
  }

  #look(): void {
    const now = this.#clock.monotonic();
    const late = now - this.#last - RESOLUTION_MS;
    this.#last = now;
    // A histogram begins at 1.
    this.#delay.record(Math.max(Math.round(late * 1000), 1));
  }
}

/** Of microseconds; an empty histogram has no mean, and a maximum of 0. */
function milliseconds(microseconds: number): number {
  return round(microseconds / 1000 || 0, 2);
}
