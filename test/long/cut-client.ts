/**
 * Our client and a bare socket, in a process that may have a network of its own: `node cut-client.ts SETTINGS`. Tells a
 * {@link Shown} each time that the client shows something else of its connection, and a {@link Watched} when asked.
 */
import { connect } from '../../client/factory-client.ts';
import type { Device } from '../../client/types.ts';
import { watch, type Watch } from '../client/watching.ts';
import { serveOrders } from './children.ts';
import { machineTime } from './machine-time.ts';

export interface Shown {
  readonly kind: 'shown';
  readonly state: string;
  readonly stale: boolean;
  readonly reason: string | null;
  /** By {@link machineTime}. */
  readonly at: number;
}

export interface Watched extends Pick<Watch, 'wrong' | 'changes' | 'updates' | 'connections' | 'at'> {
  /** What the page shows, and what came over the wire. */
  readonly page: Values;
  readonly wire: Values;
}

type Values = readonly (readonly [id: string, value: unknown])[];

export type Order = 'begin' | 'look';

const { url } = JSON.parse(process.argv[2]!) as { readonly url: string };
let look: (() => Watched) | undefined;
serveOrders({}, (order: Order) => {
  if (order === 'begin') look = begin();
  return look?.();
});

function begin(): () => Watched {
  const page = connect({ url });
  const seen = watch(page, url);
  page.on('connection', ({ state, stale, reason }) => {
    process.send!({ kind: 'shown', state, stale, reason, at: machineTime() } satisfies Shown);
  });
  return () => {
    const { wrong, changes, updates, connections, at, wire } = seen;
    const valuesOf = (devices: Iterable<Device>): [string, unknown][] =>
      Array.from(devices, ({ id, value }) => [id, value]);
    const [onPage, onWire] = [valuesOf(page.devices.values()), valuesOf(wire.values())];
    return { wrong, changes, updates, connections, at, page: onPage, wire: onWire };
  };
}
