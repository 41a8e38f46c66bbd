/** The servers that bench/push.ts and bench/memory.ts compare: each changes a device by `POST` and tells all its clients. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server as SocketIo } from 'socket.io';
import { WebSocketServer } from 'ws';
import { systemClock } from '../../lib/base/clock.ts';
import { LiveServer, PING_INTERVAL_MS, PING_TIMEOUT_MS } from '../../lib/live/live-server.ts';
import { Mounts } from '../../lib/live/mount.ts';
import { attributesFor, type Kind } from '../push-kinds.ts';
import {
  dashboardOne,
  dashboardTwo,
  nodeRedWith,
  plantOf,
  quietCore,
  websocketOut,
  type NodeRedOptions,
} from './node-red.ts';
import { serve, type Serving } from './serve.ts';

interface Options {
  /** About how long a record is. */
  readonly bytes: number;
}
type Change = (record: unknown) => void;

const STARTS: Record<Kind | 'bare Node-RED', (options: Options) => Promise<Serving>> = {
  ws: () =>
    listen((server) => {
      const all = new WebSocketServer({ server, perMessageDeflate: false });
      return (record) => {
        const frame = Buffer.from(JSON.stringify(record));
        for (const client of all.clients) client.send(frame, { binary: false });
      };
    }),
  'socket.io': () =>
    listen((server) => {
      const io = new SocketIo(server, { serveClient: false });
      return (record) => void io.emit('change', record);
    }),
  'socket.io, pings as ours': () =>
    listen((server) => {
      const io = new SocketIo(server, {
        serveClient: false,
        pingInterval: PING_INTERVAL_MS,
        pingTimeout: PING_TIMEOUT_MS,
      });
      return (record) => void io.emit('change', record);
    }),
  'live server': () =>
    listen((server, mounts) => {
      const policy = { origins: [], open: false };
      const live = new LiveServer({ clock: systemClock, policy, maxClients: 10_000, maxPerAddress: 10_000 });
      mounts.attach(server, '/socket.io', live);
      return (record) => live.publish('devices/bench', record);
    }),
  'websocket out': () => flows({ flow: websocketOut() }),
  'node-red-dashboard': () => flows({ dashboard: 'node-red-dashboard', flow: dashboardOne() }),
  'Dashboard 2': () => flows({ dashboard: '@flowfuse/node-red-dashboard', flow: dashboardTwo() }),
  'bare Node-RED': () => flows({ flow: [] }),
  'Node-RED': async ({ bytes }) => {
    const red = await nodeRedWith({ ours: true, flow: quietCore() });
    const { devices } = await plantOf(red);
    devices.write({
      id: 'bench',
      name: 'Dryer, left',
      type: 'temperature',
      unit: '°C',
      value: 0,
      attributes: attributesFor(bytes),
    });
    const fill = (argument: unknown): void => {
      const { from, to } = argument as { from: number; to: number };
      for (let index = from; index < to; index++) {
        devices.write({
          id: `m${index}`,
          name: `Machine ${index}`,
          type: 'temperature',
          unit: '°C',
          value: index,
        });
      }
    };
    return { port: red.port, asks: { fill } };
  },
};

await serve(STARTS);

async function flows(options: NodeRedOptions): Promise<Serving> {
  return { port: (await nodeRedWith(options)).port };
}

/** A server that is told a change by `POST`, as Node-RED's HTTP nodes are. */
async function listen(begin: (server: Server, mounts: Mounts) => Change): Promise<Serving> {
  const mounts = new Mounts();
  let change: Change = () => {};
  const server = createServer((request, response) =>
    mounts.handler(request, response, () => {
      void (async () => {
        let text = '';
        for await (const chunk of request) text += String(chunk);
        change(JSON.parse(text));
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      })();
    }),
  );
  change = begin(server, mounts);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port };
}
