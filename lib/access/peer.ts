import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Peer } from './authorise.ts';

/**
 * What proxies add to the requests they pass on, besides everything that begins with `x-forwarded`. One of them is
 * enough to know that the asker is elsewhere.
 */
const FORWARDING_HEADERS = [
  'forwarded',
  'via',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'fastly-client-ip',
] as const;

/** Where an HTTP request, or the handshake of a socket, came from. */
export function peerOf(request: IncomingMessage, via: Peer['via']): Peer {
  const { headers } = request;
  return {
    via,
    address: request.socket.remoteAddress ?? '',
    host: headers.host,
    origin: headers.origin,
    forwarded: isForwarded(headers),
    crossSite: headers['sec-fetch-site'] === 'cross-site' && !isLinkFollowed(headers),
  };
}

function isForwarded(headers: IncomingHttpHeaders): boolean {
  return (
    FORWARDING_HEADERS.some((name) => headers[name] !== undefined) ||
    Object.keys(headers).some((name) => name.startsWith('x-forwarded'))
  );
}

/** A person comes here from another page; that page learns nothing of it. A frame in that page is something else. */
function isLinkFollowed(headers: IncomingHttpHeaders): boolean {
  return headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
}
