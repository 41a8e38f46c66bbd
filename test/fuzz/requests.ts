/** Requests of HTTP as clients, programs and strangers send them: whole ones, handshakes, and what is no request. */
import { lines } from '../abuse/bytes.ts';
import type { Dice } from './dice.ts';
import { command } from './packets.ts';
import { damaged, json, object, RELAYS } from './values.ts';

const HOST = 'Host: 127.0.0.1';
const JSON_TYPE = 'Content-Type: application/json';

/** A request that ends where it says, so that it is answered and the next one after it. */
export function wholeRequest(dice: Dice, who: readonly string[]): Buffer {
  const method = dice.weigh(METHODS);
  const target = dice.weigh(TARGETS)(dice);
  const headers = [HOST, ...who, ...odd(dice)];
  if (!dice.chance(method === 'POST' ? 0.95 : 0.1))
    return Buffer.from(lines(`${method} ${target} HTTP/1.1`, ...headers));
  const content = Buffer.from(
    dice.chance(0.7) ? command(dice) : dice.chance(0.5) ? json(dice) : object(dice),
  );
  const type = dice.chance(0.9) ? JSON_TYPE : `Content-Type: ${dice.pick(TYPES)}`;
  const isChunked = dice.chance(0.1);
  const framing = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${content.length}`;
  const head = Buffer.from(lines(`${method} ${target} HTTP/1.1`, ...headers, type, framing));
  return Buffer.concat([head, isChunked ? chunked(dice, content) : content]);
}

/** A handshake in which something is not as it should be: of polling, or with headers that would upgrade it. */
export function handshake(dice: Dice, who: readonly string[], upgrade: readonly string[] = []): Buffer {
  const target = `/socket.io${dice.pick(['/', '/', ''])}?${query(dice)}`;
  const method = dice.weigh<string>([
    [10, 'GET'],
    [2, 'POST'],
    [1, 'OPTIONS'],
    [1, 'PUT'],
    [1, 'HEAD'],
  ]);
  return Buffer.from(lines(`${method} ${target} HTTP/1.1`, HOST, ...who, ...odd(dice), ...upgrade));
}

/** What ends a connection, or begins something that does not end. */
export function wrongRequest(dice: Dice, who: readonly string[]): Buffer {
  const kind = dice.below(5);
  if (kind === 0) return damaged(dice, dice.chance(0.5) ? wholeRequest(dice, who) : handshake(dice, who));
  if (kind === 1) return Buffer.from(lines(dice.pick(FIRST_LINES), HOST, ...who));
  if (kind < 4) {
    const path = dice.pick(['/', '/comms', '/api/relays/b', '/socket.io/x', '/dashboard/socket.io/?EIO=4']);
    return Buffer.from(lines(`GET ${path} HTTP/1.1`, HOST, ...who, ...upgradeHeaders(dice)));
  }
  const content = command(dice);
  const framing = dice.pick(FRAMINGS);
  return Buffer.from(
    lines('POST /api/relays/b HTTP/1.1', HOST, ...who, JSON_TYPE, ...framing) +
      dice.pick([content, `0\r\n\r\n${content}`]),
  );
}

const METHODS: readonly (readonly [number, string])[] = [
  [10, 'GET'],
  [12, 'POST'],
  [1, 'HEAD'],
  [1, 'OPTIONS'],
  [1, 'PUT'],
  [1, 'DELETE'],
  [1, 'PATCH'],
  [1, 'PROPFIND'],
];
const TYPES = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'application/json; charset=utf-16',
  '',
  'json',
];
const TARGETS: readonly (readonly [number, (dice: Dice) => string])[] = [
  [6, (dice) => `/api/v2/changes?${dice.pick(SINCE)}&topics=${dice.pick(ESCAPED)}&wait=${dice.pick(WAITS)}`],
  [6, () => '/api/v2/command'],
  [
    6,
    (dice) =>
      `/api/relays/${dice.chance(0.7) ? dice.pick(RELAYS) : dice.pick(ESCAPED)}${dice.pick(['', '', '/mode', '/lock'])}`,
  ],
  [4, (dice) => `/api/devices/${dice.pick(ESCAPED)}${dice.pick(['', '/value', '/status'])}`],
  [2, (dice) => `/api/audit?kind=${dice.pick(ESCAPED)}&limit=${dice.pick(WAITS)}&before=${dice.pick(WAITS)}`],
  [
    3,
    (dice) =>
      dice.pick(['/api/health', '/api/relays', '/api/devices', '/api/config', '/api/audit/verify', '/api']),
  ],
  [
    2,
    (dice) =>
      dice.pick(['/', '//api/relays/b', '/API/Relays/b', '/api//relays/b', '/api/../api/relays/b', '*']),
  ],
];
const ESCAPED = [
  'b',
  '%00',
  '%',
  '%ff',
  '__proto__',
  '%2e%2e%2fb',
  '%F0%9F%8F%AD',
  'x'.repeat(300),
  '',
  '*',
  '[]',
  '%22',
];
const SINCE = [
  '',
  'since=',
  'since=x.1',
  'since=a&since=b',
  'since[__proto__]=1',
  'since[]=1',
  'topics[a]=1',
  'since=%',
];
const WAITS = ['0', '0.1', '8', '9', '-1', '1e9', 'NaN', '', '%20', '99999999999999999999', '1&wait=2'];
const ODD_HEADERS = [
  'Origin: http://elsewhere.example',
  'Origin: null',
  'Origin: http://127.0.0.1',
  'X-Forwarded-For: 127.0.0.1',
  'X-Forwarded-Host: elsewhere.example',
  'Sec-Fetch-Site: cross-site',
  'Cookie: factory_page=x; factory_page=__proto__; io=1',
  'X-Factory-Token: fiot_x',
  'Authorization: Basic ZW5naW5lZXI6eA==',
  'Content-Encoding: gzip',
  'Expect: 100-continue',
  'Expect: something',
  'If-None-Match: *',
  'Range: bytes=0-',
  'Accept: text/html',
  'Accept-Encoding: gzip, deflate, br;q=x',
  'X: \xff\xfe',
] as const;

function odd(dice: Dice): string[] {
  return dice.chance(0.3) ? [dice.pick(ODD_HEADERS)] : [];
}

function chunked(dice: Dice, content: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < content.length;) {
    const part = content.subarray(at, (at += 1 + dice.below(40)));
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n'));
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')]);
}

function query(dice: Dice): string {
  const parts = [
    `EIO=${dice.weigh<string>([
      [8, '4'],
      [1, '3'],
      [1, ''],
      [1, '__proto__'],
      [1, '4&EIO=3'],
    ])}`,
    `transport=${dice.weigh<string>([
      [4, 'polling'],
      [4, 'websocket'],
      [1, 'webtransport'],
      [1, '__proto__'],
      [1, 'constructor'],
      [1, 'polling&transport=websocket'],
    ])}`,
  ];
  if (dice.chance(0.4))
    parts.push(`sid=${dice.pick(['', 'x', '__proto__', 'constructor', 'a&sid=', '%00', 'x'.repeat(2000)])}`);
  if (dice.chance(0.1))
    parts.push(dice.pick(['j=0', 'b64=1', 't=x', '%', '&&&', 'sid[]=x', '__proto__=x', 'EIO']));
  return parts.filter(() => dice.chance(0.95)).join('&');
}

export function upgradeHeaders(dice: Dice): string[] {
  return [
    `Connection: ${dice.weigh<string>([
      [8, 'Upgrade'],
      [1, 'keep-alive, upgrade'],
      [1, 'close'],
    ])}`,
    `Upgrade: ${dice.weigh<string>([
      [8, 'websocket'],
      [1, 'WebSocket, h2c'],
      [1, 'h2c'],
      [1, ''],
    ])}`,
    `Sec-WebSocket-Version: ${dice.weigh<string>([
      [8, '13'],
      [1, '8'],
      [1, '0'],
      [1, 'x'],
    ])}`,
    `Sec-WebSocket-Key: ${dice.weigh<string>([
      [8, 'dGhlIHNhbXBsZSBub25jZQ=='],
      [1, 'x'],
      [1, ''],
    ])}`,
    ...(dice.chance(0.2) ? [`Sec-WebSocket-Extensions: ${dice.pick(EXTENSIONS)}`] : []),
    ...(dice.chance(0.1) ? [`Sec-WebSocket-Protocol: ${dice.pick(['a, b', ',', 'a,a', 'fiot'])}`] : []),
  ].filter(() => dice.chance(0.97));
}
const EXTENSIONS = [
  'permessage-deflate',
  'permessage-deflate; client_max_window_bits=99',
  ';',
  'x; y="',
  '__proto__',
];

const FIRST_LINES = [
  'GET / HTTP/1.0',
  'GET / HTTP/9.9',
  'GET  / HTTP/1.1',
  'FOO /api/relays/b HTTP/1.1',
  'CONNECT 127.0.0.1:80 HTTP/1.1',
  'GET http://elsewhere.example/socket.io/?EIO=4&transport=polling HTTP/1.1',
  'PRI * HTTP/2.0',
  'GET /socket.io/\u0000 HTTP/1.1',
  `GET /${'x'.repeat(20_000)} HTTP/1.1`,
  '',
];
const FRAMINGS: readonly (readonly string[])[] = [
  ['Content-Length: 5', 'Content-Length: 50'],
  ['Content-Length: 5', 'Transfer-Encoding: chunked'],
  ['Transfer-Encoding: chunked'],
  ['Transfer-Encoding: xchunked'],
  ['Content-Length: 60000'],
  ['Content-Length: 99999999999999999999'],
  ['Content-Length: -1'],
  ['Content-Length: 1', `X-Long: ${'x'.repeat(17_000)}`],
];
