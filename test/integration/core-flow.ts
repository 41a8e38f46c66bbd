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
  await red.deploy(quietFlow());
  const limit = Date.now() + 5000;
  for (;;) {
    const devices = (await request(`${api}/devices`)).body['devices'] as { value: unknown }[];
    const stats = await request(`${api}/system/stats`);
    if (stats.status === 200 && devices.length === 3 && devices.every(({ value }) => value !== null)) break;
    if (Date.now() > limit) throw new Error(`the core flow does not start: ${JSON.stringify(devices)}`);
    await delay(20);
  }
  // The lists of the last of those changes are on their way for one window more.
  await delay(150);
}
