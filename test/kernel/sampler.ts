/** A thread that does nothing but look at one pin: counts in `shared[0]` how often it was low, in [1] high. */
import { openSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

const { file, shared, pause } = workerData as { file: string; shared: Int32Array; pause: number };
const fd = openSync(file, 'r');
const text = Buffer.alloc(2);
const HIGH = '1'.codePointAt(0);
look();
parentPort!.postMessage('looking');
while (Atomics.load(shared, 2) === 0) {
  if (pause > 0) Atomics.wait(shared, 2, 0, pause);
  look();
}

function look(): void {
  readSync(fd, text, 0, 2, 0);
  Atomics.add(shared, text[0] === HIGH ? 1 : 0, 1);
}
