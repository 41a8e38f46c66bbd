import type { Clock } from '../base/clock.ts';
import { readKernel, unreadable } from './linux-files.ts';
import { percentOf } from './stats.ts';

/** How long the first measurement watches the processor, having none before it to compare with. */
export const FIRST_WINDOW_MS = 200;
/** The kernel counts in steps of 10 ms: a shorter time than this tells next to nothing. */
const SHORTEST_WINDOW_MS = 200;

// The columns of a cpu line. Guest times follow them; they are in user and nice already.
const IDLE = 3;
const IOWAIT = 4;
const COLUMNS = 8;

interface Reading {
  readonly at: number;
  readonly times: readonly number[];
  readonly count: number;
}

/** How busy the processor is, from the counters in /proc/stat. */
export class LinuxCpu {
  readonly #path: string;
  readonly #clock: Clock;
  #last: Reading | undefined;
  #percent = 0;

  constructor(proc: string, clock: Clock) {
    this.#path = `${proc}/stat`;
    this.#clock = clock;
  }

  /** Since the call before; called again too soon, it says the same again. */
  async read(): Promise<{ percent: number; count: number }> {
    let last = this.#last;
    if (!last) {
      last = await this.#read();
      await new Promise<void>((resolve) => void this.#clock.after(FIRST_WINDOW_MS, resolve));
    } else if (this.#clock.monotonic() - last.at < SHORTEST_WINDOW_MS) {
      return { percent: this.#percent, count: last.count };
    }
    const now = await this.#read();
    this.#percent = busyPercent(last.times, now.times) ?? this.#percent;
    this.#last = now;
    return { percent: this.#percent, count: now.count };
  }

  async #read(): Promise<Reading> {
    const text = await readKernel(this.#path);
    const at = this.#clock.monotonic();
    const times = /^cpu +(.+)$/m.exec(text)?.[1]?.split(' ').slice(0, COLUMNS).map(Number);
    const count = text.match(/^cpu\d+ /gm)?.length;
    if (!count || !times || times.length <= IDLE || times.some(Number.isNaN)) {
      throw unreadable(this.#path, 'it has no line of the processor');
    }
    return { at, times, count };
  }
}

/** Undefined where no time has passed. Some counters (iowait) may go back a little: that counts as nothing. */
function busyPercent(before: readonly number[], after: readonly number[]): number | undefined {
  const spent = after.map((time, column) => Math.max(time - (before[column] ?? 0), 0));
  const all = spent.reduce((sum, time) => sum + time, 0);
  const idle = (spent[IDLE] ?? 0) + (spent[IOWAIT] ?? 0);
  return all > 0 ? percentOf(all - idle, all) : undefined;
}
