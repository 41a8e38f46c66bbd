/**
 * The outside of `npm run bench:relay`, in a thread of its own: screens that are connected, and a bell that rings for each
 * command. What it says waits for the event loop of Node-RED as a byte on a socket does.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { io } from 'socket.io-client';

const { url, screens } = workerData as { url: string; screens: number };
let heard = 0;
for (let screen = 0; screen < screens; screen++) {
  const socket = io(url, { transports: ['websocket'], forceNew: true });
  socket.onAny(() => (heard += 1));
  await new Promise<void>((resolve) => void socket.on('connect', resolve));
}
parentPort!.on('message', (wish: { ringIn: number } | 'heard') => {
  if (wish === 'heard') parentPort!.postMessage({ heard });
  else setTimeout(() => parentPort!.postMessage({ at: now() }), wish.ringIn);
});
parentPort!.postMessage('ready');

/** By a clock that all threads of this process share, milliseconds. */
function now(): number {
  return performance.timeOrigin + performance.now();
}
