import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { clientAddress, NO_PROXIES, type Proxies } from './proxies.ts';

/** Where a request came from, as its transport tells it, and what it has brought to say who asks. */
export interface Peer {
  readonly via: 'http' | 'socket';
  /** The address of the other end of the connection, or the one for which a trusted proxy asks. */
  readonly address: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** Whether a proxy says that it only passes the request on (X-Forwarded-…, Forwarded). */
  readonly forwarded: boolean;
  /**
   * Whether the browser says that the page of another site asks (Sec-Fetch-Site). For pictures and scripts it is
   * the only sign: they carry no Origin. Following a link from elsewhere is not meant.
   */
  readonly crossSite: boolean;
  readonly credential?: Credential | undefined;
}

export type Credential =
  /** A token or a session, sent knowingly: no page of others can make a browser send it. */
  | { readonly kind: 'bearer'; readonly secret: string }
  /** A cookie, which browsers send by themselves: it opens pages, and nothing can be moved by it. */
  | { readonly kind: 'page'; readonly secret: string }
  /** What somebody was known by before, and whether that was by a cookie. */
  | { readonly kind: 'grant'; readonly grant: string; readonly isPage: boolean };

/** Where the Authorization header is Node-RED's own (httpNodeAuth), the token comes in this one. */
export const TOKEN_HEADER = 'x-factory-token';
export const PAGE_COOKIE = 'factory_page';

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
export function peerOf(request: IncomingMessage, via: Peer['via'], proxies: Proxies = NO_PROXIES): Peer {
  const { headers } = request;
  const remote = request.socket.remoteAddress ?? '';
  const isTrusted = proxies.has(remote);
  const credential = credentialOf(headers);
  return {
    via,
    address: clientAddress(proxies, remote, textOf(headers['x-forwarded-for'])),
    host: (isTrusted ? textOf(headers['x-forwarded-host']) : undefined) ?? headers.host,
    origin: headers.origin,
    forwarded: isForwarded(headers),
    crossSite: headers['sec-fetch-site'] === 'cross-site' && !isLinkFollowed(headers),
    ...(credential && { credential }),
  };
}

/** Whether the way to whoever asks is encrypted, as far as it can be known: cookies must then not go another way. */
export function isEncrypted(request: IncomingMessage, proxies: Proxies): boolean {
  if ((request.socket as { encrypted?: boolean }).encrypted === true) return true;
  const remote = request.socket.remoteAddress ?? '';
  return proxies.has(remote) && textOf(request.headers['x-forwarded-proto']) === 'https';
}

function credentialOf(headers: IncomingHttpHeaders): Credential | undefined {
  const own = textOf(headers[TOKEN_HEADER]);
  if (own !== undefined) return { kind: 'bearer', secret: own };
  const bearer = /^Bearer +([\w.~+/=-]+) *$/i.exec(headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return { kind: 'bearer', secret: bearer };
  const page = cookieOf(headers.cookie ?? '', PAGE_COOKIE);
  return page === undefined ? undefined : { kind: 'page', secret: page };
}

function cookieOf(cookies: string, name: string): string | undefined {
  const found = cookies.split(';').find((cookie) => cookie.trimStart().startsWith(`${name}=`));
  return found?.slice(found.indexOf('=') + 1).trim();
}

function textOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(', ') : header;
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
