import { closeSync, writeSync } from 'node:fs';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { asError, FactoryError } from '../base/errors.ts';
import { findChip } from './chips.ts';
import type { FromWorker, WorkerData } from './edges-worker.ts';
import { explain } from './gpio-errors.ts';
import type { LineEvent } from './layout.ts';
import { MAX_DEBOUNCE_MS } from './limits.ts';
import { LineSet } from './line-set.ts';
import type { Bias, TakenLine } from './line-set.ts';
import { checkLines, requestLines } from './request-lines.ts';
import { loadSystem, SystemError } from './system.ts';
import type { System } from './system.ts';
import { Chip } from './uapi.ts';
import type { LineRequest } from './uapi.ts';

export { MAX_DEBOUNCE_MS };

/** The thread beside us runs from source and from the build alike. */
const SCRIPT = new URL(`./edges-worker${extname(import.meta.url)}`, import.meta.url);

export interface WatchOptions {
  readonly chip: string;
  readonly consumer: string;
  readonly bias?: Bias;
  readonly lines: readonly TakenLine[];
  /** A change counts once the line has rested for so long; by the hardware where it can, else by the kernel. */
  readonly debounceMs?: number;
}

export interface EdgeListener {
  /** In the order in which they happened. Edges of a line within microseconds may come as one, or as none. */
  edge(edge: LineEvent): void;
  /** So many edges came faster than they were taken: {@link EdgeWatch.read} tells what the lines are. */
  missed(count: number): void;
  /** The hardware is gone; nothing more will come. The watch is still to be closed. */
  failed(error: FactoryError): void;
}

/** Inputs whose edges are told, until it is closed. */
export interface EdgeWatch {
  /** What is on all lines now, after debouncing. Throws `unavailable`. */
  read(): Map<number, boolean>;
  close(): Promise<void>;
}

/**
 * Takes lines as inputs and tells each of their edges, from the moment this resolves. Rejects with `unavailable`
 * where they cannot be had. Linux before 6.7 does not wake who waits for a chip that is unplugged: what
 * {@link EdgeWatch.read} throws then is the only sign.
 */
export async function watchEdges(options: WatchOptions, listener: EdgeListener): Promise<EdgeWatch> {
  const debounce = microseconds(options.debounceMs ?? 0);
  const system = await loadSystem();
  const set = new LineSet(options.lines);
  let path = options.chip;
  let request: LineRequest;
  try {
    path = findChip(options.chip, system.ioctl);
    const chip = new Chip(path, system.ioctl);
    try {
      checkLines(chip, set);
      request = requestLines(chip, set, options.consumer, set.inputs(options.bias ?? 'as-is', debounce));
    } finally {
      chip.close();
    }
  } catch (error) {
    throw explain(error, path);
  }
  const end = await startThread(system, request, listener, path).catch((error: unknown) => {
    request.close();
    throw explain(error, path);
  });
  return {
    read: () => {
      try {
        return set.levels(request.get(set.mask(set.numbers)), set.numbers);
      } catch (error) {
        throw explain(error, path);
      }
    },
    close: async () => {
      await end();
      request.close();
    },
  };
}

/** What ends the threads that wait for edges. */
const bells = new Set<number>();
let isRungAtExit = false;

/** The end of the process waits for its threads, and one that sleeps in the kernel would never hear of it. */
function ringAtExit(): void {
  if (isRungAtExit) return;
  isRungAtExit = true;
  process.on('exit', () => bells.forEach(ring));
}

function ring(bell: number): void {
  const one = Buffer.alloc(8);
  one.writeBigUInt64LE(1n);
  writeSync(bell, one);
}

/** Resolves when the thread waits for edges, to what ends it. */
async function startThread(
  system: System,
  request: LineRequest,
  listener: EdgeListener,
  path: string,
): Promise<() => Promise<void>> {
  const bell = system.eventfd();
  bells.add(bell);
  ringAtExit();
  const workerData: WorkerData = { request: request.fd, bell };
  const worker = new Worker(SCRIPT, { name: 'factory-edges', workerData });
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  let ending: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    ring(bell);
    // Nobody may close a file that a thread still waits for: its number could be another one's by then.
    await exited;
    bells.delete(bell);
    closeSync(bell);
  };
  const endOnce = (): Promise<void> => (ending ??= end());
  try {
    await new Promise<void>((resolve, reject) => {
      let waiting = false;
      const fail = (error: Error): void => {
        reject(error);
        if (waiting && !ending) listener.failed(explain(error, path));
      };
      worker.on('message', (message: FromWorker) => {
        if (ending) return;
        if (message.kind === 'waiting') {
          waiting = true;
          resolve();
        } else if (message.kind === 'failed') fail(new SystemError(message.code));
        else {
          if (message.missed > 0) listener.missed(message.missed);
          for (const edge of message.edges) listener.edge(edge);
        }
      });
      worker.on('error', (error) => fail(asError(error)));
      worker.once('exit', () => reject(new Error('the thread that waits for edges ended')));
    });
  } catch (error) {
    await endOnce();
    throw error;
  }
  return endOnce;
}

function microseconds(milliseconds: number): number {
  if (milliseconds >= 0 && milliseconds <= MAX_DEBOUNCE_MS) return Math.round(milliseconds * 1000);
  throw new FactoryError('config', `inputs are debounced for 0 to ${MAX_DEBOUNCE_MS} ms`);
}
