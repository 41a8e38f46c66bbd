import type { IncomingMessage, ServerResponse } from 'node:http';
import { originAllowed } from '../access/authorise.ts';
import type { AccessPolicy, Peer } from '../access/authorise.ts';

/** What a flow below the base path may serve, whatever the API itself does. */
const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE';
/** How long a browser may remember a preflight, seconds. */
const MAX_AGE = '600';

/** Lets pages of an allowed origin read the answer, whatever it will be: also why they are refused. */
export function allowOrigin(policy: AccessPolicy, peer: Peer, response: ServerResponse): void {
  response.setHeader('vary', 'Origin');
  // Node-RED 4 with its editor at / has let everyone in before.
  response.removeHeader('access-control-allow-origin');
  if (peer.origin === undefined || !originAllowed(policy, peer)) return;
  response.setHeader('access-control-allow-origin', peer.origin);
}

/**
 * Answers the question that browsers ask ahead of a request; false where this is none, or the origin is not
 * allowed. Only the origin counts: a preflight carries no sign of who asks, the request after it does.
 */
export function answerPreflight(
  policy: AccessPolicy,
  peer: Peer,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const { method, headers } = request;
  if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) return false;
  if (peer.origin === undefined || !originAllowed(policy, peer)) return false;
  response.writeHead(204, {
    'access-control-allow-methods': METHODS,
    'access-control-allow-headers': headers['access-control-request-headers'] ?? 'content-type',
    'access-control-max-age': MAX_AGE,
  });
  response.end();
  return true;
}
