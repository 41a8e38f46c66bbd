import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import express from 'express';
import { MAX_BODY_BYTES } from '../../../lib/api/body.ts';
import { ask, head, isProblem, post, raw, routes, startWeb } from './web.ts';
import type { Reply, Web } from './web.ts';

const ORIGIN = 'http://panel.example:3000';
const nested = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
const ofSize = (bytes: number): string => `{"a":"${'x'.repeat(bytes - 8)}"}`;

describe('the guard', () => {
  let web: Web;
  beforeEach(async () => {
    web = await startWeb(routes);
  });
  afterEach(() => web.stop());

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

    it('asks first who it is, and tells what is wrong and not what follows from it', async () => {
      const json = { 'content-type': 'application/json', 'content-length': 2 };
      const malformed = head('POST /api/echo', { ...json, via: 'proxy' });
      isProblem(await raw(behind.url, malformed, '{"'), 403, 'forbidden');
      const compressed = head('POST /api/echo', { ...json, 'content-encoding': 'gzip' });
      isProblem(await raw(behind.url, compressed, '{}'), 415);
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
});
