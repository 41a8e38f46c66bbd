/** A plant's server as the client meets it: the real live server, and the HTTP API's answers from the same lists. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ClientClock } from '../../client/clock.ts';
import { connect } from '../../client/factory-client.ts';
import type { Client, ClientEvents, ClientOptions, Connection } from '../../client/types.ts';
import { systemClock } from '../../lib/base/clock.ts';
import { deviceList, relayMap, stats } from '../../lib/live/legacy.ts';
import { LiveServer } from '../../lib/live/live-server.ts';
import type { RetainedTopics } from '../../lib/live/retained.ts';
import { Mounts, type Detach } from '../../lib/live/mount.ts';

export const STATS = {
  cpu: { percent: 5, count: 4, frequency: null },
  memory: { total: 4, available: 2, percent: 50, used: 2 },
  disk: { total: 4, used: 1, free: 3, percent: 25 },
  network: { bytes_sent: 1, bytes_recv: 2 },
  temperature: null,
  timestamp: '2026-01-01T00:00:00Z',
};

type Handler = (request: IncomingMessage, body: unknown) => { status: number; body: unknown } | 'silence';

export class Plant {
  live: LiveServer;
  /** Every POST, as method, path and body. */
  readonly posted: { path: string; body: unknown }[] = [];
  /** The path and query of every request that is not the socket's. */
  readonly asked: string[] = [];
  /** Takes the place of the API's own answer to this `GET /path` or `POST /path`. */
  readonly answers = new Map<string, Handler>();
  /** Clocks that the API reports over HTTP. */
  clocks: object | undefined;
  /** How many polls there were. */
  polls = 0;
  /** Whether the API knows the live protocol. */
  speaksV2 = false;
  port = 0;
  readonly #host: string;
  readonly #mounts = new Mounts();
  readonly #clients = new Set<Client>();
  readonly #upgraded = new Set<Duplex>();
  #server: Server | undefined;
  #detach: Detach | undefined;

  /** `host`: the address to listen on. */
  constructor(host = '127.0.0.1') {
    this.#host = host;
    this.live = this.#serverOf();
    this.live.publish('devices/a', device('a', 1));
    this.live.publish('relays/r', { id: 'r', state: false });
    this.live.publish('system/stats', STATS);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Listens, on the same port as before. */
  async start(): Promise<void> {
    const server = createServer((request, response) =>
      this.#mounts.handler(request, response, () => void this.#answer(request, response)),
    );
    // An upgraded socket is no connection of the server's any more.
    server.on('upgrade', (_request, socket: Duplex) => this.#upgraded.add(socket));
    server.listen(this.port, this.#host);
    await once(server, 'listening');
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
    this.attach();
  }

  /** Lets go of all clients and begins anew: with what was kept, as after a deploy in part, or with nothing, as a new process. */
  async renew(keeps: boolean): Promise<void> {
    const { live } = this;
    this.#detach?.(true);
    await live.close();
    this.live = this.#serverOf(keeps ? live.retained : undefined);
    this.attach();
  }

  attach(): void {
    this.#detach = this.#mounts.attach(this.#server!, '/socket.io', this.live);
  }

  /** Refuses the socket's path, and lets go of whoever is connected, while HTTP works on. */
  refuseSocket(): void {
    this.#detach?.(true);
    this.drop();
  }

  /** Cuts all connections. */
  drop(): void {
    if (this.#server) this.#cut(this.#server);
  }

  /** Ends as a program does whose power is cut. */
  async halt(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    this.#detach?.();
    server.close();
    this.#cut(server);
    await once(server, 'close');
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.halt();
    await this.live.close();
  }

  /** A client that is closed with the plant. */
  client(options: ClientOptions = {}, clock?: ClientClock): Client {
    const client = connect({ url: this.url, liveWithin: 100, pollEach: 50, ...options }, clock);
    this.#clients.add(client);
    return client;
  }

  /** Open to everybody who reaches it, where others than this machine may. */
  #serverOf(retained?: RetainedTopics): LiveServer {
    const policy = { origins: [], open: this.#host !== '127.0.0.1' };
    return new LiveServer({ clock: systemClock, policy, ...(retained && { retained }) });
  }

  #cut(server: Server): void {
    server.closeAllConnections();
    for (const socket of this.#upgraded) socket.destroy();
    this.#upgraded.clear();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const { method = '', url = '' } = request;
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    if (method === 'POST') this.posted.push({ path: url, body });
    if (url === '/api/devices') this.polls++;
    this.asked.push(url);
    const handler = this.answers.get(`${method} ${url}`);
    const answer = handler ? handler(request, body) : await this.#own(url);
    if (answer === 'silence') return;
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer.body));
  }

  async #own(url: string): Promise<{ status: number; body: unknown }> {
    const { retained } = this.live;
    if (this.speaksV2 && url.startsWith('/api/v2/changes')) {
      const query = Object.fromEntries(new URL(url, this.url).searchParams);
      return { status: 200, body: { ...(await this.live.next(query, 0)), clock: this.clocks } };
    }
    if (url === '/api/devices') return { status: 200, body: deviceList(retained, Date.now()) };
    if (url === '/api/system/stats') return { status: 200, body: stats(retained) };
    if (url !== '/api/relays') return { status: 404, body: { error: 'not found' } };
    const relays = relayMap(retained);
    return 'error' in relays
      ? { status: 501, body: { error: relays.error, code: 'unavailable', reason: relays.error } }
      : { status: 200, body: relays };
  }
}

export function device(id: string, value: unknown, more: object = {}): object {
  const own = { id, name: id.toUpperCase(), type: 'sensor', value, unit: '°C', status: 'active' };
  return { ...own, last_update: '2026-01-01T00:00:00.000Z', ...more };
}

/** The next event of a client (the first one that `matches`) from now on. */
export function next<Name extends keyof ClientEvents>(
  client: Client,
  name: Name,
  matches: (detail: ClientEvents[Name]) => boolean = () => true,
): Promise<ClientEvents[Name]> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => {
      off();
      reject(new Error(`no such ${name} within 15 s; now ${JSON.stringify(client.connection)}`));
    }, 15_000);
    const off = client.on(name, (detail) => {
      if (!matches(detail)) return;
      clearTimeout(limit);
      off();
      resolve(detail);
    });
  });
}

/** Once the connection is in this state, which it may be already. */
export function becomes(
  client: Client,
  state: Connection['state'],
  matches: (connection: Connection) => boolean = () => true,
): Promise<Connection> {
  const fits = (connection: Connection): boolean => connection.state === state && matches(connection);
  return fits(client.connection) ? Promise.resolve(client.connection) : next(client, 'connection', fits);
}
