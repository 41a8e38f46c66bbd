/** Request lines and headers that two programs could read in two ways. */
import assert from 'node:assert/strict';
import { bytes, lines, type Got } from './bytes.ts';
import type { Hall } from './hall.ts';

const HOST = 'host: 127.0.0.1';
const CLOSE = 'connection: close';
const JSON_TYPE = 'content-type: application/json';
const ON = '{"action":"on"}';
const SWITCH =
  lines('POST /api/relays/relay2 HTTP/1.1', HOST, JSON_TYPE, `content-length: ${ON.length}`, CLOSE) + ON;

/** Ways to what is guarded; `{}` is its path. */
const SPELLINGS = [
  '{}',
  '/{}',
  '{}/',
  '{}//',
  '{};x=1',
  '{}/;x',
  '{}.',
  '{}/.',
  '{}/..%2f',
  '{}%2f',
  '{}%00',
  '{}%20',
  '{}\u00a0',
  '{}/%2e%2e/x',
  '{}/../x',
  '/factory-iot/..{}',
  '/factory-iot/%2e%2e{}',
  '/./{}',
  '/x/..{}',
  'http://127.0.0.1{}',
  'http://127.0.0.1{}/../x',
  'http://127.0.0.1{}/%2e%2e/x',
  'http://127.0.0.1\\{}',
  'http://elsewhere.example{}',
  'HTTP://127.0.0.1{}?x',
  'http://a@127.0.0.1{}#x',
  '{}\\..\\x',
  '{}?token=x#{}',
] as const;
const GUARDED = [
  '/api/relays',
  '/API/Relays',
  '/API//relays/..%2f',
  '/api/relays/relay2',
  '/api/audit',
  '/factory-iot/session',
  '/Factory-IoT/SESSION',
  '/factory-iot/ticket',
  '/factory-iot/../factory-iot/session',
  '/dashboard',
  '/DashBoard/',
  '/dashboard/_setup',
  '/dashboard/socket.io/?EIO=4&transport=polling',
] as const;
/** Nothing of what is guarded is in an answer to somebody who is nobody. */
const SECRETS = /"relays"|"entries"|"token"|"ticket"|"sid"|<div id="?app|ui-base|widgets/i;

export function spellPaths(hall: () => Hall): void {
  it('guards the API, the session and the dashboard however their paths are spelt', async () => {
    for (const path of GUARDED) {
      for (const spelling of SPELLINGS) {
        const target = spelling.replaceAll('{}', path);
        for (const method of path.includes('dashboard') ? ['GET', 'HEAD'] : ['GET', 'POST']) {
          const body = method === 'POST' ? ON : '';
          const head = [
            HOST,
            CLOSE,
            'accept: text/html',
            ...(body ? [JSON_TYPE, `content-length: ${body.length}`] : []),
          ];
          const got = await bytes(hall().port, [
            Buffer.from(lines(`${method} ${target} HTTP/1.1`, ...head), 'latin1'),
            body,
          ]);
          refusedAll(got, `${method} ${JSON.stringify(target)}`);
        }
      }
    }
  });

  it('lets nobody upgrade to the dashboard’s socket or the plant’s, however its path is spelt', async () => {
    for (const path of [
      '/dashboard/socket.io/?EIO=4&transport=websocket',
      '/socket.io/?EIO=4&transport=websocket',
    ]) {
      for (const spelling of SPELLINGS) {
        const target = spelling.replaceAll('{}', path);
        const head = [HOST, 'connection: Upgrade', 'upgrade: websocket', 'sec-websocket-version: 13'];
        const key = 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==';
        const authorization = 'authorization: Bearer fiot_x';
        const request = lines(`GET ${target} HTTP/1.1`, ...head, key, authorization);
        const got = await bytes(hall().port, [Buffer.from(request, 'latin1')], { withinMs: 100 });
        assert.ok(!got.statuses.includes(101), `${target}: ${got.text.slice(0, 200)}`);
      }
    }
  });
}

export function sendHeaders(hall: () => Hall): void {
  const bearer = (role: 'viewer' | 'operator'): string => `authorization: Bearer ${hall().tokens[role]}`;

  it('finds no second request in what one length says is a body', async () => {
    const post = 'POST /factory-iot/session HTTP/1.1';
    const smuggled: readonly string[][] = [
      ['content-length: 6', 'transfer-encoding: chunked'],
      ['transfer-encoding: chunked', `content-length: ${SWITCH.length}`],
      ['content-length: 0', `content-length: ${SWITCH.length}`],
      ['content-length: 0, 5'],
      ['content-length: +0'],
      ['transfer-encoding: chunked', 'transfer-encoding: identity', 'content-length: 5'],
      ['transfer-encoding: xchunked', 'content-length: 5'],
      ['transfer-encoding : chunked'],
      ['transfer-encoding:\u000bchunked', 'content-length: 5'],
      ['x: y', ' transfer-encoding: chunked', 'content-length: 5'],
      ['content-length: 5\nx-y: z'],
    ];
    for (const framing of smuggled) {
      const got = await bytes(hall().port, [lines(post, HOST, JSON_TYPE, ...framing), '0\r\n\r\n', SWITCH], {
        withinMs: 1500,
      });
      refusedAll(got, framing.join(' | '));
    }
  });

  it('takes nothing for somebody’s from headers that come twice', async () => {
    const twice: readonly string[][] = [
      [HOST, bearer('viewer'), bearer('operator')],
      [HOST, 'x-factory-token: x', `x-factory-token: ${hall().tokens.operator}`],
      [HOST, 'host: evil.example', bearer('viewer')],
      ['host: evil.example', HOST, bearer('operator')],
      [HOST, 'origin: http://127.0.0.1', 'origin: http://evil.example', bearer('operator')],
      [HOST, 'cookie: factory_page=x', 'cookie: factory_page=y'],
      [HOST, 'x-forwarded-host: 127.0.0.1', 'x-forwarded-for: 127.0.0.1', 'x-real-ip: 127.0.0.1'],
    ];
    for (const headers of twice) {
      const request = lines(
        'POST /api/relays/relay2 HTTP/1.1',
        ...headers,
        JSON_TYPE,
        CLOSE,
        `content-length: ${ON.length}`,
      );
      refusedAll(await bytes(hall().port, [request, ON]), headers.join(' | '));
    }
  });

  it('writes what strangers say on one line, cut, into log and audit', async () => {
    const { port, red } = hall();
    const name = `Olga\r\nforged \u202e${'x'.repeat(150)}`;
    const body = JSON.stringify({ name, password: 'x' });
    const length = `content-length: ${Buffer.byteLength(body)}`;
    await bytes(port, [lines('POST /factory-iot/session HTTP/1.1', HOST, CLOSE, JSON_TYPE, length), body]);
    for (const header of [
      `origin: http://${'x'.repeat(8000)}`,
      'origin: http://a\u001b[31m',
      'host: a.example%0d%0ab',
    ])
      await bytes(port, [
        lines('GET /api/relays HTTP/1.1', ...(header.startsWith('host') ? [] : [HOST]), CLOSE, header),
      ]);
    const { entries } = (await hall().see('/audit?kind=refused&limit=500')) as {
      entries: Record<string, unknown>[];
    };
    const all = [
      ...red.log,
      ...entries.flatMap((entry) => Object.values(entry).filter((value) => typeof value === 'string')),
    ];
    for (const text of all) assert.ok(!/[\p{Cc}\u202e]/u.test(text) && text.length < 700, text.slice(0, 200));
    assert.doesNotMatch(JSON.stringify(entries), /forged/);
  });
}

/** Every answer is a refusal, with nothing of what is guarded in it. */
function refusedAll({ statuses, text }: Got, what: string): void {
  // A person is sent to the page where one signs in.
  const isRefused = statuses.every(
    (status) => (status >= 400 && status < 500) || status === 303 || status === 302,
  );
  assert.ok(isRefused, `${what}: ${text.slice(0, 400)}`);
  const bodies = text.split('\r\n\r\n').slice(1).join('\n');
  assert.ok(
    statuses.every((status) => status >= 400) || !SECRETS.test(bodies),
    `${what}: ${text.slice(0, 400)}`,
  );
}
