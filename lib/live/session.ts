import type { Socket } from 'socket.io';
import type { Peer } from '../access/authorise.ts';
import type { Principal } from '../access/principal.ts';
import type { Cancel, Clock } from '../base/clock.ts';
import { isoTime } from '../base/clock.ts';
import type { Reply } from './incoming.ts';
import { writing } from './outgoing.ts';
import { RateLimit } from './rate-limit.ts';

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
/** How long a flow may take to answer a client that waits for an acknowledgement. */
export const ACKNOWLEDGE_WITHIN_MS = 10_000;

/** A client as others see it. */
export interface ClientInfo {
  /** Names this connection; a client that comes back gets another. */
  readonly session: string;
  readonly address: string;
  readonly origin: string | undefined;
  readonly transport: string;
  /** When it connected, ISO 8601. */
  readonly since: string;
  /** As the audit names it. */
  readonly principal: string;
  /** 2 where it is told what changes, by lib/live/protocol.ts; 1: the lists of the contract. */
  readonly protocol: 1 | 2;
}

/** Who joins, and how they want to be told. */
export interface Joining {
  readonly peer: Peer;
  readonly principal: Principal;
  readonly protocol: 1 | 2;
}

/**
 * One connected client. State is conflated for it: while it has not read what was sent before, only the
 * names of what changed are kept, and it gets the state as it is once it has caught up.
 */
export class Session {
  readonly id: string;
  readonly peer: Peer;
  readonly protocol: 1 | 2;
  /** Their rights may change while they are connected. */
  principal: Principal;
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #rate: RateLimit;
  readonly #since: string;
  readonly #behind = new Set<string>();
  readonly #waiting = new Map<string, { reply: Reply; cancel: Cancel }>();
  #replies = 0;
  #told = -Infinity;
  #lastTook: number;

  constructor(socket: Socket, { peer, principal, protocol }: Joining, clock: Clock) {
    this.id = socket.id;
    this.peer = peer;
    this.principal = principal;
    this.protocol = protocol;
    this.#socket = socket;
    this.#clock = clock;
    this.#rate = new RateLimit(clock);
    this.#since = isoTime(clock.now());
    this.#lastTook = clock.monotonic();
    socket.conn.on('drain', () => (this.#lastTook = clock.monotonic()));
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
    };
  }

  emit(event: string, payload: unknown): void {
    this.#socket.emit(event, payload);
    this.dropIfSlow();
  }

  /** Whether the client may get state now. If not, it is remembered as being behind with this event. */
  isReadyFor(event: string): boolean {
    if (this.queued === 0) return true;
    this.#behind.add(event);
    return false;
  }

  /** Calls `send` with each event that the client is behind with, as soon as it has read the rest, and `readAll` then. */
  onCaughtUp(send: (event: string) => void, readAll: () => void): void {
    this.#socket.conn.on('drain', () => {
      if (this.queued === 0) readAll();
      const events = Array.from(this.#behind);
      this.#behind.clear();
      for (const event of events) send(event);
    });
  }

  /** Ends the connection, not the session of the client, which then comes back by itself. */
  dropIfSlow(): void {
    const { queued } = this;
    if (queued === 0) return;
    const isStuck = this.#clock.monotonic() - this.#lastTook >= SLOW_AFTER_MS;
    const isTooMuch = (): boolean => queued > MAX_QUEUED_PACKETS || this.#queuedLength > MAX_QUEUED_LENGTH;
    if ((isStuck && isTooMuch()) || queued > MAX_BURST_PACKETS) this.#socket.conn.close(true);
  }

  /** Whether the client is within its rate of events. */
  take(): boolean {
    return this.#rate.take();
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
