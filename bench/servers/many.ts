/** The servers that bench/many.ts compares: each has thousands of devices that change all the time, by itself. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server as SocketIo } from 'socket.io';
import { systemClock } from '../../lib/base/clock.ts';
import { LiveServer } from '../../lib/live/live-server.ts';
import { Mounts } from '../../lib/live/mount.ts';
import type { ManyKind } from '../many-kinds.ts';
import { recordOf } from '../push-kinds.ts';
import type { FlowNode } from '../../test/integration/harness.ts';
import { nodeOf, nodeRedWith, PLANT, plantOf, quietCore } from './node-red.ts';
import { serve, type Serving } from './serve.ts';
import { sharedNow } from './usage.ts';

interface Options {
  readonly devices: number;
}
/** A device with what it is now. */
type Entry = readonly [id: string, value: number];
/** Takes the changes of one step. */
type Take = (changes: readonly Entry[]) => void;

const STEP_MS = 5;
const WINDOW_MS = 100;

const STARTS: Record<ManyKind, (options: Options) => Promise<Serving>> = {
  'generator alone': (options) => socketIo(options, () => undefined),
  'Socket.IO, all records': (options) => socketIo(options, (_recent, all) => Array.from(all)),
  'Socket.IO, changed records': (options) =>
    socketIo(options, (recent, all) => Array.from(recent, (topic) => [topic, all.get(topic)])),
  'Socket.IO, changed values': (options) =>
    socketIo(options, (recent, all) =>
      Array.from(recent, (topic) => [topic, { value: (all.get(topic) as { value: number }).value }]),
    ),
  'live server': async (options) => {
    const { server, port, mounts } = await listen();
    const policy = { origins: [], open: false };
    const live = new LiveServer({ clock: systemClock, policy, maxClients: 10_000, maxPerAddress: 10_000 });
    mounts.attach(server, '/socket.io', live);
    return generating(port, options, (changes) => {
      for (const [id, value] of changes) live.publish(`devices/${id}`, recordFor(id, value));
    });
  },
  'Node-RED, a message each': (options) =>
    nodeRed(options, (receive) => (changes) => {
      for (const [id, value] of changes) receive({ id, value });
    }),
  'Node-RED, arrays': (options) =>
    nodeRed(options, (receive) => (changes) => receive(changes.map(([id, value]) => ({ id, value })))),
};

await serve(STARTS);

/** Gathers what changes for 100 ms and then tells everyone what `told` makes of it, if anything, in the form of our updates. */
async function socketIo(
  options: Options,
  told: (recent: ReadonlySet<string>, all: ReadonlyMap<string, object>) => unknown[] | undefined,
): Promise<Serving> {
  const { server, port } = await listen();
  const io = new SocketIo(server, { serveClient: false });
  const all = new Map<string, object>();
  const recent = new Set<string>();
  let seq = 0;
  let from = 0;
  setInterval(() => {
    if (recent.size === 0) return;
    const changes = told(recent, all);
    recent.clear();
    if (changes) io.emit('plant_update', { kind: 'changes', from, seq, changes });
    from = seq;
  }, WINDOW_MS);
  return generating(port, options, (changes) => {
    for (const [id, value] of changes) {
      all.set(`devices/${id}`, recordFor(id, value));
      recent.add(`devices/${id}`);
      seq++;
    }
  });
}

async function nodeRed(
  options: Options,
  make: (receive: (payload: object) => void) => Take,
): Promise<Serving> {
  const writer: FlowNode = {
    id: 'bench-device',
    type: 'factory-device',
    z: 'factory-iot-tab',
    plant: PLANT,
    device: '',
    wires: [[]],
  };
  const red = await nodeRedWith({ ours: true, flow: [...quietCore(), writer] });
  const { devices } = await plantOf(red);
  for (let index = 0; index < options.devices; index++) {
    devices.write({ id: idOf(index), name: 'Dryer, left', type: 'temperature', unit: '°C', value: 0 });
  }
  const device = nodeOf(red, 'bench-device');
  return generating(
    red.port,
    options,
    make((payload) => device.receive({ payload })),
  );
}

/** Each device changes once a second; its value says when, by the clock that the clients have too. */
function generating(port: number, { devices }: Options, take: Take): Serving {
  let next = 0;
  const step = (count: number): void => {
    const changes: Entry[] = [];
    for (let index = 0; index < count; index++) {
      changes.push([idOf(next), Math.round(sharedNow() * 1000) / 1000]);
      next = (next + 1) % devices;
    }
    take(changes);
  };
  const run = async (argument: unknown): Promise<number> => {
    const { ms } = argument as { ms: number };
    const began = performance.now();
    let sent = 0;
    return new Promise((resolve) => {
      const timer = setInterval(() => {
        const passed = Math.min(ms, performance.now() - began);
        const due = Math.floor((passed / 1000) * devices) - sent;
        // What it came too late for is made up for, but not all at once.
        const count = Math.min(due, (devices * STEP_MS * 4) / 1000);
        step(count);
        sent += count;
        if (performance.now() - began < ms) return;
        clearInterval(timer);
        resolve(sent);
      }, STEP_MS);
    });
  };
  return { port, asks: { run } };
}

function idOf(index: number): string {
  return `m${index}`;
}

const template = recordOf(0, 0);

function recordFor(id: string, value: number): object {
  return { ...template, id, value };
}

async function listen(): Promise<{ server: Server; port: number; mounts: Mounts }> {
  const mounts = new Mounts();
  const server = createServer((request, response) =>
    mounts.handler(request, response, () => response.writeHead(404).end()),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port, mounts };
}
