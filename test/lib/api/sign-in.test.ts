import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import type { AccessSettings } from '../../../lib/access/access.ts';
import { parseProxies } from '../../../lib/access/proxies.ts';
import { SignIn } from '../../../lib/api/sign-in.ts';
import { TICKET_MS } from '../../../lib/access/tickets.ts';
import type { FakeClock } from '../../../lib/base/fake-clock.ts';
import { ask, json, type Answered } from '../../access/ask.ts';
import { accessWith, entryOf, PASSWORD, person, settingsOf, TOKEN } from '../access/known.ts';

const PANEL = 'http://panel.example:3000';

describe('signing in over HTTP', () => {
  let server: Server;
  let url: string;
  let access: ReturnType<typeof accessWith>['access'];
  let clock: FakeClock;
  let refused: { code: string; by?: string }[];

  beforeEach(async () => {
    ({ access, clock } = accessWith([person(), entryOf()], { origins: [PANEL] }));
    refused = [];
    const signIn = new SignIn({
      access,
      policy: () => ({ origins: [], open: false, access }),
      clock,
      onRefused: (one) => void refused.push(one),
      onError: (error) => assert.fail(error),
    });
    const app = express();
    app.use('/session', signIn.session as express.RequestHandler);
    app.use('/ticket', signIn.ticket as express.RequestHandler);
    server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
    access.forget();
  });

  const session = (method: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answered> =>
    ask(`${url}/session`, { method, body, headers });
  const ticketOf = (headers: Record<string, string>): Promise<Answered> =>
    ask(`${url}/ticket`, { method: 'POST', body: {}, headers });
  const as = (secret: unknown): Record<string, string> => ({ authorization: `Bearer ${String(secret)}` });
  const is = (answer: Answered, status: number, code: string): void => {
    assert.equal(answer.status, status, answer.text);
    assert.equal(json(answer)['code'], code);
  };
  const cookieOf = ({ headers }: Answered): string => String(headers['set-cookie']);
  const configure = (more: Partial<AccessSettings>): void =>
    access.configure(settingsOf([person(), entryOf()], { origins: [PANEL], ...more }));

  it('gives a session and a cookie for a password, tells who it is, and ends it', async () => {
    const opened = await session('POST', { name: 'ada', password: PASSWORD });
    const { token, ...told } = json(opened);
    assert.match(String(token), /^fios_/);
    const expires = new Date(clock.now() + 12 * 3_600_000).toISOString();
    assert.deepEqual(told, { name: 'Ada', role: 'operator', relays: ['pump'], areas: [], expires });
    assert.match(cookieOf(opened), /^factory_page=fioc_[\w-]+; Path=\/; HttpOnly; SameSite=Strict$/);
    assert.ok(!cookieOf(opened).includes(String(token)));
    assert.equal(opened.headers['cache-control'], 'no-store');
    const who = await session('GET', undefined, as(token));
    assert.deepEqual(json(who), { ...told, open: false });
    assert.equal(cookieOf(who), cookieOf(opened), 'it is set again, the same');
    const ended = await session('DELETE', undefined, as(token));
    assert.equal(ended.status, 204);
    assert.match(cookieOf(ended), /^factory_page=; Max-Age=0;/);
    is(await session('GET', undefined, as(token)), 401, 'unauthenticated');
    is(await session('DELETE', undefined, as(token)), 401, 'unauthenticated');
  });

  it('remembers whom it shall, with a cookie that lasts as long', async () => {
    const opened = await session('POST', { name: 'Ada', password: PASSWORD, remember: true });
    const until = new Date(clock.now() + 30 * 86_400_000);
    assert.equal(json(opened)['expires'], until.toISOString());
    assert.ok(cookieOf(opened).endsWith(`; Max-Age=${(until.getTime() - clock.now()) / 1000}`));
  });

  it('refuses a wrong password, then slows down, and says for how long', async () => {
    for (let n = 0; n < 5; n++)
      is(await session('POST', { name: 'Ada', password: 'wrong' }), 401, 'unauthenticated');
    const slow = await session('POST', { name: 'Ada', password: PASSWORD });
    is(slow, 429, 'limit');
    assert.deepEqual([slow.headers['retry-after'], json(slow)['retry_after']], ['1', 1000]);
    clock.advance(1000);
    assert.equal((await session('POST', { name: 'Ada', password: PASSWORD })).status, 200);
  });

  it('takes nothing but a name and a password as text, or a ticket, in JSON', async () => {
    for (const body of [
      {},
      { name: 'Ada' },
      { name: ['Ada'], password: PASSWORD },
      { name: 'Ada', password: 7 },
      { name: 'x'.repeat(201), password: PASSWORD },
      { name: 'Ada', password: 'x'.repeat(1001) },
      { name: 'Ada', password: PASSWORD, remember: 'yes' },
      { name: 'Ada', password: PASSWORD, role: 'engineer' },
      '{"name": ',
      '[]',
      'null',
    ])
      is(await session('POST', body), 400, 'invalid');
    const form = { 'content-type': 'text/plain' };
    is(await session('POST', JSON.stringify({ name: 'Ada', password: PASSWORD }), form), 400, 'invalid');
    assert.equal((await session('PUT', {})).status, 404);
    assert.deepEqual(access.sessions.list(), []);
  });

  it('gives a ticket to who is known, good once and for 30 s', async () => {
    const { ticket, expires_in: seconds } = json(await ticketOf(as(TOKEN)));
    assert.equal(seconds, 30);
    const opened = await session('POST', { ticket });
    assert.equal(json(opened)['name'], 'press');
    is(await session('POST', { ticket }), 401, 'unauthenticated');
    const { ticket: late } = json(await ticketOf(as(json(opened)['token'])));
    clock.advance(TICKET_MS + 1);
    is(await session('POST', { ticket: late }), 401, 'unauthenticated');
    // Who brings nothing is told so, and nobody else is: every page asks that.
    is(await ticketOf({}), 401, 'unauthenticated');
    assert.deepEqual(
      refused.map(({ code }) => code),
      Array(2).fill('unauthenticated'),
    );
  });

  it('lets a cookie ask who it is, and nothing more', async () => {
    const opened = await session('POST', { name: 'Ada', password: PASSWORD });
    const cookie = { cookie: cookieOf(opened).split(';')[0]! };
    assert.equal(json(await session('GET', undefined, cookie))['name'], 'Ada');
    is(await ticketOf(cookie), 403, 'forbidden');
    is(await session('DELETE', undefined, cookie), 403, 'forbidden');
    is(await session('DELETE', undefined, as(TOKEN)), 409, 'invalid');
  });

  it('listens to no page of others, not even with the right password', async () => {
    const body = { name: 'Ada', password: PASSWORD };
    is(await session('POST', body, { origin: 'https://evil.example' }), 403, 'forbidden');
    is(await session('POST', body, { 'sec-fetch-site': 'cross-site' }), 403, 'forbidden');
    is(await session('POST', body, { host: 'plant.example' }), 403, 'forbidden');
    assert.deepEqual(access.sessions.list(), []);
    const allowed = await session('POST', body, { origin: PANEL });
    assert.equal(allowed.status, 200);
    assert.equal(allowed.headers['access-control-allow-origin'], PANEL);
    const asks = {
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    };
    assert.equal((await session('OPTIONS', undefined, { origin: PANEL, ...asks })).status, 204);
  });

  it('says that the cookie goes by encrypted ways alone where it came by one', async () => {
    const body = { name: 'Ada', password: PASSWORD };
    const https = { 'x-forwarded-proto': 'https' };
    assert.doesNotMatch(cookieOf(await session('POST', body, https)), /Secure/);
    configure({ proxies: parseProxies('127.0.0.1') });
    assert.match(cookieOf(await session('POST', body, https)), /; Secure/);
  });

  it('has nothing to sign in to as long as access is not configured, and nobody where it cannot work', async () => {
    access.configure(settingsOf([]));
    is(await session('POST', { name: 'Ada', password: PASSWORD }), 409, 'invalid');
    is(await ticketOf({}), 409, 'invalid');
    const { open, role } = json(await session('GET'));
    assert.deepEqual([open, role], [true, 'engineer']);
    access.refuseAll('two have one name');
    is(await session('POST', { name: 'Ada', password: PASSWORD }), 403, 'forbidden');
    is(await session('GET', undefined, as(TOKEN)), 403, 'forbidden');
  });
});
