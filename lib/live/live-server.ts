import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Server as Engine } from 'engine.io';
import { Server, type Socket } from 'socket.io';
import { authorise, originAllowed, type AccessPolicy, type Peer } from '../access/authorise.ts';
import { peerOf } from '../access/peer.ts';
import type { Principal } from '../access/principal.ts';
import type { Clock } from '../base/clock.ts';
import { asError, FactoryError } from '../base/errors.ts';
import { Emitter } from '../base/events.ts';
import {
  checkArguments,
  parseCommandRequest,
  splitReply,
  type CommandRequest,
  type Reply,
} from './incoming.ts';
import { deviceList, DEVICES, relayMap, RELAYS, stats, STATS } from './legacy.ts';
import { refuseRequest, refuseUpgrade, type Refusal } from './refusal.ts';
import { checkTopic, RetainedTopics } from './retained.ts';
import { Session, type ClientInfo } from './session.ts';
import { Window } from './window.ts';

export const DEFAULT_MAX_CLIENTS = 500;
/** What one packet of a client may have at most. */
export const MAX_PACKET_BYTES = 64 * 1024;
/** Together less than 5 s, so that a client notices a pulled cable within that time; it learns them on connecting. */
const PING_INTERVAL_MS = 2000;
const PING_TIMEOUT_MS = 2500;
/** How long a connection may go on without joining. */
const JOIN_WITHIN_MS = 5000;

/** The contract's lists, and what clients call them when they ask. */
const ASKED = new Map([
  ['request_devices', 'devices_update'],
  ['request_relays', 'relays_update'],
  ['request_system_stats', 'system_stats_update'],
]);

/** Event names that Socket.IO keeps for itself. */
const RESERVED = new Set([
  'connect',
  'connect_error',
  'disconnect',
  'disconnecting',
  'newListener',
  'removeListener',
]);

/** Something a client did, with who it is. */
export interface FromClient {
  readonly session: string;
  readonly address: string;
  readonly principal: Principal;
}

export interface LiveEvents {
  connect: FromClient & { readonly client: ClientInfo };
  disconnect: FromClient & { readonly reason: string };
  /** One of the contract's `request_*`; it is answered already. */
  request: FromClient & { readonly event: string };
  /** A client that is allowed to switch wants it. `ack` is there if it waits for an answer. */
  command: FromClient & CommandRequest & { readonly ack?: string };
  /** Any other event. */
  message: FromClient & { readonly event: string; readonly args: readonly unknown[]; readonly ack?: string };
  /** Someone was not let in, or was not allowed to do something. */
  refused: { readonly address: string; readonly code: string; readonly reason: string };
}

export interface LiveOptions {
  readonly clock: Clock;
  readonly policy: AccessPolicy;
  readonly maxClients?: number;
  /** What an earlier server kept, if its readers are to go on with it. */
  readonly retained?: RetainedTopics;
}

/**
 * The live clients: what is published goes out to them, as the contract's lists where it is a device, a relay
 * or the statistics, and what they send comes back as events. It knows no HTTP server: whoever has one hands
 * it the requests and upgrades of its path.
 */
export class LiveServer {
  readonly retained: RetainedTopics;
  readonly events = new Emitter<LiveEvents>();
  readonly #clock: Clock;
  readonly #policy: AccessPolicy;
  readonly #maxClients: number;
  readonly #engine: Engine;
  readonly #io = new Server({ serveClient: false, connectTimeout: JOIN_WITHIN_MS });
  readonly #sessions = new Map<string, Session>();
  readonly #admitted = new WeakMap<IncomingMessage, { peer: Peer; principal: Principal }>();
  readonly #windows: ReadonlyMap<string, Window>;
  #closed = false;

  constructor({ clock, policy, maxClients = DEFAULT_MAX_CLIENTS, retained }: LiveOptions) {
    this.#clock = clock;
    this.#policy = policy;
    this.#maxClients = maxClients;
    this.retained = retained ?? new RetainedTopics();
    this.#windows = new Map([
      [DEVICES, new Window(clock, () => this.#broadcast('devices_update'))],
      [RELAYS, new Window(clock, () => this.#broadcast('relays_update'))],
    ]);
    this.#engine = new Engine({
      pingInterval: PING_INTERVAL_MS,
      pingTimeout: PING_TIMEOUT_MS,
      maxHttpBufferSize: MAX_PACKET_BYTES,
      // On a plant's own network the processor of a small computer is scarcer than the bandwidth.
      httpCompression: false,
    });
    this.#io.bind(this.#engine);
    this.#io.on('connection', (socket) => this.#join(socket));
  }

  /**
   * Keeps a device (`devices/ID`), a relay (`relays/ID`) or the statistics (`system/stats`) and tells everyone
   * by the contract's events; null forgets it. Any other topic is an event of that name, told to who is
   * connected and not kept. Throws `invalid` or `limit`.
   */
  publish(topic: string, payload: unknown): void {
    checkTopic(topic);
    const kind = [DEVICES, RELAYS].find((prefix) => topic.startsWith(prefix) && topic !== prefix);
    if (kind === undefined && topic !== STATS) {
      this.#tellAll(topic, payload);
      return;
    }
    this.retained.set(topic, snapshot(topic, payload));
    if (kind === undefined) this.#broadcast('system_stats_update');
    else this.#windows.get(kind)?.poke();
  }

  /** Sends an event to one client; false if it is not connected (any more). Throws `invalid` or `limit`. */
  send(session: string, event: string, payload: unknown): boolean {
    checkEvent(event);
    const found = this.#sessions.get(session);
    found?.emit(event, payload);
    return found !== undefined;
  }

  /** Answers a client that waits for it; false if it does not, or no more. */
  acknowledge(session: string, ack: string, answer: unknown): boolean {
    return this.#sessions.get(session)?.acknowledge(ack, answer) ?? false;
  }

  clients(): ClientInfo[] {
    return Array.from(this.#sessions.values(), (session) => session.info);
  }

  /** Handles a request of HTTP polling, preflight included. */
  handleRequest(request: IncomingMessage, response: ServerResponse): void {
    const peer = peerOf(request, 'socket');
    this.#allowOrigin(peer, response);
    const refusal = this.#admit(request, peer);
    if (refusal) {
      refuseRequest(response, refusal);
    } else if (request.method === 'OPTIONS') {
      response.writeHead(204, {
        'access-control-allow-methods': 'GET,POST',
        'access-control-allow-headers': 'content-type',
        'access-control-max-age': '600',
      });
      response.end();
    } else {
      this.#engine.handleRequest(request, response);
    }
  }

  /** Handles the upgrade to a WebSocket. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refusal = this.#admit(request, peerOf(request, 'socket'));
    if (refusal) refuseUpgrade(socket, refusal);
    else this.#engine.handleUpgrade(request, socket, head);
  }

  /** Lets go of all clients, which come back by themselves to whoever serves the path next. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const window of this.#windows.values()) window.close();
    await this.#io.close();
  }

  /** Every request is judged, not only the first of a session: nobody goes on with a session of another's. */
  #admit(request: IncomingMessage, peer: Peer): Refusal | undefined {
    const verdict = authorise(this.#policy, peer, 'read');
    let refusal: Refusal | undefined;
    if (!verdict.allowed) {
      refusal = { status: 403, code: verdict.code, reason: verdict.reason };
    } else if (this.#closed) {
      refusal = { status: 503, code: 'unavailable', reason: 'the server is being redeployed; try again' };
    } else if (this.#engine.clientsCount >= this.#maxClients && !/[?&]sid=/.test(request.url ?? '')) {
      const reason = `${this.#maxClients} clients are connected already, which is the limit that is set`;
      refusal = { status: 503, code: 'limit', reason };
    } else {
      this.#admitted.set(request, { peer, principal: verdict.principal });
    }
    if (refusal) this.events.emit('refused', { address: peer.address, ...refusal });
    return refusal;
  }

  #allowOrigin(peer: Peer, response: ServerResponse): void {
    response.setHeader('vary', 'Origin');
    if (peer.origin === undefined || !originAllowed(this.#policy, peer)) return;
    response.setHeader('access-control-allow-origin', peer.origin);
    response.setHeader('access-control-allow-credentials', 'true');
  }

  #join(socket: Socket): void {
    const admitted = this.#admitted.get(socket.request);
    if (!admitted) {
      socket.disconnect(true);
      return;
    }
    const session = new Session(socket, admitted.peer, admitted.principal, this.#clock);
    this.#sessions.set(session.id, session);
    session.onCaughtUp((event) => this.#tell(session, event));
    socket.onAny((event: unknown, ...args: unknown[]) => this.#hear(session, String(event), args));
    socket.once('disconnect', (reason) => {
      this.#sessions.delete(session.id);
      session.close();
      this.events.emit('disconnect', { ...whoIs(session), reason });
    });
    session.emit('connected', { data: 'Connected to Factory IoT System' });
    this.events.emit('connect', { ...whoIs(session), client: session.info });
  }

  /** Nothing a client sends may throw out of here: it would end the process. */
  #hear(session: Session, event: string, all: readonly unknown[]): void {
    const { args, reply } = splitReply(all);
    try {
      if (!session.take()) throw new FactoryError('limit', 'too many events; some were not heard');
      const asked = ASKED.get(event);
      if (asked !== undefined) {
        this.#tell(session, asked);
        this.events.emit('request', { ...whoIs(session), event });
        return;
      }
      checkTopic(event);
      checkArguments(args);
      if (event === 'command') this.#command(session, args[0], reply);
      else this.events.emit('message', { ...whoIs(session), event, args, ...awaited(session, reply) });
    } catch (thrown) {
      refuse(session, thrown, reply);
    }
  }

  #command(session: Session, payload: unknown, reply: Reply | undefined): void {
    const verdict = authorise(this.#policy, session.peer, 'switch');
    if (!verdict.allowed) {
      this.events.emit('refused', { address: session.peer.address, ...verdict });
      throw new FactoryError(verdict.code, verdict.reason);
    }
    const command = parseCommandRequest(payload);
    if (this.events.count('command') === 0) {
      throw new FactoryError('unavailable', 'no flow takes commands from live clients');
    }
    this.events.emit('command', { ...whoIs(session), ...command, ...awaited(session, reply) });
  }

  /** One of the contract's lists to one client; nothing where there is nothing to tell yet. */
  #tell(session: Session, event: string): void {
    const payload = this.#listOf(event);
    if (payload !== undefined && session.isReadyFor(event)) session.emit(event, payload);
  }

  /** One of the contract's lists to everyone. Those who have not read what they have get it once they have. */
  #broadcast(event: string): void {
    if (this.#sessions.size === 0) return;
    const payload = this.#listOf(event);
    if (payload === undefined) return;
    const behind = Array.from(this.#sessions.values()).filter((session) => !session.isReadyFor(event));
    this.#io.except(behind.map(({ id }) => id)).emit(event, payload);
  }

  #tellAll(event: string, payload: unknown): void {
    checkEvent(event);
    this.#io.emit(event, payload);
    for (const session of this.#sessions.values()) session.dropIfSlow();
  }

  #listOf(event: string): unknown {
    if (event === 'devices_update') return deviceList(this.retained, this.#clock.now());
    return event === 'relays_update' ? relayMap(this.retained) : stats(this.retained);
  }
}

function whoIs({ id, peer, principal }: Session): FromClient {
  return { session: id, address: peer.address, principal };
}

function awaited(session: Session, reply: Reply | undefined): { ack?: string } {
  return reply ? { ack: session.await(reply) } : {};
}

/** Says no to whoever waits for an answer, and to the others at most once a second. */
function refuse(session: Session, thrown: unknown, reply: Reply | undefined): void {
  const code = thrown instanceof FactoryError ? thrown.code : 'unexpected';
  const reason = asError(thrown).message;
  if (reply && code !== 'limit') reply({ ok: false, code, reason });
  else session.tellRefused({ code, reason });
}

function checkEvent(event: string): void {
  checkTopic(event);
  if (RESERVED.has(event)) {
    throw new FactoryError('invalid', `${event} is a name that Socket.IO keeps for itself`, {
      remedy: 'Choose another topic',
    });
  }
}

/**
 * A copy of what is kept, as JSON carries it: a flow may go on changing the object it sent, and clients must
 * not be shown a mixture.
 */
function snapshot(topic: string, payload: unknown): unknown {
  if (payload === null) return null;
  if (typeof payload !== 'object' || Array.isArray(payload)) {
    throw new FactoryError('invalid', `${topic} takes a record, or null to forget it`);
  }
  try {
    return JSON.parse(JSON.stringify(payload)) as unknown;
  } catch (cause) {
    throw new FactoryError('invalid', `the payload of ${topic} cannot be written as JSON`, { cause });
  }
}
