/**
 * A live server under a heavy stream, whose memory is looked at: `node stalled-server.ts {}`. Devices change all the time, and a
 * numbered event goes to everybody; those who are named are sent events of their own.
 */
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { systemClock } from '../../lib/base/clock.ts';
import { LiveServer } from '../../lib/live/live-server.ts';
import { Mounts } from '../../lib/live/mount.ts';
import { serveOrders } from './children.ts';
import { machineTime } from './machine-time.ts';

const DEVICES = 1000;
const CHANGES_EACH_SECOND = 500;
const BEATS_EACH_SECOND = 20;
const OWN_EACH_SECOND = 100;
const EACH_MS = 50;
const LOOK_EACH_MS = 1000;

/** `own`: those whom events of their own are sent to. `rest`: nothing changes any more. */
export type Order =
  { readonly do: 'usage' | 'rest' } | { readonly do: 'own'; readonly sessions: readonly string[] };

/** Since it was asked before. */
export interface Usage {
  /** The most that it held after a collection of garbage, bytes: what it is about to let go of is nobody's fault. */
  readonly held: number;
  /** The most memory that the process had, bytes; for the record. */
  readonly rss: number;
  readonly clients: number;
  /** The last number of the events to everybody. */
  readonly beats: number;
  /** The last value of each device, in the order of their ids. */
  readonly values: readonly number[];
}

const live = new LiveServer({
  clock: systemClock,
  policy: { origins: [], open: false },
  maxClients: 1000,
  maxPerAddress: 1000,
});
const mounts = new Mounts();
const server = createServer((request, response) =>
  mounts.handler(request, response, () => void response.writeHead(404).end()),
);
mounts.attach(server, '/socket.io', live);
server.listen(0, '127.0.0.1');
await once(server, 'listening');

const values = Array.from({ length: DEVICES }, () => 0);
let changes = 0;
let beats = 0;
let rss = 0;
let most = 0;
let own: readonly string[] = [];
const padding = 'x'.repeat(1000);
const publish = (index: number): void => {
  const id = `d${String(index).padStart(3, '0')}`;
  live.publish(`devices/${id}`, { id, name: padding.slice(0, 400), value: values[index] });
};
for (let index = 0; index < DEVICES; index++) publish(index);

const changing = setInterval(() => {
  for (let left = (CHANGES_EACH_SECOND * EACH_MS) / 1000; left > 0; left--) {
    // Each one in turn, with steps that have no divisor in common with their number.
    const index = (changes++ * 7) % DEVICES;
    values[index] = changes;
    publish(index);
  }
  for (let left = (BEATS_EACH_SECOND * EACH_MS) / 1000; left > 0; left--)
    live.publish('beat', { number: ++beats, at: machineTime() });
  for (const session of own)
    for (let left = (OWN_EACH_SECOND * EACH_MS) / 1000; left > 0; left--)
      live.send(session, 'own', padding.repeat(10));
}, EACH_MS);

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const look = (): void => {
  rss = Math.max(rss, process.memoryUsage.rss());
  collect();
  const { heapUsed, external } = process.memoryUsage();
  most = Math.max(most, heapUsed + external);
};
setInterval(look, LOOK_EACH_MS);

serveOrders({ port: (server.address() as AddressInfo).port }, (order: Order): Usage => {
  if (order.do === 'own') own = order.sessions;
  if (order.do === 'rest') clearInterval(changing);
  look();
  const usage = { held: most, rss, clients: live.count, beats, values };
  most = 0;
  rss = 0;
  return usage;
});
