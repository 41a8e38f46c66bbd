/** The live link inside the test helper's Node-RED: its own HTTP server, really served, and real clients. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NodeAPI } from 'node-red';
import helper from 'node-red-node-test-helper';
import type { ServerNode } from '../../nodes/common.ts';
import clients from '../../nodes/factory-clients/factory-clients.ts';
import push from '../../nodes/factory-push/factory-push.ts';
import server from '../../nodes/factory-server/factory-server.ts';
import { connect, open, type Client, type Transport } from '../integration/clients.ts';
import { load, nodeById, type Credentials, type FlowNode, type Register } from './helper.ts';

export interface Link {
  readonly RED: NodeAPI;
  readonly http: Server;
  readonly url: string;
}

let running: Link | undefined;
const joined: Client[] = [];

/** The flow with its nodes on the canvas: Node-RED takes a node without a place there for a config node. */
export function placed(flow: FlowNode[]): FlowNode[] {
  return flow.map((node) => (node['z'] === undefined ? node : { ...node, x: 0, y: 0 }));
}

/** Loads the nodes of the live link (and `more`) with this flow. */
export async function loadLink(
  flow: FlowNode[],
  more: Register[] = [],
  credentials?: Credentials,
): Promise<Link> {
  await load([capture, server, push, clients, ...more], flow, credentials);
  return link();
}

export function link(): Link {
  if (!running) throw new Error('nothing is loaded');
  return running;
}

/** The server node `s` of the flow. */
export function liveServer(id = 's'): ServerNode {
  return nodeById(id) as ServerNode;
}

/** A client that {@link leave} closes. */
export async function join(transport: Transport = 'websocket', options: object = {}): Promise<Client> {
  const client = await connect(link().url, transport, options);
  joined.push(client);
  return client;
}

/** How a client is refused that may not connect. */
export async function refusal(options: object): Promise<Error> {
  const client = open(link().url, { reconnection: false, ...options });
  const [error] = (await once(client.socket as never, 'connect_error')) as [Error];
  client.close();
  return error;
}

export function leave(): void {
  for (const client of joined.splice(0)) client.close();
}

/** The helper serves an application of its own, without routes; Node-RED serves that of the HTTP nodes. */
function capture(RED: NodeAPI): void {
  (helper as unknown as { _app: unknown })._app = RED.httpNode;
  const { port } = RED.server.address() as AddressInfo;
  running = { RED, http: RED.server, url: `http://127.0.0.1:${port}` };
}
