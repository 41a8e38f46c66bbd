/** Follows the flows of Node-RED, so that {@link access} counts also where its node does not run. */
import type { EventEmitter } from 'node:events';
import type { NodeDef } from 'node-red';
import { applyStored, type StoredNode } from '../lib/access/stored.ts';
import { access } from './access.ts';
import { keptSecrets, type Credentials } from './kept-secrets.ts';

/** Part of Node-RED that is used, in a node and beside it. */
export interface StoredFlows extends Credentials {
  readonly events: Pick<EventEmitter, 'on'>;
  readonly nodes: { eachNode(run: (def: NodeDef) => void): void; getCredentials(id: string): unknown };
}

interface RuntimeEvent {
  readonly id?: string;
  readonly payload?: { readonly state?: string; readonly error?: string; readonly deploy?: boolean };
}

/** The access node in charge; undefined: none runs. One for the whole process, as {@link access} is. */
let inCharge: string | undefined;
/** The Node-REDs that are followed. */
const followed = new WeakSet<object>();

export function accessNode(): string | undefined {
  return inCharge;
}

export function takeCharge(node: string | undefined): void {
  inCharge = node;
}

/**
 * Refuses everybody until the flows are known, and follows them from then on. Where a type or module is missing, or the
 * flows are stopped, no access node runs; its settings count all the same.
 */
export function followStoredFlows(RED: StoredFlows): void {
  if (followed.has(RED.events)) return;
  followed.add(RED.events);
  let isKnown = false;
  if (inCharge === undefined) access.refuseAll('Node-RED is starting; try again in a moment');
  const follow = (): void => {
    if (inCharge !== undefined) return;
    const nodes = storedNodes(RED);
    if (!nodes) return;
    isKnown = true;
    applyStored(access, nodes, (id) => keptSecrets(RED, RED.nodes.getCredentials(id)));
  };
  // Later starts know it already: what is deployed counts once the flows have started, with their own access node.
  RED.events.on('flows:starting', () => void (isKnown || follow()));
  RED.events.on('flows:started', follow);
  RED.events.on('runtime-event', ({ id, payload }: RuntimeEvent) => {
    const isStopped = payload?.error !== undefined || (payload?.state !== 'start' && !payload?.deploy);
    if (id === 'runtime-deploy' || (id === 'runtime-state' && payload && isStopped)) follow();
  });
}

/** Undefined as long as Node-RED has read none. */
function storedNodes(RED: StoredFlows): StoredNode[] | undefined {
  const nodes: StoredNode[] = [];
  try {
    RED.nodes.eachNode((def) => void nodes.push(def));
    return nodes;
  } catch {
    // Node-RED throws where there are no flows yet.
    return undefined;
  }
}
