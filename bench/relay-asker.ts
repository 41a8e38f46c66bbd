/**
 * The outside of `npm run bench:relay`, in a thread of its own: screens that are connected, and a bell that rings for each
 * command. What it says waits for the event loop of Node-RED as a byte on a socket does.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';

const STALL_AGAIN_MS = 100;

const { url, screens, stalled } = workerData as { url: string; screens: number; stalled: number };
let heard = 0;
for (let screen = 0; screen < screens; screen++) {
  const socket = io(url, { transports: ['websocket'], forceNew: true });
  socket.onAny(() => (heard += 1));
  await new Promise<void>((resolve) => void socket.on('connect', resolve));
}
for (let client = 0; client < stalled; client++) stall();

/** Joins, and reads nothing from then on; comes back as often as it is cut off. */
function stall(): void {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
  socket.on('message', (data) => {
    const text = (data as Buffer).toString();
    if (text.startsWith('0{')) socket.send(`40${JSON.stringify({ protocol: 2 })}`);
    else if (text.startsWith('40')) socket.pause();
  });
  socket.on('error', () => {});
  socket.on('close', () => setTimeout(stall, STALL_AGAIN_MS));
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
