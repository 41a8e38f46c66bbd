/** Clients that come and go: each of these is one life, which ends by itself or soon after its signal. */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { io, type Socket } from 'socket.io-client';
import { tell } from '../../test/abuse/bytes.ts';
import { rawSocket } from '../../test/lib/live/serving.ts';
import type { Plant } from './plant.ts';
import { nameOf, type Tally } from './tally.ts';

const JOIN_WITHIN_MS = 15_000;
const ANSWER_WITHIN_MS = 8000;
const COMMAND_EACH_MS = 3000;
const PONG_EACH_MS = 1000;

export interface Here {
  readonly plant: Plant;
  readonly tally: Tally;
  readonly signal: AbortSignal;
}

type Life = (here: Here) => Promise<void>;

export const LIVES: readonly (readonly [name: string, life: Life])[] = [
  ['client of lists, websocket', (here) => live(here, 1, ['websocket'])],
  ['client of updates, websocket', (here) => live(here, 2, ['websocket'])],
  ['client of lists, polling', (here) => live(here, 1, ['polling'])],
  ['client of updates, polling', (here) => live(here, 2, ['polling'])],
  ['client of updates, upgraded', (here) => live(here, 2, ['polling', 'websocket'])],
  ['client of lists, stalled', (here) => stall(here, 1)],
  ['client of updates, stalled', (here) => stall(here, 2)],
  ['client that polls, left', leave],
  ['screen of node-red-dashboard', (here) => watch(here, '/ui/socket.io')],
  ['screen of Dashboard 2', (here) => watch(here, '/dashboard/socket.io')],
];

export function between(least: number, most: number): number {
  return least + Math.random() * (most - least);
}

/** Sleeps; returns early when the signal comes. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {});
}

async function live(here: Here, protocol: 1 | 2, transports: string[]): Promise<void> {
  const auth = { token: here.plant.tokens.engineer, ...(protocol === 2 && { protocol }) };
  const socket = io(`http://127.0.0.1:${here.plant.port}`, { transports, auth, ...COMES_BACK });
  if (protocol === 2) follow(socket, here.tally);
  try {
    await joined(socket);
    const end = performance.now() + between(3000, 40_000);
    while (performance.now() < end && !here.signal.aborted) {
      await pause(between(0, 2 * COMMAND_EACH_MS), here.signal);
      if (!here.signal.aborted && socket.connected) await command(socket, here.tally);
    }
  } finally {
    socket.close();
  }
}

const COMES_BACK = { forceNew: true, reconnectionDelay: 500, reconnectionDelayMax: 1000 } as const;

async function joined(socket: Socket): Promise<void> {
  await once(socket as never, 'connect', { signal: AbortSignal.timeout(JOIN_WITHIN_MS) });
}

async function command(socket: Socket, tally: Tally): Promise<void> {
  const relay = `relay${1 + Math.floor(Math.random() * 3)}`;
  try {
    const answer = (await socket
      .timeout(ANSWER_WITHIN_MS)
      .emitWithAck('command', { relay, action: 'toggle' })) as { ok?: boolean; code?: string };
    tally.note('command on the socket', String(answer.code), answer.ok === true);
  } catch (error) {
    tally.note('command on the socket', nameOf(error), false);
  }
}

interface Update {
  readonly kind: 'snapshot' | 'changes';
  readonly epoch: string;
  readonly from?: number;
  readonly seq: number;
}

/** Nothing may be missing between two updates. */
function follow(socket: Socket, tally: Tally): void {
  let at: Update | undefined;
  socket.on('plant_update', (update: Update) => {
    const fits = update.kind === 'snapshot' || (update.epoch === at?.epoch && update.from === at.seq);
    tally.note('update on the socket', 'gap', fits);
    if (!fits) tally.faults.push(`an update from ${update.from} came at ${at?.seq}`);
    at = update;
  });
}

/** Reads nothing for a while, though it says that it is there; half of them then read on and half are cut off. */
async function stall({ plant, signal }: Here, protocol: 1 | 2): Promise<void> {
  const slow = await rawSocket(plant.port);
  let pong: NodeJS.Timeout | undefined;
  try {
    await slow.heard('sid');
    slow.send(`40${JSON.stringify({ token: plant.tokens.viewer, ...(protocol === 2 && { protocol: 2 }) })}`);
    await slow.heard('connected');
    pong = setInterval(() => slow.send('3'), PONG_EACH_MS);
    await pause(between(500, 3000), signal);
    slow.socket.pause();
    await pause(between(2000, 30_000), signal);
    if (Math.random() < 0.5) return;
    slow.socket.resume();
    await pause(between(500, 3000), signal);
  } finally {
    clearInterval(pong);
    slow.socket.destroy();
  }
}

/** Joins over HTTP, asks a few times, and is heard of no more. */
async function leave({ plant, signal }: Here): Promise<void> {
  const path = '/socket.io/?EIO=4&transport=polling';
  const { text } = await tell(plant.port, path);
  const { sid } = JSON.parse(text.slice(1)) as { sid: string };
  const session = `${path}&sid=${sid}`;
  await tell(plant.port, session, {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: `40${JSON.stringify({ token: plant.tokens.viewer })}`,
  });
  for (let poll = 0; poll < 3; poll++) await tell(plant.port, session);
  await pause(between(500, 6000), signal);
}

async function watch({ plant, signal }: Here, path: string): Promise<void> {
  const socket = io(`http://127.0.0.1:${plant.port}`, {
    ...COMES_BACK,
    path,
    extraHeaders: { authorization: `Bearer ${plant.tokens.viewer}` },
  });
  try {
    await joined(socket);
    await pause(between(5000, 40_000), signal);
  } finally {
    socket.close();
  }
}
