import { io, type Socket } from 'socket.io-client';
import { CLIENT_PARAMETER, type Handshake } from '../lib/live/protocol.ts';
import { none, type ClientClock } from './clock.ts';
import { isObject, wordsOf } from './shapes.ts';
import type { Where } from './where.ts';

/** A handshake that hangs is given up after this. */
const HANDSHAKE_WITHIN_MS = 5000;
const RETRY_MS = 1000;
const MAX_RETRY_MS = 5000;
/** A connection that lasted this long was no refusal. */
const LASTED_MS = 5000;

type Transport = 'websocket' | 'polling';

/** Why there is no live connection. */
export interface Why {
  readonly words: string;
  /** Whether these are the server's own words. */
  readonly ofServer: boolean;
  /** What the server calls it, where it says so. */
  readonly code?: string;
}

export interface SocketHearing {
  up(): void;
  down(why: Why): void;
  /** An attempt did not succeed; the next one follows by itself. */
  failed(why: Why): void;
  /** The server gave a sign of life. */
  heard(): void;
  event(name: string, args: readonly unknown[]): void;
}

export interface SocketOptions {
  readonly where: Where;
  /** What this client calls itself. */
  readonly name: string;
  /** Read anew for each connection. */
  readonly handshake: () => Handshake;
  readonly clock: ClientClock;
  readonly hearing: SocketHearing;
}

/** Nothing has left this machine, and nothing will. */
export class NotSent extends Error {
  constructor() {
    super('not connected, so nothing was sent');
    this.name = 'NotSent';
  }
}

/** The live connection: made again for ever, and never with anything that was meant for an earlier one. */
export class SocketLink {
  readonly #socket: Socket;
  readonly #clock: ClientClock;
  #cancel = none;
  #upSince = 0;
  #dismissals = 0;
  #held = false;
  #token: string | undefined;

  constructor({ where, name: client, handshake, clock, hearing }: SocketOptions) {
    this.#clock = clock;
    const socket = io(where.origin, {
      path: where.path,
      query: { [CLIENT_PARAMETER]: client },
      forceNew: true,
      transports: ['websocket', 'polling'],
      tryAllTransports: true,
      timeout: HANDSHAKE_WITHIN_MS,
      reconnectionAttempts: Infinity,
      reconnectionDelay: RETRY_MS,
      reconnectionDelayMax: MAX_RETRY_MS,
      randomizationFactor: 0.5,
      auth: (give) => {
        const said = handshake();
        this.#token = said.token;
        give(said);
      },
    });
    this.#socket = socket;
    socket.io.on('open', () => socket.io.engine.on('packet', () => hearing.heard()));
    socket.on('connect', () => {
      this.#upSince = clock.monotonic();
      hearing.up();
    });
    socket.on('disconnect', (reason) => {
      if (clock.monotonic() - this.#upSince >= LASTED_MS) this.#dismissals = 0;
      this.#forget();
      if (this.#held) return;
      this.#comeBack();
      hearing.down({ words: `the live connection was lost (${reason})`, ofServer: false });
    });
    socket.on('connect_error', (error) => {
      if (error.message === 'timeout') this.#tryOtherTransportFirst();
      this.#comeBack();
      hearing.failed(whyOf(error));
    });
    socket.onAny((name: unknown, ...args: unknown[]) => {
      // Behind the arguments of an event that wants an answer there is the function that gives it.
      const told = typeof args[args.length - 1] === 'function' ? args.slice(0, -1) : args;
      hearing.event(String(name), told);
    });
  }

  get connected(): boolean {
    return this.#socket.connected;
  }

  get transport(): Transport {
    // Between two connections there is no engine, whatever its type says.
    const engine = this.#socket.io.engine as Socket['io']['engine'] | undefined;
    return engine?.transport.name === 'polling' ? 'polling' : 'websocket';
  }

  /** With which the last connection was asked for. */
  get token(): string | undefined {
    return this.#token;
  }

  emit(event: string): void {
    if (this.#socket.connected) this.#socket.emit(event);
    this.#forget();
  }

  /**
   * Rejects where there is no answer within `within` milliseconds or the connection is lost, with {@link NotSent}
   * where nothing has been sent.
   */
  async ask(within: number, event: string, ...args: unknown[]): Promise<unknown> {
    if (!this.#socket.connected) throw new NotSent();
    const answer: Promise<unknown> = this.#socket.timeout(within).emitWithAck(event, ...args);
    if (this.#forget()) {
      answer.catch(none);
      throw new NotSent();
    }
    return answer;
  }

  /** Tries at once instead of waiting for the next turn. */
  hurry(): void {
    if (this.#socket.connected || this.#held) return;
    this.restart();
  }

  /** Connects anew, whatever there is. */
  restart(): void {
    // Ends an attempt that may hang on a network that is gone, and the wait for the next one.
    this.hold();
    this.#held = false;
    this.#socket.connect();
  }

  /** Ends the connection, and makes none until {@link restart}. */
  hold(): void {
    this.#held = true;
    this.#cancel();
    this.#dismissals = 0;
    this.#socket.disconnect();
  }

  close(): void {
    this.#cancel();
    this.#socket.offAny();
    this.#socket.off();
    this.#socket.io.off();
    this.#socket.disconnect();
  }

  /**
   * Drops what Socket.IO kept to send it on the next connection, which it does also on one that it believes to be
   * up and then finds dead: a command must never arrive later than it was meant. True where there was anything.
   */
  #forget(): boolean {
    const { sendBuffer } = this.#socket;
    return sendBuffer.splice(0).length > 0;
  }

  /** Whom the server sent away Socket.IO does not bring back. */
  #comeBack(): void {
    if (this.#socket.active) return;
    this.#cancel();
    const delay = Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** this.#dismissals++);
    this.#cancel = this.#clock.after(delay * (0.75 + Math.random() / 4), () => this.#socket.connect());
  }

  /** Some proxies swallow WebSockets without a word, and then the next attempt would hang as well. */
  #tryOtherTransportFirst(): void {
    const { opts } = this.#socket.io;
    const [first, second] = opts.transports as Transport[];
    opts.transports = [second, first] as Transport[];
  }
}

/** The server's own words: beside its refusal, or in the body of what it answered to a polling request. */
function whyOf(error: Error): Why {
  const { context, data } = error as { context?: unknown; data?: unknown };
  const text = isObject(context) ? context['responseText'] : undefined;
  const told = isObject(data) ? data : typeof text === 'string' ? parsed(text) : undefined;
  const words = wordsOf(told);
  if (words === undefined) return { words: `no live connection (${error.message})`, ofServer: false };
  const code = isObject(told) ? told['code'] : undefined;
  return { words, ofServer: true, ...(typeof code === 'string' && { code }) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
