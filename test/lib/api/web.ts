/** A real Express app with the guard around it, and clients that may send what no well-behaved one does. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import express from 'express';
import type { Express, Request, Response } from 'express';
import type { AccessPolicy } from '../../../lib/access/authorise.ts';
import { Guard } from '../../../lib/api/guard.ts';
import type { Activation } from '../../../lib/api/guard.ts';
import { FakeClock } from '../../../lib/base/fake-clock.ts';

export const CLOSED: AccessPolicy = { origins: [], open: false };

export interface Web {
  readonly guard: Guard;
  readonly clock: FakeClock;
  readonly url: string;
  readonly server: Server;
  readonly refused: string[];
  readonly errors: unknown[];
  /** Makes a base active with defaults that a test may replace. */
  activate(more?: Partial<Activation>): () => void;
  stop(): Promise<void>;
}

/** `addRoutes` puts what flows serve into an app that is mounted at `root`; `ahead` what comes before it. */
export async function startWeb(
  addRoutes: (app: Express) => void,
  { root = '/', ahead }: { root?: string; ahead?: (app: Express) => void } = {},
): Promise<Web> {
  const guard = new Guard();
  const clock = new FakeClock();
  const parent = express();
  const flows = express();
  ahead?.(parent);
  parent.use(root, flows);
  flows.use(guard.front);
  parent.use(guard.last);
  parent.use(guard.error);
  addRoutes(flows);
  const server = createServer(parent);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const refused: string[] = [];
  const errors: unknown[] = [];
  return {
    guard,
    clock,
    server,
    refused,
    errors,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    activate: (more = {}) =>
      guard.activate({
        owner: 'api',
        base: `${root.replace(/\/$/, '')}/api`,
        policy: CLOSED,
        onTurn: () => {},
        clock,
        onRefused: ({ reason }) => refused.push(reason),
        onError: (error) => errors.push(error),
        ...more,
      }),
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; throws where it is not JSON. */
  readonly json: () => Record<string, unknown>;
}

/** Sends bytes as they are and reads the answer up to the end of the connection, which the request must ask for. */
export async function raw(url: string, ...parts: (string | Buffer)[]): Promise<Reply> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => socket.destroy());
  for (const part of parts) socket.write(part);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  // Not once(): what the server does not want to read makes the socket fail, with the answer there already.
  await new Promise((resolve) => socket.once('close', resolve));
  const all = Buffer.concat(chunks).toString();
  const [top = '', ...rest] = all.split('\r\n\r\n');
  const [line = '', ...fields] = top.split('\r\n');
  const headers = new Headers(
    fields.map((field) => [field.split(':', 1)[0]!, field.replace(/^[^:]*: */, '')]),
  );
  return replyOf(Number(line.split(' ')[1]), headers, rest.join('\r\n\r\n'));
}

/** What flows serve: as http in and http response do it, through jsonp. */
export function routes(app: Express): void {
  const served = (request: Request, response: Response): void =>
    void response.jsonp({ served: request.path, body: request.body as unknown });
  app.get('/api/devices/:id', served);
  app.get('/api/hang', () => {});
  app.post('/api/echo', express.json({ limit: '1mb' }), express.text({ limit: '1mb' }), served);
  app.delete('/api/echo', express.json({ limit: '1mb' }), served);
  app.get('/api/broken', () => {
    throw new Error('the inside of the house');
  });
  app.get('/elsewhere', served);
  app.post('/elsewhere', express.text(), served);
}

/** Whether this is an error as every answer below the base tells one. */
export function isProblem(reply: Reply, status: number, code?: string): void {
  const body = reply.json();
  assert.deepEqual([reply.status, typeof body['error'], typeof body['reason']], [status, 'string', 'string']);
  if (code !== undefined) assert.equal(body['code'], code);
}

/** A request line with headers, whole; the connection ends with the answer. */
export function head(line: string, headers: Record<string, string | number> = {}): string {
  const all = { host: '127.0.0.1', connection: 'close', ...headers };
  const fields = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${line} HTTP/1.1\r\n${fields.join('')}\r\n`;
}

export async function ask(url: string, init: RequestInit = {}): Promise<Reply> {
  const response = await fetch(url, init);
  return replyOf(response.status, response.headers, await response.text());
}

export function post(url: string, body: string, type = 'application/json'): Promise<Reply> {
  return ask(url, { method: 'POST', body, headers: { 'content-type': type } });
}

function replyOf(status: number, headers: Headers, text: string): Reply {
  const json = (): Record<string, unknown> => {
    if (!/^application\/json\b/.test(headers.get('content-type') ?? '')) {
      throw new Error(`${status} ${headers.get('content-type')}: ${text.slice(0, 200)}`);
    }
    return JSON.parse(text) as Record<string, unknown>;
  };
  return { status, headers, text, json };
}
