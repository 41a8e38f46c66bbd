import type { NodeAPI } from 'node-red';
import type { Request, RequestHandler, Response } from 'express';
import { asError, FactoryError } from '../lib/base/errors.ts';

/** How long the body of an admin request may be, bytes. */
export const MAX_ADMIN_BODY = 1_000_000;

/** Answers a request of the editor: what it resolves with, as JSON. */
export type Answering = (
  body: Readonly<Record<string, unknown>>,
  request: Request,
) => object | Promise<object>;

/**
 * Serves a POST of the editor for who may change flows. Only JSON is taken: no other site can make a browser send that
 * without being asked first. A FactoryError is answered with 400, `unavailable` with 503.
 */
export function servePost(RED: NodeAPI, path: string, answer: Answering): void {
  const mayWrite = RED.auth.needsPermission('factory-iot.write') as RequestHandler;
  RED.httpAdmin.post(path, mayWrite, (request, response) => {
    if (isAcceptable(request, response)) reply(response, async () => answer(request.body as never, request));
  });
}

/** Serves a GET of the editor for who may see flows. */
export function serveGet(
  RED: NodeAPI,
  path: string,
  answer: (request: Request) => object | Promise<object>,
): void {
  const mayRead = RED.auth.needsPermission('factory-iot.read') as RequestHandler;
  RED.httpAdmin.get(path, mayRead, (request, response) => reply(response, async () => answer(request)));
}

function isAcceptable(request: Request, response: Response): boolean {
  const length = Number(request.headers['content-length'] ?? Number.NaN);
  const refuse = (status: number, error: string): false => {
    response.status(status).json({ error });
    return false;
  };
  if (!request.is('application/json')) return refuse(415, 'the body must be JSON');
  if (Number.isNaN(length)) return refuse(411, 'the length of the body is missing');
  if (length > MAX_ADMIN_BODY) return refuse(413, `the body is longer than ${MAX_ADMIN_BODY} bytes`);
  const body: unknown = request.body;
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return true;
  return refuse(400, 'the body must be a JSON object');
}

function reply(response: Response, answer: () => Promise<object>): void {
  answer().then(
    (body) => response.json(body),
    (thrown: unknown) => {
      const error = asError(thrown);
      const status = !(error instanceof FactoryError) ? 500 : error.code === 'unavailable' ? 503 : 400;
      response
        .status(status)
        .json({ error: error instanceof FactoryError ? error.toString() : error.message });
    },
  );
}

/** The editor's user, as far as it has any. */
export function userOf(request: Request): string {
  const { user } = request as { user?: { username?: unknown } };
  return typeof user?.username === 'string' && user.username !== '' ? user.username : 'editor';
}
