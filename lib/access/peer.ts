import type { IncomingMessage } from 'node:http';
import type { Peer } from './authorise.ts';

/** What proxies add to the requests they pass on. One of them is enough to know that the asker is elsewhere. */
const FORWARDING_HEADERS = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
] as const;

/** Where an HTTP request, or the handshake of a socket, came from. */
export function peerOf(request: IncomingMessage, via: Peer['via']): Peer {
  const { headers } = request;
  return {
    via,
    address: request.socket.remoteAddress ?? '',
    host: headers.host,
    origin: headers.origin,
    forwarded: FORWARDING_HEADERS.some((name) => headers[name] !== undefined),
  };
}
