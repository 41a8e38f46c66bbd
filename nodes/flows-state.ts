/** State of Node-RED's flows, for requests that come meanwhile: a deploy takes a moment, stopped flows may take for ever. */
import type { NodeAPI } from 'node-red';

export type FlowsState = 'running' | 'deploying' | 'stopped' | 'cannot-start';

/** Reasons as clients receive them; screens know these words in each language. */
const REASONS: Readonly<Record<Exclude<FlowsState, 'running'>, string>> = {
  deploying: 'the server is being redeployed; try again',
  stopped: 'the flows of Node-RED are stopped',
  'cannot-start': 'the flows of Node-RED cannot start; its editor says why',
};

interface RuntimeEvent {
  readonly id?: string;
  readonly payload?: { readonly state?: string; readonly deploy?: boolean; readonly error?: string };
}

const states = new WeakMap<object, { now: FlowsState }>();

/** Follows the flows of this Node-RED, once. */
function stateOf(RED: Pick<NodeAPI, 'events'>): { now: FlowsState } {
  const known = states.get(RED.events);
  if (known) return known;
  const state: { now: FlowsState } = { now: 'deploying' };
  states.set(RED.events, state);
  RED.events.on('flows:stopping', () => (state.now = 'deploying'));
  RED.events.on('flows:starting', () => (state.now = 'deploying'));
  RED.events.on('flows:started', () => (state.now = 'running'));
  RED.events.on('runtime-event', ({ id, payload }: RuntimeEvent) => {
    if (id !== 'runtime-state' || !payload) return;
    // Each deploy stops as well, and says that it is one.
    if (payload.error !== undefined) state.now = 'cannot-start';
    else if (payload.state === 'stop' && payload.deploy !== true) state.now = 'stopped';
  });
  return state;
}

/** Returns what says why a node does not answer now, for a person; `alone`: where the flows run without it. */
export function whyNotRunning(RED: Pick<NodeAPI, 'events'>, alone: string): () => string {
  const state = stateOf(RED);
  return () => (state.now === 'running' ? alone : REASONS[state.now]);
}
