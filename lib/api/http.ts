/** The parts of Express's requests and responses that are used here: enough to run behind any version of it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from './answer.ts';
import { pathOf } from './path.ts';

export interface WebRequest extends IncomingMessage {
  /** Where the router that has the request is mounted, as the request spells it; empty at the root. */
  baseUrl?: string;
  /** What follows {@link WebRequest.baseUrl}, without the query, not decoded: what routes are compared with. */
  path?: string;
  query?: Record<string, unknown>;
  body?: unknown;
  /** Set by body-parser where the body has been read: later parsers then leave it alone. */
  _body?: boolean;
}

export interface WebResponse extends ServerResponse {
  json?: unknown;
  jsonp?: unknown;
}

export type Next = (error?: unknown) => void;

/**
 * The path exactly as Express's routes see it. Not taken from the request line: that may also be absolute
 * (`GET http://host/api/…`) or have other forms that Express routes by rules of its own.
 */
export function pathOfRequest(request: WebRequest): string {
  return (request.baseUrl ?? '') + (request.path ?? pathOf(request.url ?? '/'));
}

/** Whether a request says that it brings a body, however short. */
export function carriesBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * Sends an answer as JSON. Does nothing where another answer has begun or nobody waits any more. Where a body
 * is still on its way the answer goes out at once but ends with the body: a client that sends all before it
 * reads would else find the connection closed, and never learn why.
 */
export function sendAnswer(response: ServerResponse, { status, body, headers }: Answer): void {
  if (response.headersSent || response.destroyed) return;
  if (body === undefined) {
    response.writeHead(status, headers).end();
    return;
  }
  const text = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': text.length,
    ...headers,
  });
  const request = response.req;
  if (request.complete || !carriesBody(request)) {
    response.end(text);
    return;
  }
  response.write(text);
  const end = (): void => void response.end();
  request.once('end', end).once('close', end).resume();
}

/** Headers that cost nothing: nobody keeps an answer, takes it for a script, or embeds it in another page. */
export const SAFE_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
};

/**
 * Makes JSONP impossible: `http response` nodes answer through `jsonp()`, and with `?callback=x` any web page
 * could load the answer as a script.
 */
export function preventJsonp(request: WebRequest, response: WebResponse | undefined): void {
  if (request.query) delete request.query['callback'];
  // The parameter's name is a setting of the host, so that one as well.
  if (response?.json !== undefined) response.jsonp = response.json;
}
