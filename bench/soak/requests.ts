/** What comes over HTTP, and what is no request at all. Each does one thing and notes what came of it. */
import { setTimeout as delay } from 'node:timers/promises';
import { bytes, lines, tell, type Told } from '../../test/abuse/bytes.ts';
import { rawSocket } from '../../test/lib/live/serving.ts';
import { between, type Here } from './clients.ts';
import { ENGINEER } from './plant.ts';

/** A stranger's address, so that what strangers are held back for is not held against the others. */
const STRANGER = '127.0.0.7';

const READS = ['/api/devices', '/api/relays', '/api/system/stats', '/api/health', '/api/devices/soak-1', '/'];

type Status = Pick<Told, 'status'>;

export async function read(here: Here): Promise<void> {
  const path = any(READS);
  note(here, 'read', await tell(here.plant.port, path, { headers: bearer(here) }));
}

export async function readAudit(here: Here): Promise<void> {
  const path = any(['/api/audit', '/api/audit?kind=command&limit=500', '/api/audit/verify']);
  note(here, 'read the audit', await tell(here.plant.port, path, { headers: bearer(here) }));
}

export async function writeValue(here: Here): Promise<void> {
  const path = `/api/devices/soak-${Math.floor(between(0, 100))}/value`;
  note(here, 'write a value', await post(here, path, { value: between(0, 100) }));
}

export async function command(here: Here): Promise<void> {
  const relay = any(['relay1', 'relay2', 'relay3']);
  const action = any(['on', 'off']);
  const id = `soak-${Date.now()}-${Math.random()}`;
  const told =
    Math.random() < 0.5
      ? await post(here, `/api/relays/${relay}`, { action })
      : await post(here, '/api/v2/command', { relay, action, id, ttl: 5000 });
  note(here, 'command over HTTP', told);
}

export async function signIn(here: Here): Promise<void> {
  const path = '/factory-iot/session';
  const told = await post(here, path, { name: ENGINEER, password: here.plant.password }, {});
  note(here, 'sign in', told);
  if (told.status !== 200) return;
  const { token } = JSON.parse(told.text) as { token: string };
  const headers = { authorization: `Bearer ${token}` };
  note(here, 'sign out', await tell(here.plant.port, path, { method: 'DELETE', headers }), [200, 204]);
}

/** Follows the changes by one cursor, answer by answer, until the signal comes. */
export async function followChanges(here: Here): Promise<void> {
  let since = '';
  let seq = 0;
  while (!here.signal.aborted) {
    const path = `/api/v2/changes?wait=8${since}`;
    const told = await tell(here.plant.port, path, { headers: bearer(here) });
    note(here, 'ask what changed', told);
    if (told.status !== 200) return;
    const update = JSON.parse(told.text) as { kind: string; epoch: string; from?: number; seq: number };
    const fits = update.kind === 'snapshot' || update.from === seq;
    here.tally.note('update over HTTP', 'gap', fits);
    if (!fits) here.tally.faults.push(`an answer from ${update.from} came at ${seq}`);
    ({ seq } = update);
    since = `&since=${update.epoch}.${seq}`;
    await delay(between(0, 1000));
  }
}

/** Asks for what there will never be, and goes before the answer. */
export async function leaveQuestion({ plant, tally }: Here): Promise<void> {
  const headers = ['host: 127.0.0.1', `authorization: Bearer ${plant.tokens.viewer}`];
  const asked = lines('GET /api/v2/changes?wait=8&topics=none HTTP/1.1', ...headers);
  const { statuses } = await bytes(plant.port, [asked], { withinMs: between(100, 3000) });
  tally.note(
    'leave a question',
    statuses.join(),
    statuses.every((status) => status === 200),
  );
}

/** Strangers and those whose rights do not reach so far. */
const REFUSED: readonly ((here: Here) => Promise<Status>)[] = [
  ({ plant }) => tell(plant.port, '/api/devices', { from: STRANGER, headers: WRONG }),
  ({ plant }) => tell(plant.port, '/socket.io/?EIO=4&transport=polling', { from: STRANGER, headers: WRONG }),
  (here) =>
    tell(here.plant.port, '/api/devices', {
      headers: { ...bearer(here), origin: 'http://elsewhere.example' },
    }),
  (here) =>
    post(
      here,
      '/api/relays/relay1',
      { action: 'on' },
      { authorization: `Bearer ${here.plant.tokens.viewer}` },
    ),
  ({ plant }) => tell(plant.port, '/editor/flows', { from: STRANGER }),
  async ({ plant }) => {
    const headers = [...UPGRADE, 'origin: http://elsewhere.example'];
    const asked = lines('GET /socket.io/?EIO=4&transport=websocket HTTP/1.1', ...headers);
    const { statuses } = await bytes(plant.port, [asked], { from: STRANGER, withinMs: 5000 });
    return { status: statuses[0] ?? 0 };
  },
  async ({ plant }) => {
    const socket = await rawSocket(plant.port, { from: STRANGER });
    await socket.heard('sid');
    socket.send('40{"token":"fit_wrong"}');
    await socket.heard('44{');
    socket.socket.destroy();
    return { status: 401 };
  },
];

export async function beRefused(here: Here): Promise<void> {
  note(here, 'be refused', await any(REFUSED)(here), [401, 403, 429]);
}

/** Packets on a socket that has joined or has not. */
const PACKETS = [
  '9',
  'x'.repeat(70_000),
  '42["command"',
  '42[]',
  '42["command",null]',
  `42["own",${'['.repeat(5000)}${']'.repeat(5000)}]`,
  '451-["own",{"_placeholder":true,"num":0}]',
  '41',
  '40/other,',
];

const BODIES = [
  '{"action"',
  '[]',
  '"on"',
  `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`,
  'x'.repeat(70_000),
];

const REQUESTS = [
  'GARBAGE\r\n\r\n',
  'GET /api/devices HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: x\r\n\r\n',
  `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`,
  'GET /socket.io/?EIO=4&transport=polling&sid=none HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n',
  'GET /socket.io/?EIO=2&transport=polling HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n',
  'GET /socket.io/?EIO=4&transport=none HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n',
];

export async function sendBody(here: Here): Promise<void> {
  const told = await post(here, any(['/api/relays/relay1', '/api/v2/command']), any(BODIES));
  note(here, 'malformed body', told, [400, 413]);
}

export async function sendRequest({ plant, tally }: Here): Promise<void> {
  const { statuses } = await bytes(plant.port, [any(REQUESTS)], { withinMs: 5000 });
  tally.note('malformed request', statuses.join(), statuses.length === 1 && isRefusal(statuses[0]!));
}

export async function sendPackets({ plant, tally }: Here): Promise<void> {
  const socket = await rawSocket(plant.port);
  await socket.heard('sid');
  if (Math.random() < 0.7) {
    socket.send(`40${JSON.stringify({ token: plant.tokens.engineer })}`);
    await socket.heard('connected');
  }
  for (let count = 0; count < 5 && !socket.socket.destroyed; count++) socket.send(any(PACKETS));
  await Promise.race([socket.closed(), delay(between(100, 2000))]);
  socket.socket.destroy();
  tally.note('malformed packets', '', true);
}

const WRONG = { authorization: 'Bearer fit_wrong' };
const UPGRADE = [
  'host: 127.0.0.1',
  'connection: Upgrade',
  'upgrade: websocket',
  'sec-websocket-version: 13',
  'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
];

function post(
  here: Here,
  path: string,
  body: unknown,
  headers: Record<string, string> = bearer(here),
): Promise<Told> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return tell(here.plant.port, path, { method: 'POST', headers, body: text });
}

function bearer({ plant }: Here): Record<string, string> {
  return { authorization: `Bearer ${plant.tokens.engineer}` };
}

function note({ tally }: Here, what: string, { status }: Status, expected: readonly number[] = [200]): void {
  tally.note(what, String(status), expected.includes(status));
}

function isRefusal(status: number): boolean {
  return status >= 400 && status < 500;
}

function any<T>(some: readonly T[]): T {
  return some[Math.floor(Math.random() * some.length)]!;
}
