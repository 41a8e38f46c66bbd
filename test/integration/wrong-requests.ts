/** Requests that are wrong in every way that has a name, with the status the contract has for each. */
import { head, post, raw } from '../lib/api/web.ts';
import type { Reply } from '../lib/api/web.ts';

export interface WrongRequest {
  readonly what: string;
  readonly status: number;
  /** `api` is the full URL of the base path. */
  readonly send: (api: string) => Promise<Reply>;
}

/** The largest body the contract takes. */
export const LIMIT = 65_536;

/** A valid body of so many bytes: JSON may have as much space as it likes. */
export const padded = (bytes: number): string => `{"value":1${' '.repeat(bytes - 11)}}`;

/** Ids that mean something to a file system, a URL, a database or JavaScript itself, as they are in a path. */
export const HOSTILE_IDS = [
  'none',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  '..%2Fx',
  '..%2F..%2Fetc%2Fpasswd',
  '%00',
  'relay1%00',
  '%0d%0aX-Injected:%201',
  '%F0%9F%98%80',
  '%E2%80%AE',
  '%25',
  "'%20OR%201=1--",
  '$%7Bprocess%7D',
  '*',
  '0',
  'null',
  'x'.repeat(10_000),
] as const;

const VALUE = '/devices/sensor_001/value';
const STATUS = '/devices/sensor_001/status';
const RELAY = '/relays/relay1';

const wrong = (what: string, status: number, send: WrongRequest['send']): WrongRequest => ({
  what,
  status,
  send,
});
const posted = (what: string, status: number, path: string, body: string, type?: string): WrongRequest =>
  wrong(what, status, (api) => post(api + path, body, type));
/** Sent as bytes: `path` is not made any better on its way. */
const asked = (method: string, path: string, status: number): WrongRequest =>
  wrong(`${method} ${path.slice(0, 60)}`, status, (api) => {
    const { pathname } = new URL(api);
    const body = ['POST', 'PUT', 'PATCH'].includes(method) ? '{}' : '';
    const json = body !== '' && { 'content-type': 'application/json', 'content-length': body.length };
    return raw(api, head(`${method} ${pathname}${path}`, { ...json }), body);
  });

const nested = (open: string, close: string): string =>
  `{"value":${open.repeat(5000)}1${close.repeat(5000)}}`;
const MALFORMED = [
  '{',
  '{"value":1',
  "{'value':1}",
  '{"value":}',
  '{"value":1}}',
  '{"value":NaN}',
  'undefined',
];
const NO_OBJECTS = ['null', '[]', '[{"value":1}]', '1', '"value"', 'true'];

/** What is wrong whichever parser reads the body first. */
export const WRONG: readonly WrongRequest[] = [
  ...[VALUE, STATUS, RELAY].flatMap((path) => [
    ...MALFORMED.map((body) => posted(`malformed ${body} to ${path}`, 400, path, body)),
    ...NO_OBJECTS.map((body) => posted(`no object but ${body} to ${path}`, 400, path, body)),
    posted(`nothing to ${path}`, 400, path, ''),
    posted(`an empty object to ${path}`, 400, path, '{}'),
    posted(`text/plain to ${path}`, 400, path, '{"value":1,"status":"active","action":"on"}', 'text/plain'),
    posted(`a form to ${path}`, 400, path, 'value=1&action=on', 'application/x-www-form-urlencoded'),
    posted(`a multipart form to ${path}`, 400, path, '--x--', 'multipart/form-data; boundary=x'),
    posted(`one byte over the limit to ${path}`, 413, path, padded(LIMIT + 1)),
    posted(`12 MB to ${path}`, 413, path, padded(12_000_000)),
    posted(`12 MB of text to ${path}`, 400, path, 'x'.repeat(12_000_000), 'text/plain'),
  ]),
  posted('objects nested 5,000 deep', 400, VALUE, nested('{"a":', '}')),
  posted('arrays nested 5,000 deep', 400, VALUE, nested('[', ']')),
  ...['{"Value":1}', '{"value":{}}', '{"value":[]}', '{"__proto__":{"value":1}}'].map((body) =>
    posted(`the value ${body}`, 400, VALUE, body),
  ),
  posted('a value of 60,000 characters', 400, VALUE, JSON.stringify({ value: 'x'.repeat(60_000) })),
  ...['"on"', '"Active"', '""', 'null', '1', '["active"]', '{}', '"constructor"'].map((status) =>
    posted(`the status ${status}`, 400, STATUS, `{"status":${status}}`),
  ),
  ...['"toggle"', '"ON "', '""', 'null', 'true', '1', '["on"]', '{}', '"__proto__"'].map((action) =>
    posted(`the action ${action}`, 400, RELAY, `{"action":${action}}`),
  ),
  posted('another charset', 415, VALUE, '{"value":1}', 'application/json; charset=latin1'),
  wrong('a compressed body', 415, (api) => {
    const { pathname } = new URL(api);
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip', 'content-length': 4 };
    return raw(api, head(`POST ${pathname}${VALUE}`, headers), Buffer.from([0x1f, 0x8b, 8, 0]));
  }),
  ...HOSTILE_IDS.flatMap((id) => [
    asked('GET', `/devices/${id}`, 404),
    posted(`a value for ${id.slice(0, 30)}`, 404, `/devices/${id}/value`, '{"value":1}'),
    posted(`a status for ${id.slice(0, 30)}`, 404, `/devices/${id}/status`, '{"status":"active"}'),
    posted(`a command for ${id.slice(0, 30)}`, 404, `/relays/${id}`, '{"action":"on"}'),
  ]),
  ...['/devices/%', '/devices/%zz', '/devices/%c0%ae', '/%'].map((path) => asked('GET', path, 400)),
  asked('POST', '/relays/%', 400),
  ...[
    '',
    '/',
    '/none',
    '//devices',
    '/devices//',
    '/../x',
    '/devices/../relays',
    '/%2e%2e/x',
    '/__proto__',
  ].map((path) => asked('GET', path, 404)),
  asked('GET', '/devices/sensor_001/value', 404),
  asked('GET', '/relays/relay1', 404),
  asked('POST', '/devices', 404),
  asked('POST', '/none', 404),
  asked('PUT', VALUE, 404),
  asked('PATCH', RELAY, 404),
  asked('DELETE', '/devices/sensor_001', 404),
  asked('DELETE', RELAY, 404),
  asked('OPTIONS', '/none', 404),
  asked('TRACE', '/devices', 404),
];

/** A body in one chunk, without its length. */
export function chunked(api: string, body: string): Promise<Reply> {
  const { pathname } = new URL(api);
  const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
  const size = Buffer.byteLength(body).toString(16);
  return raw(api, head(`POST ${pathname}${VALUE}`, headers), `${size}\r\n`, body, '\r\n0\r\n\r\n');
}
