/**
 * What every node's skin shares: input, close, status, errors. The one place that calls `done` and that
 * touches promises, so that no rejection can reach Node-RED, which ends the process on one.
 */
import type { Node, NodeAPI } from 'node-red';
import type { Cause } from '../lib/base/cause.ts';
import { asError, FactoryError } from '../lib/base/errors.ts';
import { Emitter, type Unsubscribe } from '../lib/base/events.ts';
import type { Stamp } from '../lib/access/principal.ts';
import type { AccessPolicy } from '../lib/access/authorise.ts';
import type { ClientMark } from '../lib/live/answer.ts';
import type { LiveServer } from '../lib/live/live-server.ts';
import type { Plant } from '../lib/plant/plant.ts';
import type { Seal } from '../lib/store/chain.ts';
import type { Channel } from '../lib/relays/channels.ts';

/** A message on a wire. Properties that we do not know pass through untouched. */
export interface Message {
  _msgid?: string;
  topic?: unknown;
  payload?: unknown;
  /** Our metadata. */
  factory?: MessageMeta;
  /** The live client that a message comes from, or goes to. */
  _session?: ClientMark;
  [property: string]: unknown;
}

export interface MessageMeta {
  /** Who caused this message, sealed. */
  by?: Stamp;
  /** Where it came from: an address, a node, a path. */
  from?: string;
  quality?: string;
  /** ISO 8601. */
  ts?: string;
  previous?: unknown;
  /** No hardware was moved. */
  simulated?: boolean;
  result?: unknown;
  /** The last entry of the log, where it was read. */
  head?: Seal;
  /** What led to it, step by step. */
  cause?: Cause;
  /** The node that tells of it, and whether it tells everything again after each deploy. */
  source?: { readonly node: string; readonly again: boolean };
  /** Of an output at the far end of wires: which board's, which relay's, on which line. */
  board?: string;
  relay?: string;
  line?: number;
}

/** Sends to the outputs: one message for the first, or an array with one entry an output. */
export type Send = (message: Message | (Message | Message[] | null)[]) => void;

/** Sends what no message asked for. Node-RED's types want topics to be text; a wire takes anything. */
export function emit(node: Node, outputs: Message | (Message | null)[]): void {
  node.send(outputs as never);
}

/** The config node that holds the plant; its `plant` is there from the constructor on. */
export interface PlantNode extends Node {
  readonly plant: Plant;
}

/** The config node of a relay board; all is there from the constructor on, unless its settings cannot work. */
export interface BoardNode extends Node {
  readonly driver: string;
  readonly channels: readonly Channel[] | undefined;
}

/** The config node that serves the live clients; all is there from the constructor on. */
export interface ServerNode extends Node {
  readonly live: LiveServer;
  readonly policy: AccessPolicy;
  /** Where clients find it on this Node-RED, such as `/socket.io`. */
  readonly path: string;
}

/**
 * Handles a node's messages. What `handle` throws or rejects with goes to Catch nodes with its code; the
 * message is done when `handle` is.
 */
export function onInput(node: Node, handle: (message: Message, send: Send) => void | Promise<void>): void {
  // Node-RED reads the arity: three parameters say that this handler calls done itself.
  node.on('input', (message, send, done) => {
    settle(
      () => handle(message, send as Send),
      (error) => {
        if (error) setStatus(node, 'error', `common.error.${codeOf(error)}`);
        done(error);
      },
    );
  });
}

/** Runs `dispose` when the node closes; `removed` says that it is deleted or disabled, not redeployed. */
export function onClose(node: Node, dispose: (removed: boolean) => void | Promise<void>): void {
  node.on('close', (removed: boolean, done: () => void) => {
    settle(
      () => dispose(removed),
      (error) => {
        if (error) node.error(error);
        done();
      },
    );
  });
}

/** Runs work that no message waits for, such as opening a board; its failure is shown on the node and given to `onError`. */
export function inBackground(
  node: Node,
  work: () => void | Promise<void>,
  onError: (error: Error) => void = () => {},
): void {
  settle(work, (error) => {
    if (!error) return;
    onError(error);
    setStatus(node, 'error', `common.error.${codeOf(error)}`);
    node.error(error);
  });
}

/** The starts of the flows, by Node-RED's own events, on which there is one listener for all nodes: it warns of many. */
const starts = new WeakMap<object, Emitter<{ started: undefined }>>();

/** Calls `run` each time that the flows have started, until it is ended. */
export function onStarted(RED: NodeAPI, run: () => void): Unsubscribe {
  let emitter = starts.get(RED.events);
  if (!emitter) {
    const made = new Emitter<{ started: undefined }>();
    RED.events.on('flows:started', () => made.emit('started', undefined));
    starts.set(RED.events, made);
    emitter = made;
  }
  return emitter.on('started', run);
}

/**
 * Runs what a node does by itself once all nodes of the deploy exist: a message sent earlier may meet a wire
 * whose other end is not there yet. Does nothing if the node is closed before.
 */
export function whenStarted(RED: NodeAPI, node: Node, work: () => void | Promise<void>): void {
  const stop = onStarted(RED, () => {
    stop();
    inBackground(node, work);
  });
  node.on('close', stop);
}

/** The config nodes by type, each with what the nodes that refer to it may use. */
export interface ConfigNodes {
  'factory-plant': PlantNode;
  'factory-board': BoardNode;
  'factory-server': ServerNode;
}

/** The config node a node refers to. Throws `config` where it is missing, disabled or of another type. */
export function configNode<Type extends keyof ConfigNodes>(
  RED: NodeAPI,
  id: string | undefined,
  type: Type,
): ConfigNodes[Type] {
  const found = id ? RED.nodes.getNode(id) : null;
  if (found?.type === type) return found as ConfigNodes[Type];
  throw new FactoryError('config', `no ${type} is chosen or it is disabled`, {
    remedy: `Open the node and choose a ${type}`,
  });
}

/**
 * Warns where a Dashboard 2 is set to leave its mark off its messages (_include client data_): they then count as
 * the flow's own, whoever sits at the screen.
 */
export function warnOfUnmarkedDashboards(RED: NodeAPI, node: Node): void {
  RED.nodes.eachNode((def) => {
    const { includeClientData, name } = def as { includeClientData?: unknown; name?: string };
    if (def.type !== 'ui-base' || includeClientData !== false) return;
    node.warn(
      `the dashboard ${name || def.id} does not include client data, so its messages cannot be told from the ` +
        "flow's own and are let through. Switch “Include Client Data” on in the sidebar of Dashboard 2",
    );
  });
}

/** The vocabulary of node statuses: one look for each kind of state, the same on every node. */
const LOOKS = {
  ok: { fill: 'green', shape: 'dot' },
  idle: { fill: 'grey', shape: 'ring' },
  busy: { fill: 'blue', shape: 'ring' },
  warn: { fill: 'yellow', shape: 'ring' },
  error: { fill: 'red', shape: 'ring' },
} as const;

/**
 * Shows a node's state. `text` is a key of the node's catalogue, which the editor translates for whoever
 * looks, or text as it is.
 */
export function setStatus(node: Node, look: keyof typeof LOOKS, text: string): void {
  node.status({ ...LOOKS[look], text });
}

/** Runs what may fail, at once or later, and tells `then` how it ended: never a stray rejection. */
function settle(work: () => void | Promise<void>, then: (error?: Error) => void): void {
  let pending: void | Promise<void>;
  try {
    pending = work();
  } catch (thrown) {
    then(withRemedy(thrown));
    return;
  }
  if (!(pending instanceof Promise)) {
    then();
    return;
  }
  pending.then(
    () => then(),
    (thrown: unknown) => then(withRemedy(thrown)),
  );
}

/** Some places show the message alone, so what to do has to stand in it, and then nowhere else: others show both. */
function withRemedy(thrown: unknown): Error {
  const error = asError(thrown);
  if (!(error instanceof FactoryError) || error.remedy === undefined) return error;
  return new FactoryError(error.code, error.toString(), { cause: error.cause });
}

function codeOf(error: Error): string {
  return error instanceof FactoryError ? error.code : 'unexpected';
}
