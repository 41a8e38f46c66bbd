/** One of the servers that bench/push.ts compares, in a process of its own: `node push-server.ts KIND`. Tells its port, then its CPU time when asked. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server as SocketIo } from 'socket.io';
import { WebSocketServer } from 'ws';
import { systemClock } from '../lib/base/clock.ts';
import { LiveServer } from '../lib/live/live-server.ts';
import { Mounts } from '../lib/live/mount.ts';
import { coreFlow } from '../test/integration/core-flow.ts';
import { startNodeRed } from '../test/integration/harness.ts';
import { recordOf, type Kind } from './push-kinds.ts';

type Change = (value: number) => void;

const OPEN = { origins: [], open: false };

const STARTS: Record<Kind, () => Promise<number>> = {
  ws: () =>
    listen((server) => {
      const all = new WebSocketServer({ server, perMessageDeflate: false });
      return (value) => {
        const frame = Buffer.from(JSON.stringify(recordOf(value)));
        for (const client of all.clients) client.send(frame, { binary: false });
      };
    }),
  'socket.io': () =>
    listen((server) => {
      const io = new SocketIo(server, { serveClient: false });
      return (value) => void io.emit('change', recordOf(value));
    }),
  'live server': () =>
    listen((server, mounts) => {
      const live = new LiveServer({ clock: systemClock, policy: OPEN, maxClients: 10_000, maxPerAddress: 10_000 });
      mounts.attach(server, '/socket.io', live);
      return (value) => live.publish('devices/bench', recordOf(value));
    }),
  'Node-RED': async () => {
    const red = await startNodeRed();
    const flow = coreFlow()
      .filter(({ type }) => type !== 'inject')
      .map((node) => (node.type === 'factory-server' ? { ...node, maxClients: 10_000, maxPerAddress: 10_000 } : node));
    await red.deploy(flow);
    const { nodes } = red.RED as unknown as {
      nodes: { getNode(id: string): { plant: { devices: { write(device: object): void } } } };
    };
    nodes.getNode('factory-iot-plant').plant.devices.write({
      id: 'bench',
      name: 'Temperature of the dryer, left',
      type: 'temperature',
      unit: '°C',
      value: 0,
    });
    return Number(new URL(red.url).port);
  },
};

const port = await STARTS[process.argv[2] as Kind]();
process.send!({ port });
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  // The second field: how long it waited for a processor, nanoseconds.
  const waited = Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[1]) / 1e6;
  process.send!({ cpu: (user + system) / 1000, waited, rss: process.memoryUsage.rss() });
});

/** A server that changes by `POST` of `{value}`, as the plant's API does. */
async function listen(begin: (server: Server, mounts: Mounts) => Change): Promise<number> {
  const mounts = new Mounts();
  let change: Change = () => {};
  const server = createServer((request, response) =>
    mounts.handler(request, response, () => {
      void (async () => {
        let text = '';
        for await (const chunk of request) text += String(chunk);
        change((JSON.parse(text) as { value: number }).value);
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      })();
    }),
  );
  change = begin(server, mounts);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
