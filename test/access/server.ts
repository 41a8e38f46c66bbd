/**
 * A Node-RED in a process of its own, for the tests of access: each combination of its settings needs another one, and
 * dashboards start only once in each. It is told by messages what to deploy, and tells what arrives at {@link SEEN}.
 */
import type { EventEmitter } from 'node:events';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { startNodeRed, type FlowNode } from '../integration/harness.ts';
import { SEEN } from './flow.ts';

/** What Node-RED is started with. */
export interface ServerSettings {
  readonly httpNodeAuth?: { readonly user: string; readonly pass: string };
  readonly settings?: Record<string, unknown>;
}

/** What the other process asks for. */
export type Order = { readonly deploy: readonly FlowNode[] } | { readonly stop: true };

/** What it is told. */
export type Told =
  | { readonly port: number; readonly userDir: string }
  | { readonly deployed: true }
  | { readonly failed: string }
  | { readonly stopped: readonly string[] }
  | { readonly seen: string; readonly screen: unknown; readonly payload: unknown; readonly text: string };

const tell = (told: Told): void => void process.send!(told);
const { httpNodeAuth, settings = {} } = JSON.parse(process.argv[2] ?? '{}') as ServerSettings;
const letEverybodyIn = (socket: unknown, next: () => void): void => {
  (process as EventEmitter).emit('factory-iot:screen', socket);
  next();
};

const red = await startNodeRed({
  host: '0.0.0.0',
  ...(httpNodeAuth && { httpNodeAuth }),
  settings: {
    // Dashboards refuse sockets that carry an Origin by themselves; here it has to be seen what the gate does with them.
    ui: { ioMiddleware: letEverybodyIn },
    dashboard: { ioMiddleware: letEverybodyIn },
    ...settings,
  },
});

const require = createRequire(import.meta.url);
const { hooks } = require('@node-red/util') as {
  hooks: { add(name: string, hear: (event: Received) => void): void };
};
interface Received {
  readonly destination: { readonly id: string };
  readonly msg: { payload?: unknown; socketid?: unknown; _client?: { socketId?: unknown } };
}
hooks.add('onReceive.access', ({ destination: { id }, msg }) => {
  if (
    !Object.values(SEEN)
      .flat()
      .includes(id as never)
  )
    return;
  const screen = msg.socketid ?? msg._client?.socketId;
  tell({ seen: id, screen, payload: msg.payload, text: JSON.stringify(msg) });
});

// What editors are told: statuses of nodes, and what debug nodes show.
for (const event of ['node-status', 'comms'])
  red.RED.events.on(event, (told: unknown) =>
    tell({ seen: event, screen: '', payload: told, text: JSON.stringify(told) }),
  );

process.on('message', (order: Order) => {
  const work = async (): Promise<void> => {
    if ('deploy' in order) {
      await red.deploy(order.deploy);
      tell({ deployed: true });
      return;
    }
    const { log } = red;
    await red.stop();
    // A long log takes a moment to go out.
    process.send!({ stopped: log } satisfies Told, () => process.disconnect());
  };
  work().catch((error: unknown) => tell({ failed: String(error) }));
});
// Whoever started it is gone.
process.on('disconnect', () => process.exit());
tell({ port: red.port, userDir: red.userDir });
await once(process, 'disconnect');
