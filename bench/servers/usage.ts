/** What a process uses, asked by itself. */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** What a process has used since it began. */
export interface Usage {
  /** Of all its threads, milliseconds. */
  readonly cpu: number;
  /** As {@link waited}. */
  readonly waited: number;
}

/** Bytes, after a collection of garbage. */
export interface Memory {
  readonly rss: number;
  /** JavaScript objects, and what they hold outside of the heap. */
  readonly heap: number;
}

export function usage(): Usage {
  const { user, system } = process.cpuUsage();
  return { cpu: (user + system) / 1000, waited: waited() };
}

/** How long the main thread was ready to run and had no core since it began, milliseconds. */
export function waited(): number {
  return Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[1]) / 1e6;
}

/** By a clock that all processes of this machine share, milliseconds. */
export function sharedNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** The process needs `--expose-gc`. */
export async function memory(): Promise<Memory> {
  for (let round = 0; round < 3; round++) {
    (globalThis as unknown as { gc(): void }).gc();
    await delay(200);
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heap: heapUsed + external };
}
