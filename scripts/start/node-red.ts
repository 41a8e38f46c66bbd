/** Node-RED as this checkout runs it, and what has to be asked of its runtime. */
import type { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { NodeRedApp } from 'node-red';
import type { Socket } from 'socket.io';
import { FactoryError } from '../../lib/base/errors.ts';
import type { Access } from '../../lib/access/access.ts';
import type { FlowNode } from './bundled-flows.ts';
import { FLOWS } from './files.ts';
import { packagesWithoutNodes } from './palette.ts';

export const EDITOR = '/editor';
/** How long Node-RED may take to load its nodes and to start the flows. */
const READY_MS = 60_000;

/** For the scan at the start alone: what the palette installs later may be called as it likes. */
let unscanned: string[] = [];

const RED = createRequire(import.meta.url)('node-red') as NodeRedApp;

/** How the flows are after the start; the editor can be used in each case. */
export type FlowState =
  | { readonly running: true }
  | { readonly running: false; readonly reason: string; readonly credentialsLost: boolean };

interface RuntimeEvent {
  readonly id: string;
  readonly payload?: { readonly state?: string; readonly error?: string; readonly types?: readonly string[] };
}

export interface Init {
  readonly server: Server;
  readonly root: string;
  readonly data: string;
  readonly secret: string;
  readonly access: Access;
}

export function initNodeRed({ server, root, data, secret, access }: Init): NodeRedApp {
  unscanned = packagesWithoutNodes(root, data);
  const settings = {
    userDir: data,
    flowFile: FLOWS,
    credentialSecret: secret,
    // The package as it is here. In the data folder's node_modules the palette's npm would remove it.
    nodesDir: [root],
    nodesExcludes: unscanned,
    // A browser must not name its own screen; docs/access.md says the same of a Node-RED of one's own.
    ui: { ioMiddleware: markScreen },
    adminAuth: editorLogin(access),
    httpAdminRoot: EDITOR,
    httpNodeRoot: '/',
    telemetry: { enabled: false, updateNotification: false },
    editorTheme: { tours: false, page: { title: 'Factory IoT' } },
    logging: {
      console: { level: 'off' },
      plain: { level: 'warn', metrics: false, audit: false, handler: () => logLine },
    },
  };
  RED.init(server, settings as never);
  return RED;
}

function markScreen(socket: Socket, next: () => void): void {
  // What the dashboard does by itself where nothing is set here.
  if (socket.handshake.xdomain) {
    socket.disconnect(true);
    return;
  }
  (process as EventEmitter).emit('factory-iot:screen', socket);
  next();
}

/**
 * Login to the editor: for engineers, by the name and password that they have in the plant, once one is set. Until then
 * the gate decides. Node-RED asks again at each step, so that a removed engineer is out at once.
 */
function editorLogin(access: Access): object {
  const user = (name: string): object | null => {
    const known = access.people.editorUser(name);
    return known ? { username: known.name, permissions: '*' } : null;
  };
  return {
    type: 'credentials',
    users: (name: string) => Promise.resolve(user(name)),
    authenticate: async (name: string, password: string) => {
      const entry = await access.verifyEditorUser(name, password);
      if ('code' in entry) return null;
      const from = { from: 'editor', via: 'editor' } as const;
      access.report.write({ kind: 'sign-in', by: entry.name, ...from, what: 'session', result: 'done' });
      return user(entry.name);
    },
    default: () => Promise.resolve(access.people.hasEngineer ? null : { anonymous: true, permissions: '*' }),
  };
}

/** Starts Node-RED and waits for its flows. Throws `timeout` where it does not become ready. */
export async function startNodeRed(): Promise<FlowState> {
  let limit: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new FactoryError('timeout', `Node-RED did not become ready within ${READY_MS / 1000} s`);
    limit = setTimeout(() => reject(error), READY_MS);
  });
  try {
    const settled = flowsSettled();
    await Promise.race([RED.start(), late]);
    return await Promise.race([settled, late]);
  } finally {
    unscanned.length = 0;
    clearTimeout(limit);
  }
}

/** The node types that flows can use now. */
export async function knownTypes(): Promise<Set<string>> {
  const sets = (await RED.runtime.nodes.getNodeList({})) as {
    types: string[];
    enabled: boolean;
    err?: unknown;
  }[];
  return new Set(sets.filter(({ enabled, err }) => enabled && !err).flatMap(({ types }) => types));
}

export async function currentFlows(): Promise<{ flows: FlowNode[]; rev: string }> {
  return (await RED.runtime.flows.getFlows({})) as unknown as { flows: FlowNode[]; rev: string };
}

/** Adds nodes to the flows, as an import and a deploy in the editor do, and waits until they run. */
export async function addFlows(nodes: readonly FlowNode[]): Promise<void> {
  await changeFlows((flows) => [...flows, ...nodes]);
}

export async function changeFlows(change: (flows: readonly FlowNode[]) => FlowNode[]): Promise<void> {
  const { flows, rev } = await currentFlows();
  const deployed = deployedFlows();
  await RED.runtime.flows.setFlows({
    flows: { flows: change(flows), rev },
    deploymentType: 'nodes',
  } as never);
  await deployed;
}

/** What the credentials of an access node hold. */
export function secretsOf(node: string): string | undefined {
  const { nodes } = RED as unknown as { nodes: { getCredentials(id: string): { secrets?: string } | null } };
  return nodes.getCredentials(node)?.secrets;
}

/** Calls `hear` with the flows at each start of them, deploys included. */
export function onDeployed(hear: (flows: readonly FlowNode[]) => void): void {
  RED.events.on('flows:started', () => void currentFlows().then(({ flows }) => hear(flows)));
}

function deployedFlows(): Promise<void> {
  return new Promise((resolve) => {
    const heard = ({ id }: RuntimeEvent): void => {
      if (id !== 'runtime-deploy') return;
      RED.events.removeListener('runtime-event', heard);
      resolve();
    };
    RED.events.on('runtime-event', heard);
  });
}

/** The end of Node-RED's start, which its promise does not wait for. Ask before it begins. */
function flowsSettled(): Promise<FlowState> {
  return new Promise((resolve) => {
    let credentialsLost = false;
    const settle = (state: FlowState): void => {
      RED.events.removeListener('flows:started', started);
      RED.events.removeListener('runtime-event', heard);
      resolve(state);
    };
    const started = (): void =>
      settle(credentialsLost ? { running: false, reason: LOST, credentialsLost } : { running: true });
    const heard = ({ id, payload }: RuntimeEvent): void => {
      if (id !== 'runtime-state' || !payload) return;
      if (payload.error === 'credentials_load_failed') {
        credentialsLost = true;
      } else if (payload.state === 'stop' || payload.state === 'safe' || payload.error) {
        settle({ running: false, reason: reasonOf(payload), credentialsLost });
      }
    };
    RED.events.on('flows:started', started);
    RED.events.on('runtime-event', heard);
  });
}

const LOST = 'their passwords cannot be decrypted with this secret; a deploy in the editor would drop them';

function reasonOf({ error, types = [] }: NonNullable<RuntimeEvent['payload']>): string {
  if (error === 'missing-types') {
    return `these node types are not installed: ${types.join(', ')} (in the editor: Manage palette, or delete those nodes)`;
  }
  return error ?? 'they were stopped in the editor';
}

/** What Node-RED warns of at each start, or at the first, though it is as it should be here. */
const EXPECTED = ['storage.localfilesystem.projects.disabledNoFlag', 'nodes.credentials.encryptedNotFound'];

/** One line of the log, without colours. */
function logLine(entry: { level: number; msg: unknown; type?: string; name?: string; id?: string }): void {
  const from = entry.type ? `${entry.type} ${entry.name || entry.id}: ` : '';
  const { msg } = entry;
  if (EXPECTED.some((key) => RED.log._(key) === msg)) return;
  const text = typeof msg === 'string' || msg instanceof Error ? String(msg) : JSON.stringify(msg);
  console.log(`[${entry.level <= 20 ? 'error' : 'warn'}] ${from}${text}`);
}
