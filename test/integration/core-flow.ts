import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, type FlowNode } from './harness.ts';

/** The bundled core flow as it is. */
export function coreFlow(): FlowNode[] {
  return JSON.parse(readFileSync(join(root, 'flows/factory.json'), 'utf8')) as FlowNode[];
}

/** The core flow with nothing in it that moves by itself, so that a test hears only what it caused. */
export function quietFlow(): FlowNode[] {
  return coreFlow()
    .filter((node) => node.type !== 'inject')
    .map((node) => (node.type === 'factory-stats' ? { ...node, interval: 3600 } : node));
}
