/** What led to a message, as our nodes put it there and the log has it. */
import type { Node, NodeAPI, NodeDef } from 'node-red';
import { mayBringCause } from '../lib/access/wire.ts';
import { because, readCause, type Cause, type Step } from '../lib/base/cause.ts';
import type { Message } from './common.ts';

/** What a message has had on its way, and one more step. */
export function causeWith(message: Message, step: Step): Cause {
  return because(causeOf(message), step);
}

/** What a message has had on its way; nothing where somebody outside may have put it there. */
export function causeOf(message: Message): Cause {
  return mayBringCause(message) ? readCause(message.factory?.cause) : [];
}

const flows = new WeakMap<Node, string | undefined>();

/** A node as a step; `message` is what it had. */
export function stepOf(RED: NodeAPI, node: Node, message?: Message): Step {
  const { id, name, z } = node;
  // Looked for once: an input may tell of hundreds of edges a second.
  if (z && !flows.has(node)) flows.set(node, flowOf(RED, z));
  const flow = flows.get(node);
  return {
    kind: 'node',
    id,
    ...(name && { name }),
    ...(flow && { flow }),
    ...(message?._msgid && { message: message._msgid }),
  };
}

/** The label of a tab; of what is in a subflow, that of the tab where the subflow is used. */
function flowOf(RED: NodeAPI, id: string): string | undefined {
  let found: (NodeDef & { label?: unknown }) | undefined;
  RED.nodes.eachNode((def) => {
    if (def.id === id) found = def;
  });
  if (!found) return undefined;
  if (found.type !== 'tab' && found.z) return flowOf(RED, found.z);
  return typeof found.label === 'string' ? found.label : found.name;
}
