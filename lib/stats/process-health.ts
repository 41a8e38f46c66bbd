import { monitorEventLoopDelay } from 'node:perf_hooks';
import { round, type ProcessStats } from './stats.ts';

/**
 * How often the event loop's delay is looked at. Each look wakes the process: at 20 ms that alone takes
 * 0.4 % of a core, at 100 ms 0.1 %. Stalls shorter than this may fall between two looks.
 */
const RESOLUTION_MS = 100;

/** How well this process is; watches the event loop from `start` to `stop`. */
export class ProcessHealth {
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #version: string | undefined;

  /** `version` is Node-RED's. */
  constructor(version?: string) {
    this.#version = version;
  }

  start(): void {
    this.#delay.enable();
  }

  stop(): void {
    this.#delay.disable();
  }

  /** The event loop's figures are since the reading before. */
  read(): ProcessStats {
    const { heapUsed, heapTotal, rss } = process.memoryUsage();
    const event_loop = {
      mean: late(this.#delay.mean),
      p99: late(this.#delay.percentile(99)),
      max: late(this.#delay.max),
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
}

/** Milliseconds too late. What is measured is the nanoseconds between two looks; NaN before there are any. */
function late(betweenLooks: number): number {
  return round(Math.max(betweenLooks / 1e6 - RESOLUTION_MS || 0, 0), 2);
}
