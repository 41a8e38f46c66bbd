/** How requests and upgrades are answered that get no further: JSON in clear text, on both transports. */
import { STATUS_CODES } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

export interface Refusal {
  readonly status: 401 | 403 | 429 | 503;
  readonly code: 'unauthenticated' | 'forbidden' | 'limit' | 'unavailable';
  /** For a person. */
  readonly reason: string;
}

/** Answers a polling request. Headers that are set already, such as those of CORS, go along. */
export function refuseRequest(response: ServerResponse, refusal: Refusal): void {
  response.writeHead(refusal.status, { 'content-type': 'application/json' });
  response.end(bodyOf(refusal));
}

/**
 * Answers an upgrade with an HTTP response, at once: whoever waits would be cut off by others without a word. Then the
 * connection is over, whatever the other end does: nobody reads from it, so nobody would notice that it is closed there.
 */
export function refuseUpgrade(socket: Duplex, refusal: Refusal): void {
  const body = bodyOf(refusal);
  // The other end may be gone already; without a listener that would end the process.
  socket.on('error', () => socket.destroy());
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}\r\n` +
      'Connection: close\r\nContent-Type: application/json\r\n' +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** The error by which Socket.IO tells a client why it may not join. */
export function refused(refusal: { readonly code: string; readonly reason: string }): Error {
  const { code, reason } = refusal;
  return Object.assign(new Error(reason), { data: { code, reason } });
}

function bodyOf({ code, reason }: Refusal): string {
  return JSON.stringify({ error: reason, code, reason });
}
