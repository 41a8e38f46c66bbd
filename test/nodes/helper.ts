/**
 * Runs nodes in Node-RED's runtime without an editor, by node-red-node-test-helper. In it `RED._` returns
 * the keys of texts, and a node of type `helper` stands for whatever is at the other end of a wire.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Node, NodeAPI } from 'node-red';
import { access } from '../../nodes/access.ts';
import helper from 'node-red-node-test-helper';
import type { Message } from '../../nodes/common.ts';

export interface FlowNode {
  id: string;
  type: string;
  [property: string]: unknown;
}

export type Register = (RED: NodeAPI) => void;

const require = createRequire(import.meta.url);
helper.init(require.resolve('node-red'));
const { hooks } = require('@node-red/util') as { hooks: Hooks };

interface Hooks {
  add(name: string, run: (event: { msg: Message; error?: Error; node: { id: string } }) => void): void;
  remove(name: string): void;
}

let userDir: string | undefined;

/** Starts the server, in a user directory of its own. Call it in `before`, {@link stop} in `after`. */
export async function start(): Promise<void> {
  userDir = mkdtempSync(join(tmpdir(), 'factory-iot-node-'));
  helper.settings({ userDir });
  await helper.startServer();
}

export async function stop(): Promise<void> {
  await helper.stopServer();
  if (userDir) rmSync(userDir, { recursive: true, force: true });
}

/** Node-RED's user directory of these tests. */
export function settings(): { userDir: string } {
  if (!userDir) throw new Error('not started');
  return { userDir };
}

/** By the ids of nodes. */
export type Credentials = Readonly<Record<string, object>>;

/** Loads these node types and starts this flow; {@link unload} in `afterEach`. */
export async function load(
  types: Register[],
  flow: FlowNode[],
  credentials: Credentials = {},
): Promise<void> {
  // Node-RED takes them for its own, and empties them.
  await helper.load(types, flow, structuredClone(credentials));
}

export async function unload(): Promise<void> {
  await helper.unload();
  // It belongs to the process, which these tests share.
  access.forget();
}

/**
 * Replaces the running flow, as a deploy in the editor does. Not by the helper's own `setFlows`, which gives a deploy 300 ms,
 * and a busy machine has less.
 */
export async function redeploy(
  flow: FlowNode[],
  type: 'full' | 'flows' | 'nodes' = 'full',
  credentials: Credentials = {},
): Promise<void> {
  const started = once(helper._events, 'flows:started');
  await helper._redNodes.setFlows(flow, structuredClone(credentials), type);
  await started;
}

/** Asks what nodes serve to the editor. */
export function admin(): ReturnType<typeof helper.request> {
  return helper.request();
}

export function nodeById(id: string): Node {
  const node = helper.getNode(id) as Node | null;
  if (!node) throw new Error(`no node ${id} in the flow`);
  return node;
}

/** The next message that arrives at a `helper` node. Ask before doing what causes it. */
export function next(id: string): Promise<Message> {
  return new Promise((resolve) => nodeById(id).on('input', (message) => resolve(message)));
}

/** Everything that arrives at a `helper` node from now on, and a way to wait for so many of them. */
export function collect(id: string): {
  readonly messages: Message[];
  atLeast(count: number): Promise<Message[]>;
} {
  const messages: Message[] = [];
  const waiting: (() => void)[] = [];
  nodeById(id).on('input', (message) => {
    messages.push(message);
    for (const check of waiting) check();
  });
  return {
    messages,
    atLeast: (count) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (messages.length >= count) resolve(messages);
        };
        waiting.push(check);
        check();
      }),
  };
}

/** Sends a message into a node and waits until it is done with it; rejects with what goes to Catch nodes. */
export function send(id: string, message: Message): Promise<void> {
  const node = nodeById(id);
  const label = `test-${++sent}`;
  return new Promise((resolve, reject) => {
    hooks.add(`onComplete.${label}`, ({ msg, error, node: { id: completed } }) => {
      if (completed !== id || msg._msgid !== label) return;
      hooks.remove(`*.${label}`);
      if (error) reject(error);
      else resolve();
    });
    node.receive({ ...message, _msgid: label } as never);
  });
}
let sent = 0;

/** What a node warns of in the log. */
export function warning(id: string): Promise<string> {
  return lastCall<string>(id, 'warn', () => true);
}

/** The status a node shows; waits for the first one, or for one that `matches`. */
export function status(id: string, matches: (status: Status) => boolean = () => true): Promise<Status> {
  return lastCall<Status>(id, 'status', matches);
}

/** What a node last told the log as an error; waits for the first one. */
export async function errorOf(id: string): Promise<string> {
  return String(await lastCall<unknown>(id, 'error', () => true));
}

/** The first argument of a node's last call of this method that `matches`, which may still have to come. */
function lastCall<T>(
  id: string,
  method: 'status' | 'error' | 'warn',
  matches: (value: T) => boolean,
): Promise<T> {
  const node = nodeById(id);
  // The test helper puts a spy in the place of the method, and tells of each call a tick later.
  const spy = node[method] as unknown as { args: [T][]; thisValues: unknown[] };
  const last = spy.args.findLast((_, index) => spy.thisValues[index] === node)?.[0];
  if (last !== undefined && matches(last)) return Promise.resolve(last);
  return new Promise((resolve) => {
    const name = `call:${method}` as 'input';
    const hear = (call: unknown): void => {
      const [value] = (call as { args: [T] }).args;
      if (!matches(value)) return;
      node.removeListener(name, hear);
      resolve(value);
    };
    node.on(name, hear);
  });
}

export interface Status {
  fill?: string;
  shape?: string;
  text?: string;
}
