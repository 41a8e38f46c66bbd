/** A live server on a real HTTP server, and clients of every kind against it. */
import { once } from 'node:events';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { connect as connectTcp, type AddressInfo, type Socket as TcpSocket } from 'node:net';
import type { AccessPolicy } from '../../../lib/access/authorise.ts';
import { systemClock } from '../../../lib/base/clock.ts';
import type { LiveEvents } from '../../../lib/live/live-events.ts';
import { LiveServer, type LiveOptions } from '../../../lib/live/live-server.ts';
import { Mounts, type Detach } from '../../../lib/live/mount.ts';
import { connect, type Client, type Transport } from '../../integration/clients.ts';
import { frame } from './frames.ts';

export const CLOSED: AccessPolicy = { origins: [], open: false };

export interface Serving {
  readonly server: Server;
  readonly port: number;
  readonly url: string;
  readonly mounts: Mounts;
  readonly live: LiveServer;
  readonly detach: Detach;
  /** A client that is closed with the rest. */
  readonly join: (transport: Transport, options?: object) => Promise<Client>;
  /** The next event of the live server. */
  readonly next: <Name extends keyof LiveEvents>(name: Name) => Promise<LiveEvents[Name]>;
  readonly stop: () => Promise<void>;
}

export type ServingOptions = Partial<LiveOptions>;

export async function serve(options: ServingOptions = {}): Promise<Serving> {
  const { policy = CLOSED, clock = systemClock, ...rest } = options;
  const mounts = new Mounts();
  const { server, port } = await listen(mounts);
  const live = new LiveServer({ clock, policy, ...rest });
  const detach = mounts.attach(server, '/socket.io', live);
  const clients: Client[] = [];
  return {
    server,
    port,
    url: `http://127.0.0.1:${port}`,
    mounts,
    live,
    detach,
    async join(transport, clientOptions) {
      const client = await connect(`http://127.0.0.1:${port}`, transport, clientOptions);
      clients.push(client);
      return client;
    },
    next: (name) =>
      new Promise((resolve) => {
        const off = live.events.on(name, (payload) => {
          off();
          resolve(payload);
        });
      }),
    async stop() {
      for (const client of clients) client.close();
      detach();
      await live.close();
      await shut(server);
    },
  };
}

/** An HTTP server on a free port of loopback that answers 404 as HTML where nothing is mounted. */
export async function listen(mounts: Mounts): Promise<{ server: Server; port: number }> {
  const server = createServer((request, response) =>
    mounts.handler(request, response, () => {
      response.writeHead(404, { 'content-type': 'text/html' }).end('<p>not found</p>');
    }),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

export async function shut(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}

/** Promise of an acknowledgement. */
export function ask(client: Client, event: string, ...args: unknown[]): Promise<unknown> {
  return client.socket.timeout(5000).emitWithAck(event, ...args);
}

export interface Raw {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly text: string;
}

/** A request with headers that fetch does not let anyone set. */
export function raw(port: number, path: string, options: object = {}, body = ''): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const asked = httpRequest({ host: '127.0.0.1', port, path, agent: false, ...options });
    asked.on('error', reject);
    asked.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: { ...response.headers }, text }),
      );
    });
    asked.end(body);
  });
}

/** A WebSocket without a client behind it: what is sent is in the test's hand, and reading can be stopped. */
export async function rawSocket(
  port: number,
  {
    path = '/socket.io/?EIO=4&transport=websocket',
    from = '127.0.0.1',
    headers = [],
  }: { path?: string; from?: string; headers?: readonly string[] } = {},
): Promise<RawSocket> {
  const socket = connectTcp({ port, host: '127.0.0.1', localAddress: from });
  socket.on('error', () => socket.destroy());
  await once(socket, 'connect');
  let heard = '';
  const waiting = new Set<() => void>();
  const check = (): void => {
    for (const look of waiting) look();
  };
  socket.on('data', (chunk: Buffer) => {
    // What only fills buffers is not kept: searching it would take longer than the test.
    heard += chunk.toString('latin1').replace(/x{100,}/g, '');
    check();
  });
  socket.on('close', check);
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n' +
      headers.map((header) => `${header}\r\n`).join('') +
      '\r\n',
  );
  return {
    socket,
    send: (text) => void socket.write(frame(text)),
    heard: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (typeof text === 'string' ? heard.includes(text) : text.test(heard)) resolve(heard);
          else if (socket.destroyed) reject(new Error(`closed without ${String(text)}; heard: ${heard}`));
          else return;
          waiting.delete(look);
        };
        waiting.add(look);
        look();
      }),
    closed: () => (socket.destroyed ? Promise.resolve() : once(socket, 'close').then(() => undefined)),
  };
}

export interface RawSocket {
  readonly socket: TcpSocket;
  /** One text frame. */
  readonly send: (text: string) => void;
  /** Once this text has come in. */
  readonly heard: (text: string | RegExp) => Promise<string>;
  readonly closed: () => Promise<void>;
}
