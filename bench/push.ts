/**
 * `npm run bench:push`: one change, by HTTP, to all clients: ours against bare ws and bare Socket.IO, in one interleaved run.
 * The servers have one core to themselves, the clients (bare WebSockets that speak Engine.IO's text) and the generator the other.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { WebSocket, type RawData } from 'ws';
import { KINDS, type Kind } from './push-kinds.ts';
import { quantile, table, tenths } from './table.ts';

const CLIENTS = (process.env['CLIENTS'] ?? '1,100,1000').split(',').map(Number);
const ROUNDS = Number(process.env['ROUNDS'] ?? 5);
const CHANGES = 20;
/** More than a window, so that each change is the first of a burst. */
const PAUSE_MS = 110;
/** A repetition in which the server waited longer than this share for its core counts for nothing. */
const MAX_WAITED = 0.05;

interface Usage {
  readonly cpu: number;
  readonly waited: number;
  readonly rss: number;
}
interface Running {
  readonly kind: Kind;
  readonly process: ChildProcess;
  readonly url: string;
}
interface Measured {
  readonly latencies: number[];
  readonly cpuPerDelivery: number[];
  discarded: number;
}

execFileSync('taskset', ['-pc', '1', String(process.pid)], { stdio: 'ignore' });
const rows: (string | number)[][] = [];
for (const clients of CLIENTS) {
  const servers = await Promise.all(KINDS.map(start));
  const groups = new Map<Kind, Listeners>();
  for (const server of servers) groups.set(server.kind, await connectAll(server, clients));
  const measured = new Map<Kind, Measured>(
    KINDS.map((kind) => [kind, { latencies: [], cpuPerDelivery: [], discarded: 0 }]),
  );
  let value = 1;
  for (let round = -1; round < ROUNDS; round++) {
    for (const server of servers) {
      const { latencies, cpuPerDelivery } = measured.get(server.kind)!;
      const before = await usage(server);
      const began = performance.now();
      const times: number[] = [];
      for (let change = 0; change < CHANGES; change++) {
        times.push(await changeTo(server, ++value, groups.get(server.kind)!));
        await pause(PAUSE_MS);
      }
      const after = await usage(server);
      if (round < 0) continue;
      if ((after.waited - before.waited) / (performance.now() - began) > MAX_WAITED) {
        measured.get(server.kind)!.discarded++;
        continue;
      }
      latencies.push(quantile(times, 0.5));
      cpuPerDelivery.push(((after.cpu - before.cpu) * 1000) / (CHANGES * clients));
    }
  }
  const bare = quantile(measured.get('socket.io')!.cpuPerDelivery, 0.5);
  for (const kind of KINDS) {
    const { latencies, cpuPerDelivery, discarded } = measured.get(kind)!;
    const cpu = quantile(cpuPerDelivery, 0.5);
    rows.push([
      `${kind}, ${clients} clients`,
      tenths(quantile(latencies, 0.5)),
      tenths(cpu),
      (cpu / bare).toFixed(2),
      discarded,
    ]);
  }
  for (const group of groups.values()) group.close();
  for (const server of servers) server.process.kill('SIGKILL');
}
console.log(`${new Date().toISOString().slice(0, 10)}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'},`);
console.log(`Node.js ${process.version}; medians of ${ROUNDS} repetitions of ${CHANGES} changes\n`);
console.log(
  table(
    ['server', 'to the last client, p50 ms', 'µs of CPU a delivery', 'of bare Socket.IO', 'discarded'],
    rows,
  ),
);
process.exit(0);

async function start(kind: Kind): Promise<Running> {
  const script = join(import.meta.dirname, 'push-server.ts');
  const child = spawn('taskset', ['-c', '0', process.execPath, script, kind], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit').then(() => {
    throw new Error(`the server ${kind} did not start`);
  });
  const [{ port }] = (await Promise.race([once(child, 'message'), ended])) as [{ port: number }];
  return { kind, process: child, url: `127.0.0.1:${port}` };
}

async function usage({ process: child }: Running): Promise<Usage> {
  const told = once(child, 'message') as Promise<[Usage]>;
  child.send('usage');
  return (await told)[0];
}

interface Listeners {
  /** Resolves once all have been told this value. */
  told(value: number): Promise<void>;
  close(): void;
}

async function connectAll({ kind, url }: Running, clients: number): Promise<Listeners> {
  const sockets: WebSocket[] = [];
  let wanted = '';
  let missing = 0;
  let done = (): void => {};
  const hear = (text: string): void => {
    if (text.includes(wanted) && --missing === 0) done();
  };
  const isBare = kind === 'ws';
  const path = isBare ? '/' : '/socket.io/?EIO=4&transport=websocket';
  for (let index = 0; index < clients; index++) {
    const socket = new WebSocket(`ws://${url}${path}`, { perMessageDeflate: false });
    sockets.push(socket);
    // The first message may come with the answer to the upgrade, so it is waited for before that.
    const joined = isBare ? once(socket, 'open') : once(socket, 'joined');
    socket.on('message', (data) => {
      const text = textOf(data);
      if (isBare) hear(text);
      else if (text === '2') socket.send('3');
      else if (text.startsWith('0{')) {
        socket.send(`40${JSON.stringify({ protocol: 2, topics: 'devices/bench' })}`);
      } else if (text.startsWith('40')) socket.emit('joined');
      else hear(text);
    });
    await joined;
  }
  await pause(300);
  return {
    told: (value) =>
      new Promise((resolve) => {
        wanted = `"value":${value}`;
        missing = clients;
        done = resolve;
      }),
    close: () => {
      for (const socket of sockets) socket.terminate();
    },
  };
}

async function changeTo({ kind, url }: Running, value: number, group: Listeners): Promise<number> {
  const told = group.told(value);
  const path = kind === 'Node-RED' ? '/api/devices/bench/value' : '/';
  const began = performance.now();
  const answer = fetch(`http://${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ value }),
  });
  await told;
  const took = performance.now() - began;
  await (await answer).text();
  return took;
}

/** A message of one part is one buffer. */
function textOf(data: RawData): string {
  return (data as Buffer).toString();
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
