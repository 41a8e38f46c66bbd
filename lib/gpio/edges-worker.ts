/**
 * The thread that waits for edges, so that the event loop does not: it sleeps in the kernel until there is one, or
 * until the bell says that nobody listens any more.
 */
import { readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { codeOf } from './gpio-errors.ts';
import { decodeEvents, missedBetween, SIZES } from './layout.ts';
import type { LineEvent } from './layout.ts';
import { loadSystem } from './system.ts';

/** The files: the request for the lines, and the bell. Both belong to who started this thread. */
export interface WorkerData {
  readonly request: number;
  readonly bell: number;
}

export type FromWorker =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'edges'; readonly edges: readonly LineEvent[]; readonly missed: number }
  | { readonly kind: 'failed'; readonly code: string };

/** The kernel keeps 16 edges of each line; more are read in several turns. */
const AT_ONCE = 64;

const tell = (message: FromWorker): void => parentPort?.postMessage(message);

async function wait({ request, bell }: WorkerData): Promise<void> {
  const system = await loadSystem();
  const buffer = Buffer.alloc(AT_ONCE * SIZES.lineEvent);
  let last = 0;
  tell({ kind: 'waiting' });
  for (;;) {
    const [lines, stop] = system.poll([request, bell]);
    if (stop?.readable || stop?.broken) return;
    // A chip that was unplugged.
    if (lines?.broken && !lines.readable) {
      tell({ kind: 'failed', code: 'ENODEV' });
      return;
    }
    const edges = decodeEvents(buffer.subarray(0, readSync(request, buffer)));
    const missed = missedBetween(last, edges);
    last = edges.at(-1)?.sequence ?? last;
    tell({ kind: 'edges', edges, missed });
  }
}

if (workerData) {
  wait(workerData as WorkerData).catch((error: unknown) =>
    tell({ kind: 'failed', code: codeOf(error) ?? String(error) }),
  );
}
