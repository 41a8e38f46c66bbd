/** Clients as they exist in the field: socket.io-client with the original's options, and plain HTTP. */
import { once } from 'node:events';
import { io, type Socket } from 'socket.io-client';

export const TRANSPORTS = ['websocket', 'polling'] as const;
/** How long an event may take to come on a slow machine. */
const WITHIN_MS = 15_000;

export type Transport = (typeof TRANSPORTS)[number];

/** A connected client that remembers what it heard. */
export interface Client {
  readonly socket: Socket;
  /** Every event heard, in order. */
  readonly heard: { event: string; payload: unknown }[];
  /** The next payload of this event (or the first one that `matches`) from now on. */
  next<T = Record<string, unknown>>(event: string, matches?: (payload: T) => boolean): Promise<T>;
  readonly close: () => void;
}

/** Connects as the original's client does, over one transport so that a test knows which it tests. */
export async function connect(url: string, transport: Transport, options: object = {}): Promise<Client> {
  const client = open(url, { transports: [transport], ...options });
  await once(client.socket as never, 'connect');
  return client;
}

/** The same without waiting for the connection, for clients that are refused. */
export function open(url: string, options: object): Client {
  const socket = io(url, { timeout: 20_000, reconnectionDelay: 1000, forceNew: true, ...options });
  const heard: Client['heard'] = [];
  socket.onAny((event: string, payload: unknown) => heard.push({ event, payload }));
  return {
    socket,
    heard,
    next: <T>(event: string, matches: (payload: T) => boolean = () => true) =>
      new Promise<T>((resolve, reject) => {
        const limit = setTimeout(() => {
          socket.off(event, hear);
          reject(
            new Error(
              `no ${event} within ${WITHIN_MS / 1000} s; heard: ${heard.map((h) => h.event).join(', ') || 'nothing'}`,
            ),
          );
        }, WITHIN_MS);
        const hear = (payload: T): void => {
          if (!matches(payload)) return;
          clearTimeout(limit);
          socket.off(event, hear);
          resolve(payload);
        };
        socket.on(event, hear);
      }),
    close: () => void socket.close(),
  };
}

export interface Answer {
  status: number;
  headers: Headers;
  /** The parsed body; a body that is no JSON throws, as no answer under /api may be anything else. */
  body: Record<string, unknown>;
}

export async function request(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  if (!type.startsWith('application/json'))
    throw new Error(`${response.status} ${type}: ${text.slice(0, 200)}`);
  return { status: response.status, headers: response.headers, body: JSON.parse(text) as Answer['body'] };
}

export function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  return request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}
