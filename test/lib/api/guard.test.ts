import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import express from 'express';
import type { Express, Request, Response } from 'express';
import { MAX_BODY_BYTES } from '../../../lib/api/body.ts';
import { ANSWER_WITHIN_MS } from '../../../lib/api/deadline.ts';
import { Guard } from '../../../lib/api/guard.ts';
import { systemClock } from '../../../lib/base/clock.ts';
import { ask, CLOSED, head, post, raw, startWeb } from './web.ts';
import type { Reply, Web } from './web.ts';

const ORIGIN = 'http://panel.example:3000';

/** What flows serve: as http in and http response do it, through jsonp. */
function routes(app: Express): void {
  const served = (request: Request, response: Response): void =>
    void response.jsonp({ served: request.path, body: request.body as unknown });
  app.get('/api/devices/:id', served);
  app.get('/api/hang', () => {});
  app.post('/api/echo', express.json({ limit: '1mb' }), express.text({ limit: '1mb' }), served);
  app.delete('/api/echo', express.json({ limit: '1mb' }), served);
  app.get('/api/broken', () => {
    throw new Error('the inside of the house');
  });
  app.get('/elsewhere', served);
  app.post('/elsewhere', express.text(), served);
}

function isProblem(reply: Reply, status: number, code?: string): void {
  const body = reply.json();
  assert.deepEqual([reply.status, typeof body['error'], typeof body['reason']], [status, 'string', 'string']);
  if (code !== undefined) assert.equal(body['code'], code);
}

const nested = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
const ofSize = (bytes: number): string => `{"a":"${'x'.repeat(bytes - 8)}"}`;

describe('the guard', () => {
  let web: Web;
  beforeEach(async () => {
    web = await startWeb(routes);
  });
  afterEach(() => web.stop());

  describe('places', () => {
    it('does nothing where no base is active', async () => {
      const answer = await ask(`${web.url}/api/devices/a?callback=x`);
      assert.match(answer.headers.get('content-type')!, /javascript/);
      assert.equal(answer.headers.get('cache-control'), null);
      assert.match((await ask(`${web.url}/api/none`)).headers.get('content-type')!, /html/);
    });

    it('does nothing beside its base', async () => {
      web.activate();
      for (const path of ['/elsewhere?callback=x', '/apiary', '/', '/ap']) {
        const answer = await ask(web.url + path);
        assert.equal(answer.headers.get('vary'), null, path);
        assert.doesNotMatch(answer.headers.get('content-type')!, /json/, path);
      }
      assert.equal((await post(`${web.url}/elsewhere`, 'text', 'text/plain')).status, 200);
    });

    it('refuses a second active node on one base, in any letter case, and takes it once the first is gone', () => {
      const deactivate = web.activate();
      assert.throws(() => web.activate({ owner: 'other', base: '/API' }), {
        code: 'config',
        message: /\/API already/,
      });
      deactivate();
      web.activate({ owner: 'other', base: '/API' });
    });

    it('answers below the longest base', async () => {
      web.activate();
      web.activate({ owner: 'inner', base: '/api/devices', policy: { origins: [ORIGIN], open: false } });
      const headers = { origin: ORIGIN };
      assert.equal((await ask(`${web.url}/api/devices/a`, { headers })).status, 200);
      assert.equal((await ask(`${web.url}/api/hang`, { headers })).status, 403);
    });

    it('ends an activation once, also where another has followed', async () => {
      const deactivate = web.activate();
      deactivate();
      web.activate();
      deactivate();
      assert.equal((await ask(`${web.url}/api/devices/a`)).status, 200);
    });
  });

  describe('access', () => {
    const strangers: Record<string, string>[] = [
      { 'x-forwarded-for': '203.0.113.9' },
      { host: 'panel.example' },
      { origin: 'https://evil.example' },
    ];
    for (const headers of strangers) {
      it(`refuses ${JSON.stringify(headers)} whatever the path`, async () => {
        web.activate();
        const paths = [
          '/api',
          '/api/',
          '/API/devices/a',
          '/api/devices/a',
          '/api/none',
          '/api/%zz',
          '/api/%2e%2e/x',
        ];
        for (const path of paths)
          isProblem(await raw(web.url, head(`GET ${path}`, headers)), 403, 'forbidden');
        isProblem(await raw(web.url, head('POST /api/echo', { ...headers, 'content-length': 0 })), 403);
        assert.equal(web.refused.length, paths.length + 1);
      });
    }

    it('cannot be reached around by a spelling that routes take for the same', async () => {
      web.activate();
      const stranger = { 'x-forwarded-for': '203.0.113.9' };
      for (const target of [
        '/api/devices/a',
        '/API/Devices/a',
        '/api/devices/a/',
        'http://127.0.0.1/api/devices/a',
        'HTTP://other@127.0.0.1/api/devices/a?x',
        '/api\\devices\\a#',
        '/api/devices/a#x',
        '//api/devices/a',
        '/./api/devices/a',
        '/x/../api/devices/a',
        '/%61pi/devices/a',
        '/api%2fdevices/a',
        '/api;x/devices/a',
        '/api/devices/%00',
        '/api/devices/..%2fhang',
      ]) {
        const answer = await raw(web.url, head(`GET ${target}`, stranger));
        assert.ok([400, 403, 404].includes(answer.status), `${target}: ${answer.status}`);
        assert.doesNotMatch(answer.text, /served/, target);
      }
      const absolute = await raw(web.url, head('GET http://127.0.0.1/api/devices/a', {}));
      assert.equal(absolute.json()['served'], '/api/devices/a');
    });

    it('remembers who asks, and for what, by the request', async () => {
      web.activate();
      let asked: unknown;
      web.server.prependListener('request', (request) => {
        asked = request;
      });
      await ask(`${web.url}/API/devices/a%20b?x=1`);
      assert.deepEqual(web.guard.admitted(asked as object), {
        owner: 'api',
        path: '/devices/a%20b',
        principal: { name: 'loopback', role: 'operator', via: 'http', address: '127.0.0.1' },
      });
      await ask(`${web.url}/elsewhere`);
      assert.equal(web.guard.admitted(asked as object), undefined);
    });
  });

  describe('origins', () => {
    const policy = { origins: [ORIGIN], open: false };

    it('lets pages of allowed origins read every answer, errors too', async () => {
      web.activate({ policy });
      const headers = { origin: ORIGIN };
      for (const path of ['/api/devices/a', '/api/none', '/api/%zz', '/api/broken']) {
        const answer = await ask(web.url + path, { headers });
        assert.equal(answer.headers.get('access-control-allow-origin'), ORIGIN, path);
        assert.match(answer.headers.get('vary')!, /Origin/, path);
      }
      const plain = await ask(`${web.url}/api/devices/a`);
      assert.equal(plain.headers.get('access-control-allow-origin'), null);
      assert.match(plain.headers.get('vary')!, /Origin/);
    });

    it('tells an allowed page why its user is refused, and a foreign page nothing', async () => {
      web.activate({ policy });
      const proxied = { 'x-forwarded-for': '203.0.113.9' };
      const told = await raw(web.url, head('GET /api/devices/a', { ...proxied, origin: ORIGIN }));
      isProblem(told, 403);
      assert.equal(told.headers.get('access-control-allow-origin'), ORIGIN);
      const foreign = await ask(`${web.url}/api/devices/a`, { headers: { origin: 'http://panel.example' } });
      isProblem(foreign, 403);
      assert.equal(foreign.headers.get('access-control-allow-origin'), null);
    });

    it('answers preflights of allowed origins alone', async () => {
      web.activate({ policy });
      const asks = {
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,x-own',
      };
      const preflight = (origin: string, path = '/api/echo'): Promise<Reply> =>
        ask(web.url + path, { method: 'OPTIONS', headers: { ...asks, origin } });
      for (const path of ['/api/echo', '/api/none']) {
        const { status, headers, text } = await preflight(ORIGIN, path);
        assert.deepEqual([status, text], [204, '']);
        assert.equal(headers.get('access-control-allow-origin'), ORIGIN);
        assert.match(headers.get('access-control-allow-methods')!, /POST/);
        assert.equal(headers.get('access-control-allow-headers'), 'content-type,x-own');
      }
      const foreign = await preflight('https://evil.example');
      isProblem(foreign, 403);
      assert.equal(foreign.headers.get('access-control-allow-methods'), null);
    });

    it('answers OPTIONS that is no preflight with what is served, or JSON', async () => {
      web.activate({ policy });
      const known = await ask(`${web.url}/api/relays/relay1`, { method: 'OPTIONS' });
      assert.deepEqual([known.status, known.headers.get('allow')], [204, 'POST, OPTIONS']);
      isProblem(await ask(`${web.url}/api/none`, { method: 'OPTIONS' }), 404);
    });
  });

  describe('bodies', () => {
    beforeEach(() => void web.activate());
    const echo = (body: string, type?: string): Promise<Reply> => post(`${web.url}/api/echo`, body, type);

    it('passes objects of every JSON type on, read', async () => {
      for (const type of [
        'application/json',
        'application/json; charset=utf-8',
        'Application/JSON;charset="UTF-8"',
        'application/vnd.x+json',
      ]) {
        assert.deepEqual((await echo('{"value":"é"}', type)).json()['body'], { value: 'é' }, type);
      }
    });

    for (const body of ['null', '[]', '[{}]', '1', '"text"', 'true', ' \n null ']) {
      it(`refuses ${JSON.stringify(body)} as no object`, async () => {
        const answer = await echo(body);
        isProblem(answer, 400, 'invalid');
        assert.match(String(answer.json()['error']), /object/);
      });
    }
    for (const body of ['{', '{"a":1', "{'a':1}", 'undefined', '{"a":1}}', '\u0000', '﻿{}x']) {
      it(`refuses ${JSON.stringify(body)} as malformed`, async () => {
        isProblem(await echo(body), 400, 'invalid');
      });
    }

    it('refuses what a web page may send without asking, and what is nothing', async () => {
      for (const type of [
        'text/plain',
        'text/plain; application/json',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=x',
        'application/jsonx',
        'application/octet-stream',
        'json',
      ]) {
        const answer = await echo('{"value":1}', type);
        isProblem(answer, 400, 'invalid');
        assert.match(String(answer.json()['error']), /application\/json/, type);
      }
      isProblem(await ask(`${web.url}/api/echo`, { method: 'POST' }), 400);
      isProblem(await raw(web.url, head('POST /api/echo')), 400);
      isProblem(await raw(web.url, head('POST /api/echo', { 'content-type': 'application/json' })), 400);
      isProblem(await ask(`${web.url}/api/echo`, { method: 'DELETE', body: 'text' }), 400);
    });

    it('takes a DELETE without a body', async () => {
      assert.equal((await ask(`${web.url}/api/echo`, { method: 'DELETE' })).status, 200);
    });

    it(`takes ${MAX_BODY_BYTES} bytes and no more, by length and in chunks`, async () => {
      const send = (size: number, chunked: boolean): Promise<Reply> => {
        const body = ofSize(size);
        const type = { 'content-type': 'application/json' };
        if (!chunked) {
          return raw(web.url, head('POST /api/echo', { ...type, 'content-length': size }), body);
        }
        const chunks = head('POST /api/echo', { ...type, 'transfer-encoding': 'chunked' });
        return raw(web.url, chunks, `${size.toString(16)}\r\n`, body, '\r\n0\r\n\r\n');
      };
      for (const chunked of [false, true]) {
        assert.equal((await send(MAX_BODY_BYTES, chunked)).status, 200);
        isProblem(await send(MAX_BODY_BYTES + 1, chunked), 413, 'limit');
        isProblem(await send(12_000_000, chunked), 413, 'limit');
      }
    });

    it('refuses a length above the limit at once, before anything of the body is there', async () => {
      const lies = head('POST /api/echo', { 'content-type': 'application/json', 'content-length': 1e9 });
      const socket = connect(Number(new URL(web.url).port), '127.0.0.1');
      socket.write(lies);
      const [first] = (await once(socket, 'data')) as [Buffer];
      assert.match(first.toString(), /^HTTP\/1\.1 413 /);
      socket.destroy();
    });

    it('takes no more than the length that was told', async () => {
      const json = { 'content-type': 'application/json', connection: 'keep-alive' };
      const short = head('POST /api/echo', { ...json, 'content-length': 2 });
      const answers = await raw(web.url, short, `{}${head('GET /api/none')}`);
      assert.match(answers.text, /^{"served":"\/api\/echo","body":{}}HTTP\/1\.1 404 /);
    });

    it('refuses what is nested deep, and lives', async () => {
      assert.equal((await echo(nested(32))).status, 200);
      isProblem(await echo(nested(33)), 400);
      isProblem(await echo(nested(5000)), 400);
      isProblem(await echo(`{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`), 400);
    });

    it('refuses compression and foreign charsets', async () => {
      const compressed = (encoding: string): Promise<Reply> =>
        ask(`${web.url}/api/echo`, {
          method: 'POST',
          body: '{}',
          headers: { 'content-type': 'application/json', 'content-encoding': encoding },
        });
      for (const encoding of ['gzip', 'br', 'deflate', 'nonsense'])
        isProblem(await compressed(encoding), 415);
      assert.equal((await compressed('identity')).status, 200);
      isProblem(await echo('{}', 'application/json; charset=latin1'), 415);
      isProblem(await echo('{}', 'application/json; charset=utf-nonsense'), 415);
    });
  });

  describe('where another parser was ahead', () => {
    let behind: Web;
    beforeEach(async () => {
      behind = await startWeb(routes, {
        ahead: (app) =>
          app.use(express.json({ limit: '200kb' }), express.urlencoded({ extended: true, limit: '200kb' })),
      });
      behind.activate();
    });
    afterEach(() => behind.stop());
    const echo = (body: string, type?: string): Promise<Reply> => post(`${behind.url}/api/echo`, body, type);

    it('holds the same', async () => {
      assert.deepEqual((await echo('{"a":1}')).json()['body'], { a: 1 });
      assert.equal((await echo(ofSize(MAX_BODY_BYTES))).status, 200);
      isProblem(await echo(ofSize(MAX_BODY_BYTES + 1)), 413);
      isProblem(await echo(ofSize(300_000)), 413);
      isProblem(await echo('{"a'), 400);
      isProblem(await echo('null'), 400);
      isProblem(await echo('[]'), 400);
      isProblem(await echo('a=1', 'application/x-www-form-urlencoded'), 400);
      isProblem(await echo('text', 'text/plain'), 400);
      isProblem(await echo(nested(5000)), 400);
      isProblem(await echo('{}', 'application/json; charset=latin1'), 415);
    });

    it('refuses a body without its length', async () => {
      const chunked = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
      isProblem(await raw(behind.url, head('POST /api/echo', chunked), '2\r\n{}\r\n0\r\n\r\n'), 411);
    });

    it('says so to allowed pages too', async () => {
      const policy = { origins: [ORIGIN], open: false };
      behind.activate({ owner: 'v2', base: '/v2', policy });
      const answer = await ask(`${behind.url}/v2/x`, {
        method: 'POST',
        body: '{"a',
        headers: { 'content-type': 'application/json', origin: ORIGIN },
      });
      isProblem(answer, 400);
      assert.equal(answer.headers.get('access-control-allow-origin'), ORIGIN);
    });
  });

  describe('answers', () => {
    it('are JSON where nothing serves the path, with the methods that are served', async () => {
      web.activate();
      for (const path of ['/api', '/api/', '/api/none', '/api//devices', '/api/../x', '/API/NONE']) {
        isProblem(await raw(web.url, head(`GET ${path}`)), 404, 'unknown-path');
      }
      const wrong = await ask(`${web.url}/api/system/stats`, { method: 'DELETE' });
      isProblem(wrong, 404, 'unknown-method');
      assert.equal(wrong.headers.get('allow'), 'GET, HEAD');
      isProblem(await ask(`${web.url}/api/%zz`), 400, 'invalid');
    });

    it('tell nothing of the inside, and the log everything', async () => {
      web.activate();
      const answer = await ask(`${web.url}/api/broken`);
      isProblem(answer, 500, 'unexpected');
      assert.doesNotMatch(answer.text, /house/);
      assert.match(String(web.errors[0]), /inside of the house/);
    });

    it('are never scripts', async () => {
      web.activate();
      const callbacks = ['callback=x', 'callback[]=x', '%63allback=x', 'a=1&callback=x&callback=y'];
      for (const query of callbacks) {
        const answer = await ask(`${web.url}/api/devices/a?${query}`);
        assert.equal(answer.json()['served'], '/api/devices/a', query);
        assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
        assert.equal(answer.headers.get('cache-control'), 'no-store');
      }
    });

    it('are never scripts, whatever the host calls the parameter', async () => {
      const other = await startWeb((app) => {
        app.set('jsonp callback name', 'cb');
        routes(app);
      });
      other.activate();
      assert.equal((await ask(`${other.url}/api/devices/a?cb=x`)).json()['served'], '/api/devices/a');
      await other.stop();
    });

    it('have no body for HEAD', async () => {
      web.activate();
      for (const [path, status] of [
        ['/api/devices/a', 200],
        ['/api/none', 404],
      ] as const) {
        const answer = await ask(web.url + path, { method: 'HEAD' });
        assert.deepEqual([answer.status, answer.text], [status, '']);
      }
    });
  });

  describe('the deadline', () => {
    it('answers what nobody has answered, once', async () => {
      web.activate();
      const arrived = once(web.server, 'request');
      const pending = ask(`${web.url}/api/hang`);
      await arrived;
      web.clock.advance(ANSWER_WITHIN_MS - 1);
      assert.equal(web.clock.pending, 1);
      web.clock.advance(1);
      isProblem(await pending, 504, 'timeout');
      assert.equal(web.clock.pending, 0);
    });

    it('ends with the answer', async () => {
      web.activate();
      for (const path of ['/api/devices/a', '/api/none', '/api/broken']) await ask(web.url + path);
      await post(`${web.url}/api/echo`, '{"a');
      assert.equal(web.clock.pending, 0);
    });

    it('ends with the connection', async () => {
      web.activate();
      const arrived = once(web.server, 'request');
      const gone = new AbortController();
      const pending = ask(`${web.url}/api/hang`, { signal: gone.signal });
      const [, response] = (await arrived) as [unknown, Response];
      gone.abort();
      await Promise.all([assert.rejects(pending), once(response, 'close')]);
      assert.equal(web.clock.pending, 0);
    });

    it('lets go of a client whose body does not end', async () => {
      web.activate();
      const arrived = once(web.server, 'request');
      const never = { 'content-type': 'application/json', 'content-length': 100 };
      const pending = raw(web.url, head('POST /api/echo', { ...never, connection: 'keep-alive' }), '{');
      await arrived;
      web.clock.advance(ANSWER_WITHIN_MS);
      isProblem(await pending, 408, 'timeout');
    });
  });

  describe('during a redeploy', () => {
    it('asks to come back, and keeps guarding', async () => {
      web.activate({ policy: { origins: [ORIGIN], open: false } })();
      const answer = await ask(`${web.url}/api/devices/a`, { headers: { origin: ORIGIN } });
      isProblem(answer, 503, 'unavailable');
      assert.equal(answer.headers.get('retry-after'), '1');
      assert.equal(answer.headers.get('access-control-allow-origin'), ORIGIN);
      isProblem(await post(`${web.url}/api/echo`, '{}'), 503);
      isProblem(await ask(`${web.url}/api/devices/a`, { headers: { via: 'proxy' } }), 403);
      web.activate();
      assert.equal((await ask(`${web.url}/api/devices/a`)).status, 200);
    });

    it('lets go of the old base where the node comes back with another', async () => {
      web.activate()();
      web.activate({ base: '/v2' });
      assert.equal((await ask(`${web.url}/api/devices/a?callback=x`)).headers.get('vary'), null);
      isProblem(await ask(`${web.url}/v2/x`), 404);
    });

    it('lets go of the base of a node that is removed', async () => {
      const deactivate = web.activate();
      deactivate();
      web.guard.forget('api');
      assert.equal((await ask(`${web.url}/api/devices/a`)).headers.get('vary'), null);
    });

    it('leaves the base of another node active', async () => {
      web.activate();
      web.guard.forget('other');
      isProblem(await ask(`${web.url}/api/none`), 404);
    });
  });

  it('compares full paths where flows are served below a root', async () => {
    const node = await startWeb(routes, { root: '/node' });
    node.activate();
    assert.equal((await ask(`${node.url}/NODE/Api/devices/a`)).json()['served'], '/Api/devices/a');
    isProblem(await ask(`${node.url}/node/api/none`), 404);
    isProblem(await ask(`${node.url}/node/api/hang`, { headers: { via: 'proxy' } }), 403);
    assert.match((await ask(`${node.url}/api/none`)).headers.get('content-type')!, /html/);
    await node.stop();
  });

  it('keeps nothing of those who are gone through 100 redeploys', () => {
    const guard = new Guard();
    const silent = { onRefused: () => {}, onError: () => {}, policy: CLOSED, clock: systemClock };
    for (let round = 0; round < 100; round++) {
      guard.activate({ ...silent, owner: 'a', base: `/api${round}` })();
    }
    let passed = 0;
    const request = { headers: {}, socket: {}, method: 'GET' };
    for (let round = 0; round < 99; round++) {
      guard.front({ ...request, path: `/api${round}/x` } as never, {} as never, () => passed++);
    }
    assert.equal(passed, 99);
  });
});
