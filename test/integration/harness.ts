/**
 * A real Node-RED in this process, with the built package installed into it as the palette does it.
 * One at a time for each version: Node-RED is a singleton.
 */
import { once, type EventEmitter } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import express from 'express';
import type { NodeRedApp } from 'node-red';
import type { Socket } from 'socket.io';

export const root = join(import.meta.dirname, '../..');
const require = createRequire(import.meta.url);

/** The Node-RED versions that are tested: the package's alias for the older one. */
export const VERSIONS = { 5: 'node-red', 4: 'node-red-4' } as const;
export type Version = keyof typeof VERSIONS;

export interface FlowNode {
  id: string;
  type: string;
  [property: string]: unknown;
}

export interface NodeRed {
  readonly RED: NodeRedApp;
  readonly server: Server;
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly port: number;
  readonly userDir: string;
  /** Deploys these nodes in place of all others and waits until they run. Throws on an unknown type. */
  deploy(nodes: readonly FlowNode[], type?: 'full' | 'nodes' | 'flows'): Promise<void>;
  /** What Node-RED logged at warning level or above. */
  readonly log: string[];
  stop(): Promise<void>;
}

export interface Options {
  version?: Version;
  settings?: Record<string, unknown>;
  /** Whether the package is installed; false for a Node-RED that does not know it. */
  installed?: boolean;
  /** The address to listen on. */
  host?: string;
  /** The port to listen on; left out: any that is free. */
  port?: number;
  /** Where an earlier one left off, to go on with its flows and data; such a folder is not removed. */
  userDir?: string;
  /** Node-RED's own password for all that flows serve. Its command asks for it, so an embedded one has to. */
  httpNodeAuth?: { readonly user: string; readonly pass: string };
}

export async function startNodeRed({
  version = 5,
  settings = {},
  installed = true,
  host = '127.0.0.1',
  port: wantedPort = 0,
  userDir: kept,
  httpNodeAuth,
}: Options = {}): Promise<NodeRed> {
  const RED = require(VERSIONS[version]) as NodeRedApp;
  const userDir = kept ?? mkdtempSync(join(tmpdir(), 'factory-iot-test-'));
  const link = join(userDir, 'node_modules/@factory-iot/node-red');
  if (installed && !existsSync(link)) {
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(root, link);
  }
  const app = express();
  const server = createServer(app);
  server.listen(wantedPort, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const log: string[] = [];
  const all = {
    userDir,
    flowFile: 'flows.json',
    httpAdminRoot: '/editor',
    httpNodeRoot: '/',
    credentialSecret: 'test',
    telemetry: { enabled: false, updateNotification: false },
    editorTheme: { tours: false },
    // As docs/access.md says, and npm start does.
    ui: {
      ioMiddleware: (socket: Socket, next: () => void) => {
        if (socket.handshake.xdomain) return socket.disconnect(true);
        (process as EventEmitter).emit('factory-iot:screen', socket);
        return next();
      },
    },
    logging: {
      // The level reaches Node-RED's own console handler too; only what a handler of ours hears is kept.
      console: { level: 'off' },
      test: {
        level: 'warn',
        handler: () => (entry: { msg: unknown; type?: string; name?: string }) => {
          log.push(`${entry.type ?? ''} ${entry.name ?? ''} ${textOf(entry.msg)}`.trim());
        },
      },
    },
    ...settings,
  };
  RED.init(server, all as never);
  const { httpAdminRoot, httpNodeRoot } = all as {
    httpAdminRoot: string | false;
    httpNodeRoot: string | false;
  };
  if (httpAdminRoot !== false) app.use(httpAdminRoot, RED.httpAdmin);
  if (httpNodeRoot !== false && httpNodeAuth) app.use(httpNodeRoot, askPassword(httpNodeAuth));
  if (httpNodeRoot !== false) app.use(httpNodeRoot, RED.httpNode);
  // The first start of the (empty) flows ends later than start() itself; a deploy would take its end for its own.
  const ready = once(RED.events, 'flows:started');
  await RED.start();
  await ready;

  return {
    RED,
    server,
    port,
    url: `http://127.0.0.1:${port}`,
    userDir,
    log,
    async deploy(nodes, type = 'full') {
      const known = new Set(
        ((await RED.runtime.nodes.getNodeList({})) as { types: string[] }[]).flatMap((set) => set.types),
      );
      const unknown = nodes.filter((node) => !BUILT_IN.has(node.type) && !known.has(node.type));
      if (unknown.length > 0)
        throw new Error(`unknown node types: ${unknown.map((node) => node.type).join(', ')}`);
      const started = once(RED.events, 'flows:started');
      await RED.runtime.flows.setFlows({
        flows: { flows: structuredClone(nodes) },
        deploymentType: type,
      } as never);
      await started;
    },
    async stop() {
      await RED.stop();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      if (kept === undefined) rmSync(userDir, { recursive: true, force: true });
    },
  };
}

/** Types that the runtime itself knows and no node set lists. */
const BUILT_IN = new Set(['tab', 'group', 'subflow', 'global-config']);

/** As the command of Node-RED does it: preflights carry no password. */
function askPassword({ user, pass }: { user: string; pass: string }): express.RequestHandler {
  const wanted = `Basic ${Buffer.from(`${user}:${pass}`).toString('base64')}`;
  return (request, response, next) => {
    if (request.method === 'OPTIONS' || request.headers.authorization === wanted) next();
    else response.set('WWW-Authenticate', 'Basic realm="Authorization Required"').sendStatus(401);
  };
}

function textOf(message: unknown): string {
  return message instanceof Error || typeof message === 'string' ? String(message) : JSON.stringify(message);
}
