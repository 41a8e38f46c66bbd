import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Server as Engine } from 'engine.io';
import { Server, type Socket } from 'socket.io';
import { authorise, type AccessPolicy } from '../access/authorise.ts';
import type { Clock } from '../base/clock.ts';
import { FactoryError } from '../base/errors.ts';
import { Emitter, type Unsubscribe } from '../base/events.ts';
import { hasGone } from '../base/gone.ts';
import { isSameJson } from '../base/json.ts';
import { connectionsRead, type Lag } from '../base/loop-lag.ts';
import { Admission, type Admitted, type Connection } from './admission.ts';
import { Hearing, whoIs } from './hearing.ts';
import { DEVICES, RELAYS, STATS } from './legacy.ts';
import { Lists } from './lists.ts';
import type { LiveEvents } from './live-events.ts';
import { checkEvent, snapshot, writing } from './outgoing.ts';
import { refused, refuseRequest, refuseUpgrade } from './refusal.ts';
import { checkTopic, RetainedTopics } from './retained.ts';
import { PROTOCOL, UPDATE, type Update } from './protocol.ts';
import type { ClientInfo } from './client-info.ts';
import { eventText, frameOf } from './ready-frame.ts';
import { Rehearsal } from './rehearsal.ts';
import { Session } from './session.ts';
import { Sources, type Origin } from './sources.ts';
import { parseLimits, type Limits } from './settings.ts';
import { Stream, type From } from './stream.ts';
import { parseHandshake, parseSubscription, type Wanted } from './subscription.ts';

/** Together less than 5 s, so that a client notices a pulled cable within that time; it learns them on connecting. */
export const PING_INTERVAL_MS = 2000;
export const PING_TIMEOUT_MS = 2500;
/** How long a connection may go on without joining. */
const JOIN_WITHIN_MS = 5000;
/** How long a client whose connection is closed may take to say goodbye; then it is ended. Else whoever says nothing has 30 s. */
const CLOSE_WITHIN_MS = 1000;

/** To look through so many topics for one client counts as one event of it. */
const TOPICS_AN_EVENT = 1000;

export interface LiveOptions extends Partial<Limits> {
  readonly clock: Clock;
  /** Time that what clients send may have waited for this process; left out: none. */
  readonly lag?: Lag;
  readonly policy: AccessPolicy;
  /** Whether frames are written past the library where a client is idle; else each goes the library's way. */
  readonly writesFrames?: boolean;
  /** What an earlier server kept, if its readers are to go on with it. */
  readonly retained?: RetainedTopics;
  /** As {@link LiveServer.isSettled} at first; left out: true. */
  readonly isSettled?: boolean;
}

/**
 * The live clients: what is published goes out to them, as the contract's lists where it is a device, a relay
 * or the statistics, and what they send comes back as events. It knows no HTTP server: whoever has one hands
 * it the requests and upgrades of its path.
 */
export class LiveServer {
  readonly retained: RetainedTopics;
  readonly events = new Emitter<LiveEvents>();
  readonly rehearsal: Rehearsal;
  /** True once everything was published since the start of the flows; until then a missing record may be on its way. */
  isSettled: boolean;
  readonly #clock: Clock;
  readonly #lag: Lag | undefined;
  readonly #policy: AccessPolicy;
  readonly #admission: Admission;
  readonly #hearing: Hearing;
  readonly #engine: Engine;
  readonly #io = new Server({ serveClient: false, connectTimeout: JOIN_WITHIN_MS });
  readonly #sessions = new Map<string, Session>();
  readonly #lists: Lists;
  readonly #stream: Stream;
  readonly #sources: Sources;
  readonly #writesFrames: boolean;
  readonly #limits: Limits;
  /** Updates as they are sent. */
  readonly #texts = new WeakMap<Update, string>();
  readonly #leave: Unsubscribe;

  constructor({
    clock,
    lag,
    policy,
    writesFrames = true,
    retained,
    isSettled = true,
    ...given
  }: LiveOptions) {
    const limits = parseLimits(given);
    this.#limits = limits;
    this.#clock = clock;
    this.#lag = lag;
    this.isSettled = isSettled;
    this.#writesFrames = writesFrames;
    this.#policy = policy;
    this.retained = retained ?? new RetainedTopics();
    this.rehearsal = new Rehearsal(clock, () => this.#sessions.values());
    this.#lists = new Lists({
      clock,
      retained: this.retained,
      sessions: () => this.#sessions.values(),
      send: (sessions, event, payload) => this.#send(sessions, event, payload),
    });
    this.#sources = new Sources({
      clock,
      origins: this.retained.origins,
      get: (topic) => this.retained.get(topic),
      set: (topic, record) => {
        this.#keep(topic, record);
        if (record === null) this.retained.origins.heard.delete(topic);
      },
    });
    this.#stream = new Stream({
      retained: this.retained,
      clock,
      maxWaiting: limits.maxClients,
      maxWaitingEach: limits.maxPerAddress,
      send: (sessions, update) => this.#update(sessions, update),
    });
    this.#engine = new Engine({
      pingInterval: PING_INTERVAL_MS,
      pingTimeout: PING_TIMEOUT_MS,
      maxHttpBufferSize: limits.maxPacket * 1024,
      // On a plant's own network the processor of a small computer is scarcer than the bandwidth.
      httpCompression: false,
    });
    // The engine hands none of ws's own settings on.
    const { ws } = this.#engine as unknown as { ws: { options: { closeTimeout: number } } };
    ws.options.closeTimeout = CLOSE_WITHIN_MS;
    const { events, rehearsal } = this;
    this.#admission = new Admission({ policy, limits, joined: () => this.count, events, rehearsal });
    this.#hearing = new Hearing({
      clock,
      lag,
      policy,
      events,
      tell: (session, event) => this.#lists.tell(session, event),
      subscribe: (session, wanted) => this.#subscribe(session, wanted),
    });
    this.#io.bind(this.#engine);
    this.#engine.on('connection', (connection: Connection) => {
      connection.transport.closeTimeout = CLOSE_WITHIN_MS;
      this.#admission.connected(connection);
    });
    this.#io.use((socket, next) => next(this.#admit(socket)));
    this.#io.on('connection', (socket) => this.#join(socket));
    this.#leave = policy.access?.events.on('changed', () => this.#review()) ?? (() => {});
  }

  /**
   * Keeps a device (`devices/ID`), a relay (`relays/ID`) or the statistics (`system/stats`) and tells everyone,
   * by updates or by the contract's lists as they want it; null forgets it. Any other topic is an event of that name, told to who is
   * connected and not kept. `origin`: the nodes that it came through. Throws `invalid` or `limit`.
   */
  publish(topic: unknown, payload: unknown, origin?: Origin): void {
    checkTopic(topic);
    if (kindOf(topic) === undefined) {
      this.#tellAll(topic, payload);
      return;
    }
    const record = snapshot(topic, payload);
    this.#keep(topic, record);
    this.#sources.note(topic, record, origin);
  }

  /** After a deploy: what no node of the flows tells of any more is taken back. `exists`: whether a node is in the flows. */
  deployed(exists: (node: string) => boolean): void {
    this.#sources.deployed(exists);
  }

  /** The same once more, as after each deploy, is told to nobody. */
  #keep(topic: string, record: unknown): void {
    const before = this.retained.get(topic) ?? null;
    if (isSameJson(before, record)) return;
    this.retained.set(topic, record);
    this.#stream.changed(topic, before ?? undefined);
    this.#lists.changed(kindOf(topic));
  }

  /**
   * What changed since, for somebody who asks over HTTP; waits for it up to `within` milliseconds. Rejects with `invalid` or
   * `limit` where the subscription, which is as it came, cannot be understood.
   */
  async next(subscription: object, within: number, from?: From): Promise<Update> {
    const update = await this.#stream.next(parseSubscription(subscription), within, from);
    this.rehearsal.told(subscription, update);
    return update;
  }

  /** Sends an event to one client; false if it is not connected (any more). Throws `invalid` or `limit`. */
  send(session: string, event: unknown, payload: unknown): boolean {
    checkEvent(event);
    const found = this.#sessions.get(session);
    writing(`the payload of ${event}`, () => found?.emit(event, payload));
    return found !== undefined;
  }

  /** Answers a client that waits for it; false if it does not, or no more. */
  acknowledge(session: string, ack: string, answer: unknown): boolean {
    return this.#sessions.get(session)?.acknowledge(ack, answer) ?? false;
  }

  clients(): ClientInfo[] {
    return Array.from(this.#sessions.values(), (session) => session.info);
  }

  /** How many clients are connected now. */
  get count(): number {
    return this.#sessions.size;
  }

  /** How many connections there are, those included that have not joined yet. */
  get connections(): number {
    return this.#engine.clientsCount;
  }

  /** How many packets wait for a client to read what was sent before; 0 if it is not connected. */
  backlog(session: string): number {
    return this.#sessions.get(session)?.queued ?? 0;
  }

  /** Whether this client is connected now. */
  has(session: string): boolean {
    return this.#sessions.has(session);
  }

  /** Handles a request of HTTP polling, preflight included. */
  handleRequest(request: IncomingMessage, response: ServerResponse): void {
    this.#admission.allowOrigin(request, response);
    const refusal = this.#admission.judge(request);
    if (refusal) {
      refuseRequest(response, refusal);
    } else if (request.method === 'OPTIONS') {
      response.writeHead(204, {
        'access-control-allow-methods': 'GET,POST',
        'access-control-allow-headers': 'content-type',
        'access-control-max-age': '600',
      });
      response.end();
    } else if (this.#lag?.age) {
      void this.#handleLate(request, response);
    } else {
      this.#engine.handleRequest(request, response);
    }
  }

  /** Handles a request that may have waited for this process, unless its client has gone meanwhile. */
  async #handleLate(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await connectionsRead();
    if (!hasGone(request, response)) this.#engine.handleRequest(request, response);
  }

  /** Handles the upgrade to a WebSocket. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refusal = this.#admission.judge(request);
    if (refusal) refuseUpgrade(socket, refusal);
    else this.#engine.handleUpgrade(request, socket, head);
  }

  /** Lets go of all clients, which come back by themselves to whoever serves the path next. */
  async close(): Promise<void> {
    this.#leave();
    this.#admission.close();
    this.#lists.close();
    this.#stream.close();
    this.#sources.close();
    this.rehearsal.close();
    await this.#io.close();
  }

  /** Keeps who it is for when it joins; otherwise the error that tells the client why it may not. */
  #admit(socket: Socket): Error | undefined {
    const { auth } = socket.handshake;
    const admitted = this.#admission.admit(socket.request, auth);
    if ('status' in admitted) return refused(admitted);
    try {
      socket.data = { ...admitted, wanted: parseHandshake(auth) };
      return undefined;
    } catch (error) {
      const { code, message: reason } = error as FactoryError;
      return refused({ code, reason });
    }
  }

  /** Rights have changed: who may not be here any more goes at once. */
  #review(): void {
    for (const session of this.#sessions.values()) {
      const verdict = authorise(this.#policy, session.peer, 'read');
      if (verdict.allowed) session.principal = verdict.principal;
      else session.dismiss({ code: verdict.code, reason: verdict.reason });
    }
  }

  #join(socket: Socket): void {
    const { peer, principal, wanted } = socket.data as Admitted & { wanted: Wanted | undefined };
    const gone = this.#admission.joined(socket.request, principal);
    if (!gone) return void socket.disconnect(true);
    const { id } = socket;
    const tell = (event: string): void => {
      if (event === UPDATE) this.#stream.caughtUp(id);
      else this.#lists.tell(session, event);
    };
    const session = new Session(
      socket,
      { peer, principal, wanted, maxEvents: this.#limits.maxEvents, tell },
      this.#clock,
    );
    this.#sessions.set(id, session);
    const unlist = wanted ? undefined : this.#lists.join();
    socket.onAny((event: unknown, ...args: unknown[]) => this.#hearing.hear(session, String(event), args));
    socket.once('disconnect', (reason) => {
      this.#sessions.delete(id);
      this.#stream.leave(id);
      unlist?.();
      session.close();
      gone();
      // Whoever leaves and stays connected would be counted nowhere.
      socket.conn.close();
      this.events.emit('disconnect', { ...whoIs(session), reason });
    });
    const update = wanted && this.#stream.join(id, wanted, () => session.isReadyFor(UPDATE));
    session.emit('connected', {
      data: 'Connected to Factory IoT System',
      ...(update && { protocol: PROTOCOL }),
    });
    if (update) {
      this.#oweRest(session, update);
      session.sendText(this.#textOf(update));
    }
    this.rehearsal.joined(session, update);
    this.events.emit('connect', { ...whoIs(session), client: session.info });
  }

  /** Throws `limit` for somebody who has all of a large plant looked through too often. */
  #subscribe(session: Session, wanted: Wanted): Update | undefined {
    if (!session.take(this.retained.size / TOPICS_AN_EVENT)) {
      throw new FactoryError('limit', 'this plant is too large to subscribe that often', {
        remedy: 'Wait a few seconds; what changes is told all the same',
      });
    }
    const update = this.#stream.subscribe(session.id, wanted);
    if (update) this.#oweRest(session, update);
    return update;
  }

  #update(sessions: readonly string[], update: Update): void {
    if (update.more) for (const id of sessions) this.#sessions.get(id)?.owe(UPDATE);
    this.#send(sessions, UPDATE, update);
  }

  /** What is a part, or a little old because others were told it before, is followed by the rest as soon as it is read. */
  #oweRest(session: Session, update: Update): void {
    if (update.seq < this.retained.seq) session.owe(UPDATE);
  }

  /** Who comes soon after another is told the same. */
  #textOf(update: Update): string {
    const text = this.#texts.get(update) ?? eventText(UPDATE, update);
    this.#texts.set(update, text);
    return text;
  }

  /** The same to all of these, which have read what they had; `payload` is JSON. */
  #send(sessions: readonly string[], event: string, payload: unknown): void {
    let rest = sessions;
    if (this.#writesFrames) {
      const frame = frameOf(eventText(event, payload));
      rest = sessions.filter((id) => this.#sessions.get(id)?.write(frame) === false);
    }
    if (rest.length > 0) this.#io.to([...rest]).emit(event, payload);
  }

  #tellAll(event: string, payload: unknown): void {
    checkEvent(event);
    writing(`the payload of ${event}`, () => this.#io.emit(event, payload));
    for (const session of this.#sessions.values()) session.dropIfSlow();
  }
}

/** The prefix or the name of what is kept; undefined for a topic that is not. */
function kindOf(topic: string): string | undefined {
  if (topic === STATS) return STATS;
  return [DEVICES, RELAYS].find((prefix) => topic.startsWith(prefix) && topic !== prefix);
}
