import bodyParser from 'body-parser';
import { problem } from './answer.ts';
import type { Answer } from './answer.ts';
import { checkBody, checkDepth, MAX_BODY_BYTES } from './body.ts';
import { answerOfError } from './http-errors.ts';
import { carriesBody } from './http.ts';
import type { WebRequest, WebResponse } from './http.ts';

/** These say by themselves that there is a body. */
const NEED_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);
/** `application/json`, and every type that is JSON by its suffix (RFC 6839). */
const JSON_TYPE = /^\s*[\w.+-]+\/(?:json|[\w.-]+\+json)\s*(?:;|$)/i;

// Whether it is JSON has been decided before, and objects are checked for after, with a clearer message.
const parse = bodyParser.json({ limit: MAX_BODY_BYTES, inflate: false, strict: false, type: () => true });

/**
 * Reads the body of a request into `request.body`, within the limits of the contract, and tells `then`: with
 * the answer where it must not go on. Later parsers find it read and leave it alone.
 */
export function readBody(request: WebRequest, response: WebResponse, then: (refusal?: Answer) => void): void {
  if (!hasBody(request)) {
    if (request.method !== 'GET' && request.method !== 'HEAD') request._body = true;
    then();
    return;
  }
  const refusal = refusalByHeaders(request);
  if (refusal || wasRead(request)) {
    then(refusal ?? refusalOfRead(request));
    return;
  }
  parse(request, response, (error?: unknown) => {
    request._body = true;
    then(error === undefined ? refusalOfBody(request) : answerOfError(error));
  });
}

/** What is wrong with a body before anything of it is read; undefined where there is none. */
export function refusalByHeaders(request: WebRequest): Answer | undefined {
  if (!hasBody(request)) return undefined;
  const { headers } = request;
  if (!JSON_TYPE.test(headers['content-type'] ?? '')) {
    // Web pages may send forms and plain text anywhere without asking first; JSON they may not.
    const given = headers['content-type'] === undefined ? 'no Content-Type' : 'another Content-Type';
    return problem(
      400,
      'invalid',
      `the body must be JSON, and the request has ${given}`,
      'Send it with Content-Type: application/json',
    );
  }
  if ((headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity') {
    return problem(415, 'invalid', 'the body is compressed', 'Send it without Content-Encoding');
  }
  if (Number(headers['content-length'] ?? 0) > MAX_BODY_BYTES) return tooLarge();
  return undefined;
}

/** What is wrong with the depth of a body that was read already, whatever it is; undefined where nothing is. */
export function refusalOfDepth({ body }: WebRequest): Answer | undefined {
  try {
    checkDepth(body);
    return undefined;
  } catch (error) {
    return answerOfError(error);
  }
}

/** What another parser has read may be larger than it should: only the length that was told says so. */
function refusalOfRead(request: WebRequest): Answer | undefined {
  if (request.headers['transfer-encoding'] !== undefined) {
    return problem(
      411,
      'invalid',
      'the length of the body is not known in advance, which this server needs',
      'Send it with Content-Length, or let Node-RED serve its editor elsewhere than at /',
    );
  }
  return refusalOfBody(request);
}

function refusalOfBody(request: WebRequest): Answer | undefined {
  // Whoever turns on raw bodies in an http in node gets them raw.
  if (Buffer.isBuffer(request.body)) return undefined;
  try {
    checkBody(request.body);
    return undefined;
  } catch (error) {
    return answerOfError(error);
  }
}

/** Whether a request has a body that anybody would read. */
function hasBody(request: WebRequest): boolean {
  const { method = 'GET' } = request;
  if (method === 'GET' || method === 'HEAD') return false;
  return NEED_BODY.has(method) || carriesBody(request);
}

/** Whether another parser came first, such as the editor's where that is at the root. */
function wasRead(request: WebRequest): boolean {
  return request._body === true || request.readableEnded;
}

function tooLarge(): Answer {
  return problem(413, 'limit', `the body is larger than ${MAX_BODY_BYTES} bytes`);
}
