import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { request } from './clients.ts';
import { root, type FlowNode, type NodeRed } from './harness.ts';

/** The bundled core flow as it is. */
export function coreFlow(): FlowNode[] {
  return JSON.parse(readFileSync(join(root, 'flows/factory.json'), 'utf8')) as FlowNode[];
}

/** All bundled flows: the core and both dashboards. */
export function bundledFlows(): FlowNode[] {
  return readdirSync(join(root, 'flows'))
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => JSON.parse(readFileSync(join(root, 'flows', name), 'utf8')) as FlowNode[]);
}

/** The core flow that moves once at its start and then no more by itself: a test hears only what it caused. */
export function quietFlow(): FlowNode[] {
  return coreFlow().map((node) => {
    if (node.type === 'inject') return { ...node, repeat: '' };
    return node.type === 'factory-stats' ? { ...node, interval: 3600 } : node;
  });
}

/**
 * Deploys the {@link quietFlow} and waits until everything that moves at its start has done so. `api` is where
 * the API is found.
 */
export async function deployQuiet(red: NodeRed, api = `${red.url}/api`): Promise<void> {
  const { nodes } = red.RED as unknown as { nodes: { getNode(id: string): { receive(): void } | null } };
  const begun = Date.now();
  await red.deploy(quietFlow());
  for (let round = 1; ; round++) {
    const devices = (await request(`${api}/devices`)).body['devices'] as {
      value: unknown;
      last_update: string;
    }[];
    const stats = await request(`${api}/system/stats`);
    // Neither what a deploy before this one has moved, nor that a device is declared, says that this one has moved it.
    const moved = devices.filter(({ value, last_update: at }) => value !== null && Date.parse(at) >= begun);
    if (stats.status === 200 && moved.length === 3) break;
    if (Date.now() > begun + 20_000)
      throw new Error(`the core flow does not start: ${JSON.stringify(devices)}`);
    await delay(20);
    // On a slow machine the one tick may have come before the devices were known.
    if (round % 50 === 0) nodes.getNode('factory-iot-tick')?.receive();
  }
  // The lists of the last of those changes are on their way for one window more.
  await delay(150);
  await settled(api);
}

/** Resolves once everything in the plant was told after a deploy, so that what is not there is unknown. */
export async function settled(api: string): Promise<void> {
  while ((await request(`${api}/devices/there-is-none`)).status === 503) await delay(20);
}
