/** A server with access configured, as the client meets it: sessions, and both ways to the plant behind a token. */
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type Server as HttpServer,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import type { ClientClock } from '../../client/clock.ts';
import { connect } from '../../client/factory-client.ts';
import type { Client, ClientOptions } from '../../client/types.ts';
import { device, STATS } from './serving.ts';

interface User {
  readonly password: string;
  readonly role: string;
  readonly relays?: readonly string[];
  readonly areas?: readonly string[];
}

export const USERS: Readonly<Record<string, User>> = {
  ada: { password: 'engine', role: 'engineer', relays: ['*'], areas: ['*'] },
  omid: { password: 'pump', role: 'operator', relays: ['pump*'], areas: ['hall 1'] },
  vera: { password: 'look', role: 'viewer' },
};

const INFO = [
  { id: 'pump1', state: false },
  { id: 'fan', state: false, area: 'hall 1' },
  { id: 'oven', state: false, area: 'hall 2' },
];
/** As the relays are at first. */
export const relayList = (more: Readonly<Record<string, object>> = {}): object => ({
  relays: Object.fromEntries(INFO.map(({ id }) => [id, false])),
  info: INFO.map((relay) => ({ ...relay, ...more[relay.id] })),
});

const OPEN = { name: 'loopback', role: 'engineer', relays: ['*'], areas: ['*'], expires: null, open: true };
const NOBODY = { error: 'sign in first', code: 'unauthenticated', reason: 'sign in first' };

type Reply = readonly [status: number, body?: object];

type Pages = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

export class Guarded {
  /** Names by token. */
  readonly tokens = new Map<string, string>();
  /** Each request, as method and path, and each attempt of a socket as `socket TOKEN`. */
  readonly asked: string[] = [];
  /** The record of who did what. */
  readonly audit: { readonly seq: number; readonly [property: string]: unknown }[] = [];
  /** Takes the place of the own answer to this `METHOD /path`. */
  readonly answers = new Map<string, (body: Record<string, unknown>) => Reply>();
  /** Whether the socket is there at all. */
  hasSocket = true;
  /** As where access is not configured: nobody needs a token. */
  isOpen = false;
  /** The devices, as they are told to each page that comes. */
  devices: object[] = [device('a', 1)];
  port = 0;
  #http!: HttpServer;
  #io!: Server;
  #made = 0;
  readonly #clients = new Set<Client>();

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** `pages` come before the server's own answers. */
  async start(pages: Pages = (_request, _response, next) => next()): Promise<void> {
    this.#http = createServer((request, response) =>
      pages(request, response, () => void this.#serve(request, response)),
    );
    this.#io = new Server(this.#http, { cors: { origin: true }, serveClient: false });
    this.#io.use((socket, next) => {
      const token = (socket.handshake.auth as { token?: unknown }).token;
      this.asked.push(`socket ${String(token)}`);
      const name = this.#nameOf(token as string | undefined);
      if (name !== undefined && this.hasSocket) {
        socket.data = { name, token };
        next();
        return;
      }
      const code = this.hasSocket ? 'unauthenticated' : 'unavailable';
      next(Object.assign(new Error(code), { data: { code, reason: 'sign in first' } }));
    });
    this.#io.on('connection', (socket) => {
      socket.emit('connected', { data: 'Connected to Factory IoT System' });
      socket.on('request_devices', () => socket.emit('devices_update', this.#deviceList()));
      socket.on('request_relays', () => socket.emit('relays_update', relayList()));
      socket.on('request_system_stats', () => socket.emit('system_stats_update', STATS));
    });
    this.#http.listen(0, '127.0.0.1');
    await once(this.#http, 'listening');
    this.port = (this.#http.address() as AddressInfo).port;
  }

  #deviceList(): object {
    return { devices: this.devices, count: this.devices.length };
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.close();
    this.#http.closeAllConnections();
    await this.#io.close();
  }

  client(options: ClientOptions = {}, clock?: ClientClock): Client {
    const client = connect({ url: this.url, liveWithin: 100, pollEach: 50, ...options }, clock);
    this.#clients.add(client);
    return client;
  }

  /** A session of this person's. */
  token(name: string): string {
    const token = `${name}-${++this.#made}`;
    this.tokens.set(token, name);
    return token;
  }

  /** Ends a session as an administrator does. */
  revoke(token: string): void {
    this.tokens.delete(token);
    for (const socket of this.#io.of('/').sockets.values()) {
      if ((socket.data as { token: string }).token !== token) continue;
      socket.emit('refused', { code: 'unauthenticated', reason: 'the session was ended' });
      socket.disconnect(true);
    }
  }

  /** Tells all who are connected. */
  push(event: string, payload: unknown): void {
    this.#io.emit(event, payload);
  }

  /** How often this was asked. */
  count(what: string): number {
    return this.asked.filter((one) => one === what).length;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const question = `${method} ${url}`;
    this.asked.push(question);
    const body = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
    const token = /^Bearer (.*)$/.exec(headers.authorization ?? '')?.[1];
    const [status, answer] = this.answers.get(question)?.(body) ?? this.#answer(question, body, token);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(answer && JSON.stringify(answer));
  }

  #nameOf(token: string | undefined): string | undefined {
    return this.isOpen ? 'ada' : this.tokens.get(String(token));
  }

  #answer(question: string, body: Record<string, unknown>, token: string | undefined): Reply {
    if (question === 'POST /factory-iot/session') return this.#signIn(body);
    const name = this.#nameOf(token);
    if (name === undefined) return [401, NOBODY];
    switch (question) {
      case 'GET /factory-iot/session':
        return [200, this.isOpen ? OPEN : this.#session(name)];
      case 'DELETE /factory-iot/session':
        this.revoke(String(token));
        return [204];
      case 'POST /factory-iot/ticket':
        return [200, { ticket: `ticket of ${name}`, expires_in: 30 }];
      case 'GET /api/devices':
        return [200, this.#deviceList()];
      case 'GET /api/relays':
        return [200, relayList()];
      case 'GET /api/system/stats':
        return [200, STATS];
      default:
        if (question.startsWith('GET /api/audit?')) return this.#audit(name, question);
        return [404, { error: 'not found' }];
    }
  }

  #signIn({ name, password, ticket }: Record<string, unknown>): Reply {
    const who = typeof ticket === 'string' ? ticket.replace('ticket of ', '') : String(name);
    const user = USERS[who];
    if (!user || (ticket === undefined && user.password !== password))
      return [
        401,
        { error: 'wrong name or password', code: 'unauthenticated', reason: 'wrong name or password' },
      ];
    return [200, { token: this.token(who), ...this.#session(who) }];
  }

  #audit(name: string, question: string): Reply {
    if (USERS[name]!.role !== 'engineer') return [403, { error: 'for engineers', code: 'forbidden' }];
    const query = new URL(question.slice(4), this.url).searchParams;
    const limit = Number(query.get('limit'));
    const relay = query.get('relay');
    const entries = this.audit
      .filter(({ seq }) => seq < Number(query.get('before') ?? Infinity))
      .filter((entry) => relay === null || entry['relay'] === relay)
      .toSorted((a, b) => b.seq - a.seq)
      .slice(0, limit);
    return [200, { entries, next: entries.length < limit ? null : entries.at(-1)!.seq, head: null }];
  }

  #session(name: string): object {
    const { role, relays = [], areas = [] } = USERS[name]!;
    return { name, role, relays, areas, expires: '2026-12-01T00:00:00Z', open: false };
  }
}
