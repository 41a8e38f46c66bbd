import type { Socket } from 'socket.io';
import type { Peer } from '../access/authorise.ts';
import type { Principal } from '../access/principal.ts';
import type { Cancel, Clock } from '../base/clock.ts';
import { isoTime } from '../base/clock.ts';
import type { Reply } from './incoming.ts';
import type { ClientInfo } from './client-info.ts';
import { LISTED_TOPICS } from './legacy.ts';
import { writing } from './outgoing.ts';
import { CLIENT_PARAMETER, PROTOCOL } from './protocol.ts';
import { RateLimit } from './rate-limit.ts';
import { idleSocketOf, socketOf } from './ready-frame.ts';
import { clientOf, type Wanted } from './subscription.ts';

/**
 * A client that lets more packets than this pile up, and has taken none for {@link SLOW_AFTER_MS}, has stopped
 * reading; it may come back and start anew.
 */
export const MAX_QUEUED_PACKETS = 1000;
export const SLOW_AFTER_MS = 1000;
/**
 * The same in characters, since a thousand packets may be a lot of memory or hardly any. The largest is not counted: it may be
 * the plant's whole state, of which no more than one waits.
 */
export const MAX_QUEUED_LENGTH = 250_000;
/** What a flow may send in one burst; above this even a client that reads is dropped, for the memory's sake. */
export const MAX_BURST_PACKETS = 10_000;
const NOTHING = Buffer.alloc(0);
/** How long a flow may take to answer a client that waits for an acknowledgement. */
export const ACKNOWLEDGE_WITHIN_MS = 10_000;

/** Who joins, and how they want to be told. */
export interface Joining {
  readonly peer: Peer;
  readonly principal: Principal;
  /** Undefined: the contract's lists. */
  readonly wanted: Wanted | undefined;
  /** Events a second on and on. */
  readonly maxEvents: number;
  /** Called with each event that the client was behind with, as soon as it has read the rest. */
  readonly tell: (event: string) => void;
}

/**
 * One connected client. State is conflated for it: while it has not read what was sent before, only the
 * names of what changed are kept, and it gets the state as it is once it has caught up.
 */
export class Session {
  readonly id: string;
  readonly peer: Peer;
  readonly protocol: 1 | 2;
  /** What it calls itself from one connection to the next, if it does. */
  readonly client: string | undefined;
  /** As {@link ClientInfo.topics}; a client may choose others. */
  topics: string;
  /** Their rights may change while they are connected. */
  principal: Principal;
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #rate: RateLimit;
  readonly #since: string;
  readonly #tell: (event: string) => void;
  readonly #behind = new Set<string>();
  #isAwaiting = false;
  readonly #waiting = new Map<string, { reply: Reply; cancel: Cancel }>();
  #replies = 0;
  #told = -Infinity;
  #lastTook: number;
  /** When it was pinged last, on the monotonic clock. */
  #pinged: number | undefined;
  #latency: number | null = null;

  constructor(socket: Socket, { peer, principal, wanted, maxEvents, tell }: Joining, clock: Clock) {
    this.id = socket.id;
    this.peer = peer;
    this.principal = principal;
    this.protocol = wanted ? PROTOCOL : 1;
    this.topics = wanted?.filter.text ?? LISTED_TOPICS;
    this.client = clientOf(socket.handshake.query[CLIENT_PARAMETER]);
    this.#socket = socket;
    this.#clock = clock;
    this.#rate = new RateLimit(clock, maxEvents);
    this.#since = isoTime(clock.now());
    this.#tell = tell;
    this.#lastTook = clock.monotonic();
    socket.conn.on('drain', () => this.#drained());
    socket.conn.on('packetCreate', ({ type }) => {
      if (type === 'ping') this.#pinged = clock.monotonic();
    });
    socket.conn.on('heartbeat', () => {
      // It may be of a ping from before it joined.
      if (this.#pinged !== undefined) this.#latency = tenths(clock.monotonic() - this.#pinged);
    });
  }

  get info(): ClientInfo {
    return {
      session: this.id,
      address: this.peer.address,
      origin: this.peer.origin,
      transport: this.#socket.conn.transport.name,
      since: this.#since,
      principal: this.principal.name,
      protocol: this.protocol,
      topics: this.topics,
      latency: this.#latency,
      queue: this.queued,
    };
  }

  emit(event: string, payload: unknown): void {
    this.#socket.emit(event, payload);
    this.dropIfSlow();
  }

  /** Sends an event that is text already, as {@link eventText} makes it. */
  sendText(text: string): void {
    this.#socket.conn.send(text);
    this.dropIfSlow();
  }

  /** Whether the client may get state now. If not, it is remembered as being behind with this event. */
  isReadyFor(event: string): boolean {
    if (this.queued === 0 && this.#unsent === 0) return true;
    this.owe(event);
    return false;
  }

  /** The client is told this event once it has read what is sent before that. */
  owe(event: string): void {
    this.#behind.add(event);
    if (this.queued === 0) this.#awaitTaken();
  }

  /** Writes a frame that is ready, past what the library does for each; false where the client is not idle. */
  write(frame: Buffer): boolean {
    const socket = idleSocketOf(this.#socket.conn);
    socket?.write(frame);
    return socket !== undefined;
  }

  /** Ends the connection, not the session of the client, which then comes back by itself. */
  dropIfSlow(): void {
    const { queued } = this;
    if (queued === 0) {
      // What was sent is on its way, so what waits from now on waits for this.
      this.#lastTook = this.#clock.monotonic();
      return;
    }
    const isStuck = this.#clock.monotonic() - this.#lastTook >= SLOW_AFTER_MS;
    const isTooMuch = (): boolean => queued > MAX_QUEUED_PACKETS || this.#queuedLength > MAX_QUEUED_LENGTH;
    if ((isStuck && isTooMuch()) || queued > MAX_BURST_PACKETS) this.cut();
  }

  /** Ends the connection as a failing network does, and not the session of the client, which then comes back by itself. */
  cut(): void {
    this.#socket.conn.close(true);
  }

  /** True while the client is connected. */
  get isConnected(): boolean {
    return this.#socket.connected;
  }

  /** Whether the client is within its rate of events. `price`: as how many this one counts. */
  take(price?: number): boolean {
    return this.#rate.take(price);
  }

  /** Tells the client, at most once a second, that something it sent was refused. */
  tellRefused(refusal: { code: string; reason: string }): void {
    const now = this.#clock.monotonic();
    if (now - this.#told < 1000) return;
    this.#told = now;
    this.emit('refused', refusal);
  }

  /** Ends the session and says why; the client may come back as somebody who may. */
  dismiss(refusal: { code: string; reason: string }): void {
    this.#socket.emit('refused', refusal);
    this.#socket.disconnect(true);
  }

  /** Keeps an acknowledgement until the flow has the answer; returns what to call it by. */
  await(reply: Reply): string {
    const name = String(++this.#replies);
    const cancel = this.#clock.after(ACKNOWLEDGE_WITHIN_MS, () => {
      const reason = `no answer within ${ACKNOWLEDGE_WITHIN_MS / 1000} s`;
      this.acknowledge(name, { ok: false, code: 'timeout', reason });
    });
    this.#waiting.set(name, { reply, cancel });
    return name;
  }

  /** False where nobody waits for this answer, or no more. Throws `invalid` for what cannot be written as JSON. */
  acknowledge(name: string, answer: unknown): boolean {
    const waiting = this.#waiting.get(name);
    if (!waiting) return false;
    this.#waiting.delete(name);
    waiting.cancel();
    try {
      writing('the answer', () => waiting.reply(answer));
    } catch (error) {
      waiting.reply({ ok: false, code: 'unexpected', reason: 'the answer cannot be written as JSON' });
      throw error;
    }
    this.dropIfSlow();
    return true;
  }

  close(): void {
    for (const { cancel } of this.#waiting.values()) cancel();
    this.#waiting.clear();
    this.#behind.clear();
  }

  #drained(): void {
    this.#lastTook = this.#clock.monotonic();
    if (this.#behind.size === 0 || this.queued > 0) return;
    if (this.#unsent > 0) {
      this.#awaitTaken();
      return;
    }
    const events = Array.from(this.#behind);
    this.#behind.clear();
    for (const event of events) this.#tell(event);
  }

  /** The engine says when it has handed on what it held, not when the system has taken that: what comes behind it is. */
  #awaitTaken(): void {
    const socket = this.#isAwaiting ? undefined : socketOf(this.#socket.conn);
    if (!socket) return;
    this.#isAwaiting = true;
    socket.write(NOTHING, () => {
      this.#isAwaiting = false;
      this.#drained();
    });
  }

  /** Bytes that the system has not taken yet. */
  get #unsent(): number {
    return socketOf(this.#socket.conn)?.writableLength ?? 0;
  }

  /** Packets that the engine holds back because the client does not read; `bufferedAmount` does not show them. */
  get queued(): number {
    return this.#queue.length;
  }

  get #queuedLength(): number {
    const lengths = this.#queue.map(({ data }) => data?.length ?? 0);
    return lengths.reduce((all, length) => all + length, 0) - Math.max(0, ...lengths);
  }

  get #queue(): readonly { readonly data?: string | Buffer }[] {
    return (this.#socket.conn as unknown as { writeBuffer: { data?: string | Buffer }[] }).writeBuffer;
  }
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
