import assert from 'node:assert/strict';
import { Guard } from '../../../lib/api/guard.ts';
import { systemClock } from '../../../lib/base/clock.ts';
import { ask, CLOSED, head, isProblem, post, raw, routes, startWeb } from './web.ts';
import type { Reply, Web } from './web.ts';

const ORIGIN = 'http://panel.example:3000';

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

    it('lets a second node on one base, in any letter case, wait until the first is removed', async () => {
      const turns: (string | undefined)[] = [];
      const onTurn = (conflict?: Error): void => void turns.push(conflict?.message);
      const first = web.activate();
      web.activate({ owner: 'other', base: '/API', onTurn });
      assert.deepEqual(turns, ['another plant API node serves /API already']);
      first();
      isProblem(await ask(`${web.url}/api/devices/a`), 503);
      assert.equal(turns.length, 1, 'a redeploy is no removal');
      web.guard.forget('api');
      assert.deepEqual(turns.slice(1), [undefined]);
      assert.equal((await ask(`${web.url}/api/devices/a`)).status, 200);
    });

    it('forgets who waited once it is gone', async () => {
      const first = web.activate();
      web.activate({ owner: 'other' })();
      first();
      web.guard.forget('api');
      assert.equal((await ask(`${web.url}/api/devices/a`)).headers.get('vary'), null);
    });

    it('gives the base to who waits where its owner comes back with another', async () => {
      const first = web.activate();
      web.activate({ owner: 'other' });
      first();
      web.activate({ base: '/v2' });
      assert.equal((await ask(`${web.url}/api/devices/a`)).status, 200);
      isProblem(await ask(`${web.url}/api/none`), 404);
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
      const { permit, gone, ...admitted } = web.guard.admitted(asked as object)!;
      permit('switch', { relay: 'relay1' });
      assert.deepEqual(admitted, {
        base: '/api',
        path: '/devices/a%20b',
        principal: { name: 'loopback', role: 'engineer', via: 'http', address: '127.0.0.1' },
        arrived: 0,
        waited: 0,
      });
      assert.ok(gone(), 'it has its answer');
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
    const silent = {
      onRefused: () => {},
      onError: () => {},
      onTurn: () => {},
      policy: CLOSED,
      clock: systemClock,
    };
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
