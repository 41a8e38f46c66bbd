/** Requests as no well-behaved client sends them, from any address of loopback; each ends by itself. */
import { request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';

const WITHIN_MS = 15_000;

export interface Got {
  /** Of every answer that came on the connection, in order; empty where it was closed without one. */
  readonly statuses: readonly number[];
  readonly text: string;
}

/**
 * Sends bytes as they are and reads until the other end closes, or for `withinMs`. `ends`: when this end says that there is
 * no more, after so many answers for example, or that it resets the connection once all is sent. `more`: what it sends last.
 */
export function bytes(
  port: number,
  parts: readonly (string | Buffer)[],
  {
    from = '127.0.0.1',
    withinMs = WITHIN_MS,
    ends,
    more = '',
  }: { from?: string; withinMs?: number; ends?: 'at once' | 'reset' | number; more?: string } = {},
): Promise<Got> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: from });
    const chunks: Buffer[] = [];
    const limit = setTimeout(() => socket.destroy(), withinMs);
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if (typeof ends === 'number' && statusesOf(chunks).length >= ends) socket.end(more);
    });
    socket.once('close', () => {
      clearTimeout(limit);
      resolve({ statuses: statusesOf(chunks), text: textOf(chunks) });
    });
    for (const part of parts) socket.write(part);
    if (ends === 'at once') socket.end(more);
    else if (ends === 'reset') socket.write('', () => socket.resetAndDestroy());
  });
}

function textOf(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString('latin1');
}

/** Where the body before it has no line of its own, it is in the middle of one. */
function statusesOf(chunks: readonly Buffer[]): number[] {
  return [...textOf(chunks).matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

/** A request line and headers, where these may be given twice or be wrong. */
export function lines(first: string, ...headers: readonly string[]): string {
  return `${[first, ...headers].join('\r\n')}\r\n\r\n`;
}

export interface Told {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** A request that is well-formed, from an address of one's choice. A refusal that comes before all was sent counts. */
export function tell(
  port: number,
  path: string,
  {
    method = 'GET',
    from = '127.0.0.1',
    headers = {},
    body,
  }: { method?: string; from?: string; headers?: Record<string, string>; body?: string | Buffer } = {},
): Promise<Told> {
  return new Promise((resolve, reject) => {
    const asked = httpRequest({
      host: '127.0.0.1',
      port,
      path,
      method,
      localAddress: from,
      agent: false,
      headers: {
        ...(body !== undefined && {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        }),
        ...headers,
      },
    });
    asked.setTimeout(WITHIN_MS, () =>
      asked.destroy(new Error(`no answer to ${method} ${path.slice(0, 80)}`)),
    );
    let isAnswered = false;
    asked.on('error', (error) => {
      if (!isAnswered) reject(error);
    });
    asked.on('response', (response) => {
      isAnswered = true;
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('close', () => {
        resolve({ status: response.statusCode ?? 0, headers: { ...response.headers }, text });
      });
    });
    asked.end(body);
  });
}

/** Many connections that do nothing more, all from addresses of loopback in turn. */
export async function holdOpen(port: number, count: number, said: string): Promise<Socket[]> {
  const sockets: Socket[] = [];
  const connected: Promise<unknown>[] = [];
  for (let index = 0; index < count; index++) {
    const socket = connect({ port, host: '127.0.0.1', localAddress: `127.0.1.${1 + (index % 250)}` });
    socket.on('error', () => socket.destroy());
    socket.resume();
    if (said !== '') socket.write(said);
    sockets.push(socket);
    connected.push(new Promise((resolve) => socket.once('connect', resolve).once('close', resolve)));
  }
  await Promise.all(connected);
  return sockets;
}
