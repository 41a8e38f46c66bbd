/**
 * A Node-RED with the core flow in a process of its own, to be killed: `node node-red-process.ts SETTINGS`. Begun again in the
 * same folder it goes on with what is on its disk.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { quietFlow } from '../integration/core-flow.ts';
import { startNodeRed, type FlowNode } from '../integration/harness.ts';
import { serveOrders } from './children.ts';

export interface NodeRedSettings {
  /** 0: any that is free. */
  readonly port: number;
  readonly userDir: string;
  /** How many devices it has beside those of the flow. */
  readonly devices: number;
  /** Who may do what, as the access node has it; empty: nobody has to sign in. */
  readonly access: object;
}

/**
 * Order to the process; each is answered by its {@link Figures} once it is done. `serve-anew` deploys the server node alone,
 * changed; `hang` does nothing else for so many milliseconds.
 */
export type Order = 'figures' | 'serve-anew' | { readonly hang: number };

/** Since it was asked before. */
export interface Figures {
  /** How late the event loop came, ms. */
  readonly lag: { readonly p99: number; readonly max: number };
  readonly rss: number;
}

const settings = JSON.parse(process.argv[2]!) as NodeRedSettings;
const { port, userDir, devices, access } = settings;
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
const isFirst = !existsSync(join(userDir, 'flows.json'));
const red = await startNodeRed({ port, userDir });
if (isFirst) {
  const limits = { maxClients: 10_000, maxPerAddress: 10_000, maxHalfOpen: 10_000 };
  const more: Record<string, object> = { 'factory-server': limits, 'factory-access': access };
  // What moves by itself would have to be told from what was caused.
  const flow = quietFlow().filter(({ type }) => type !== 'inject');
  await red.deploy(flow.map((node) => ({ ...node, ...more[node.type] })));
  const { nodes } = red.RED as unknown as {
    nodes: { getNode(id: string): { plant: { devices: { write(device: object): void } } } };
  };
  const registry = nodes.getNode('factory-iot-plant').plant.devices;
  for (let index = 0; index < devices; index++) {
    const id = `d${index}`;
    registry.write({ id, name: `Sensor ${index}`, type: 'temperature', unit: '°C', value: index });
  }
}
serveOrders({ port: red.port }, async (order: Order): Promise<Figures> => {
  if (order === 'serve-anew') await serveAnew();
  if (typeof order === 'object') for (const from = performance.now(); performance.now() - from < order.hang;);
  const lag = { p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 };
  delay.reset();
  return { lag, rss: process.memoryUsage.rss() };
});

async function serveAnew(): Promise<void> {
  const { flows } = (await red.RED.runtime.flows.getFlows({})) as unknown as { flows: FlowNode[] };
  const changed = flows.map((node) =>
    node.type === 'factory-server' ? { ...node, name: `${String(node['name'])} anew` } : node,
  );
  await red.deploy(changed, 'nodes');
}
