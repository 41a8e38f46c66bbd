import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Response } from 'express';
import { ANSWER_WITHIN_MS } from '../../../lib/api/deadline.ts';
import { ask, head, isProblem, post, raw, routes, startWeb } from './web.ts';
import type { Web } from './web.ts';

describe('the guard', () => {
  let web: Web;
  beforeEach(async () => {
    web = await startWeb(routes);
  });
  afterEach(() => web.stop());

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
});
