import type { Handshake } from '../lib/live/protocol.ts';
import { absenceOf, returnedFrom, type Absence } from './absence.ts';
import { machineClock, none, type ClientClock } from './clock.ts';
import { callOf, uniqueId, nobody, refused, unknown, unreadable } from './commands.ts';
import { Emitter } from './emitter.ts';
import { Feed } from './feed.ts';
import { HttpLink, Refused, type Answer, type Question } from './http-link.ts';
import { Keeper } from './keeper.ts';
import { mayNotSwitch, mayNotWrite } from './may.ts';
import { onAwake } from './page.ts';
import { PlantState } from './plant-state.ts';
import { Poller } from './poller.ts';
import { Probe } from './probe.ts';
import { ServerClock } from './server-clock.ts';
import { isObject, readAudit, readDevice, readResult, wordsOf } from './shapes.ts';
import { NotSent, SocketLink, type Why } from './socket-link.ts';
import { Status } from './status.ts';
import type {
  Action,
  AuditPage,
  AuditQuery,
  Client,
  ClientEvents,
  ClientOptions,
  CommandOptions,
  Connection,
  ConnectionState,
  Device,
  DeviceStatus,
  Relay,
  Result,
  Session,
  SignInOptions,
  Stats,
  Value,
} from './types.ts';
import { whereIs } from './where.ts';

export type * from './types.ts';

const LIVE_WITHIN_MS = 5000;
const POLL_EACH_MS = 2000;
const COMMAND_WITHIN_MS = 5000;
const FETCH_WITHIN_MS = 4000;
const CLOCK_WITHIN_MS = 3000;
const TICK_MS = 1000;
/** How often the page's waking up may start anew what is under way. */
const HURRY_EACH_MS = 1000;
/** The server does not know who asks. */
const UNAUTHENTICATED = 'unauthenticated';

/** Connects, and stays so for ever: live, over HTTP where that fails, and live again as soon as it can. */
export function connect(options: ClientOptions = {}, clock: ClientClock = machineClock): Client {
  return new FactoryClient(options, clock);
}

class FactoryClient implements Client {
  readonly #events = new Emitter<ClientEvents>();
  readonly #plant = new PlantState(this.#events);
  readonly #status: Status;
  readonly #clock: ClientClock;
  readonly #serverClock: ServerClock;
  readonly #http: HttpLink;
  readonly #socket: SocketLink;
  readonly #poller: Poller;
  readonly #probe: Probe;
  readonly #keeper: Keeper;
  readonly #feed: Feed;
  readonly #liveWithin: number;
  readonly #commandWithin: number;
  readonly #sleep: () => void;
  #cancelWait = none;
  #cancelTick = none;
  #closed = false;

  #hurriedAt = -Infinity;
  /** From losing the live connection until it is back and all of the plant is known. */
  #absence: Absence | undefined;

  constructor(options: ClientOptions, clock: ClientClock) {
    const where = whereIs(options);
    this.#clock = clock;
    this.#liveWithin = duration(options.liveWithin, LIVE_WITHIN_MS);
    this.#commandWithin = duration(options.commandWithin, COMMAND_WITHIN_MS);
    this.#serverClock = new ServerClock(clock);
    const changed = (connection: Connection): void => this.#events.emit('connection', connection);
    this.#status = new Status(clock, () => this.#socket.transport, changed);
    this.#http = new HttpLink({ base: where.api, clock, heard: () => this.#status.heard() });
    this.#keeper = new Keeper({
      access: where.access,
      token: options.token,
      clock,
      stop: (why) => this.#stop(why),
      go: () => this.#go(),
      changed: (session) => this.#events.emit('session', session),
    });
    this.#poller = new Poller({
      clock,
      every: duration(options.pollEach, POLL_EACH_MS),
      poll: (signal) => this.#poll(signal),
    });
    const ownName = uniqueId();
    this.#feed = new Feed({
      name: ownName,
      plant: this.#plant,
      clock,
      emit: (event) => this.#socket.emit(event),
      ask: (within, event, ...args) => this.#socket.ask(within, event, ...args),
      timestamp: (timestamp) => this.#serverClock.hearTimestamp(timestamp),
      clocks: (clocks, took, isOther) => {
        if (isOther) this.#serverClock.reset();
        this.#serverClock.hearClocks(clocks, took);
      },
      whole: () => this.#returned(),
    });
    const handshake = (): Handshake => {
      const { token } = this.#keeper;
      return { ...this.#feed.handshake, ...(token !== undefined && { token }) };
    };
    this.#socket = new SocketLink({
      where,
      name: ownName,
      handshake,
      clock,
      hearing: {
        up: () => this.#up(),
        down: (why) => this.#down(why),
        failed: (why) => {
          this.#status.set({ socketWhy: why });
          if (why.code === UNAUTHENTICATED) this.#keeper.refused(why.words, this.#socket.token);
        },
        heard: () => this.#status.heard(),
        event: (name, args) => this.#hear(name, args),
      },
    });
    this.#probe = new Probe({
      clock,
      ask: () => this.#socket.ask(CLOCK_WITHIN_MS, 'clock'),
      answered: (took, clocks) => {
        this.#serverClock.hearClocks(clocks, took);
        this.#status.set({ latency: took });
      },
    });
    this.#waitForLive();
    this.#tick();
    this.#keeper.confirm();
    this.#sleep = onAwake(() => this.#hurry());
  }

  get connection(): Connection {
    return this.#status.connection;
  }

  get devices(): ReadonlyMap<string, Device> {
    return this.#plant.devices;
  }

  get relays(): ReadonlyMap<string, Relay> {
    return this.#plant.relays;
  }

  get stats(): Stats | null {
    return this.#plant.stats;
  }

  get session(): Session | null {
    return this.#keeper.session;
  }

  get needsSignIn(): boolean {
    return this.#keeper.needsSignIn;
  }

  serverNow(): number {
    return this.#serverClock.now();
  }

  on<Event extends keyof ClientEvents>(
    event: Event,
    hear: (detail: ClientEvents[Event]) => void,
  ): () => void {
    return this.#events.on(event, hear);
  }

  async command(relay: string, action: Action, options: CommandOptions = {}): Promise<Result> {
    if (this.#keeper.stopped) return nobody(relay);
    if (!this.#isConnected()) return refused(relay);
    const id = uniqueId();
    const ttl = this.#commandWithin;
    const issued = this.#serverClock.monotonic();
    const named = { id, ttl, ...(issued !== undefined && { issued }) };
    try {
      if (this.#status.state === 'live') {
        const order = { relay, action, ...named, ...options };
        const answer = await this.#socket.ask(ttl, 'command', order);
        return readResult(relay, answer) ?? unreadable(relay, id);
      }
      const { path, body: wish } = callOf(relay, action, options);
      const { ok, body } = await this.#post(path, { ...wish, ...named });
      this.#poller.hurry();
      return readResult(relay, { id, ok, ...body }) ?? unreadable(relay, id);
    } catch (error) {
      return error instanceof NotSent ? refused(relay) : unknown(relay, id, error);
    }
  }

  setValue(id: string, value: Value): Promise<Device> {
    return this.#write(id, { value });
  }

  setStatus(id: string, status: DeviceStatus): Promise<Device> {
    return this.#write(id, { status });
  }

  signIn(name: string, password: string, { remember = false }: SignInOptions = {}): Promise<Session> {
    return this.#keeper.signIn(name, password, remember);
  }

  signOut(): Promise<void> {
    return this.#keeper.signOut();
  }

  ticket(): Promise<string> {
    return this.#keeper.ticket();
  }

  maySwitch(relay: string | Relay): boolean {
    const id = typeof relay === 'string' ? relay : relay.id;
    return mayNotSwitch(this, id, this.relays.get(id)) === undefined;
  }

  mayWrite(device: string | Device): boolean {
    const id = typeof device === 'string' ? device : device.id;
    return mayNotWrite(this, this.devices.get(id)) === undefined;
  }

  async audit({ limit = 50, before, relay }: AuditQuery = {}): Promise<AuditPage> {
    const query = new URLSearchParams({ limit: String(limit) });
    if (before !== undefined) query.set('before', String(before));
    if (relay !== undefined) query.set('relay', relay);
    const answer = await this.#ask(`/audit?${query.toString()}`, FETCH_WITHIN_MS);
    if (!answer.ok) throw new Refused(answer);
    return readAudit(answer.body);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelWait();
    this.#cancelTick();
    this.#sleep();
    this.#keeper.close();
    this.#probe.stop();
    this.#poller.stop();
    this.#http.close();
    this.#socket.close();
    const pollWhy = { words: 'the client is closed', ofServer: true };
    this.#status.set({ state: 'offline', latency: null, pollWhy });
    this.#events.clear();
  }

  /** Whether there is a way to send anything now. */
  #isConnected(): boolean {
    const { state } = this.#status;
    return state === 'live' ? this.#socket.connected : state === 'fallback';
  }

  async #write(id: string, wish: { value: Value } | { status: DeviceStatus }): Promise<Device> {
    if (!this.#isConnected()) throw new NotSent();
    const path = `/devices/${encodeURIComponent(id)}/${'value' in wish ? 'value' : 'status'}`;
    const answer = await this.#post(path, wish);
    if (!answer.ok) throw new Refused(answer);
    // What the page knows changes in the order of the server's numbers alone: fields that are told are of the record before.
    this.#poller.hurry();
    const device = readDevice(answer.body['device']);
    if (!device) throw new Error('it was written, but the answer of the server is not readable');
    return device;
  }

  #post(path: string, body: object): Promise<Answer> {
    return this.#ask(path, this.#commandWithin, { method: 'POST', body });
  }

  async #ask(path: string, within: number, question: Question = {}): Promise<Answer> {
    const { token } = this.#keeper;
    const answer = await this.#http.ask(path, within, { ...question, token });
    if (answer.body['code'] === UNAUTHENTICATED) this.#keeper.refused(new Refused(answer).message, token);
    return answer;
  }

  /** Begins anew, as somebody else or as nobody. */
  #go(): void {
    this.#begin('connecting', undefined);
    this.#socket.restart();
    this.#waitForLive();
  }

  /** Ends everything until somebody signs in, and shows nothing any more. */
  #stop(words: string): void {
    this.#socket.hold();
    this.#feed.clear();
    this.#begin('offline', { words, ofServer: true });
  }

  #begin(state: ConnectionState, why: Why | undefined): void {
    this.#cancelWait();
    this.#probe.stop();
    this.#poller.stop();
    this.#serverClock.reset();
    this.#absence = undefined;
    this.#status.set({ state, latency: null, socketWhy: undefined, pollWhy: why, refusal: undefined });
  }

  #waitForLive(): void {
    this.#cancelWait = this.#clock.after(this.#liveWithin, () => this.#poller.start());
  }

  #up(): void {
    this.#cancelWait();
    this.#poller.stop();
    this.#feed.up();
    this.#probe.start();
    this.#status.set({
      state: 'live',
      latency: null,
      socketWhy: undefined,
      pollWhy: undefined,
      refusal: undefined,
    });
    this.#keeper.welcome();
  }

  #down(why: Why): void {
    this.#feed.down();
    this.#probe.stop();
    this.#serverClock.reset();
    this.#poller.start();
    this.#status.set({ state: 'offline', latency: null, socketWhy: why });
    this.#keeper.doubt();
    // Lost again before it was known what had changed: that is one absence.
    if (this.#absence) return;
    this.#absence = absenceOf(this.#plant, this.#clock.monotonic());
    this.#events.emit('lost', { at: this.serverNow() });
  }

  #hear(name: string, args: readonly unknown[]): void {
    const [payload] = args;
    if (name === 'refused') {
      const reason = wordsOf(payload) ?? 'the server refused something';
      this.#status.set({ refusal: { reason, at: this.#clock.monotonic() } });
      if (isObject(payload) && payload['code'] === UNAUTHENTICATED)
        this.#keeper.refused(reason, this.#socket.token);
      return;
    }
    if (!this.#feed.hear(name, payload)) this.#events.emit('message', { event: name, args });
  }

  /** All of the plant is known again after the connection was lost. */
  #returned(): void {
    if (!this.#absence) return;
    const absence = this.#absence;
    this.#absence = undefined;
    const lostFor = this.#clock.monotonic() - absence.since;
    this.#events.emit('returned', returnedFrom(absence, this.#plant, lostFor));
  }

  /** Asks for what is new once; whether the server answered. */
  async #poll(signal: AbortSignal): Promise<boolean> {
    const get = (path: string): Promise<Answer> => this.#ask(path, FETCH_WITHIN_MS, { signal });
    try {
      const took = await this.#feed.poll(get, signal);
      if (took === undefined) return false;
      this.#status.set({ state: 'fallback', latency: took, pollWhy: undefined });
      this.#keeper.welcome();
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      const words = error instanceof Error ? error.message : String(error);
      const pollWhy = { words, ofServer: error instanceof Refused };
      this.#status.set({ state: 'offline', latency: null, pollWhy });
      return false;
    }
  }

  #hurry(): void {
    const now = this.#clock.monotonic();
    if (now - this.#hurriedAt < HURRY_EACH_MS) return;
    this.#hurriedAt = now;
    this.#keeper.hurry();
    this.#socket.hurry();
    this.#poller.hurry();
  }

  #tick(): void {
    this.#status.refresh(true);
    this.#cancelTick = this.#clock.after(Math.min(TICK_MS, this.#status.untilStale), () => this.#tick());
  }
}

function duration(given: number | undefined, otherwise: number): number {
  return given !== undefined && given > 0 && Number.isFinite(given) ? given : otherwise;
}
