import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import type { Express } from 'express';
import { Guard } from '../../lib/api/guard.ts';
import { systemClock } from '../../lib/base/clock.ts';
import { mount } from '../../nodes/factory-api/mount.ts';
import { ask, head, isProblem, raw } from '../lib/api/web.ts';

describe('mounting the guard', () => {
  let parent: Express;
  let flows: Express;
  let guard: Guard;
  let server: Server;
  const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  beforeEach(async () => {
    parent = express();
    flows = express();
    guard = new Guard();
    guard.activate({
      owner: 'api',
      base: '/api',
      policy: { origins: [], open: false },
      clock: systemClock,
      onRefused: () => {},
      onError: () => {},
      onTurn: () => {},
    });
    server = createServer(parent);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  it('is ahead of routes that were there before', async () => {
    parent.use(flows);
    flows.get('/api/early', (_request, response) => void response.jsonp({ early: true }));
    mount(flows, guard);
    isProblem(await raw(url(), head('GET /api/early', { host: 'panel.example' })), 403);
    assert.deepEqual((await ask(`${url()}/api/early?callback=x`)).json(), { early: true });
    isProblem(await ask(`${url()}/api/none`), 404);
  });

  it('follows where flows are mounted later', async () => {
    mount(flows, guard);
    flows.get('/api/late', () => {
      throw new Error('the inside of the house');
    });
    parent.use(flows);
    isProblem(await ask(`${url()}/api/late`), 500);
    isProblem(await ask(`${url()}/api/none`), 404);
  });

  it('does without being mounted', async () => {
    mount(flows, guard);
    assert.equal((await ask(`${url()}/api/none`)).status, 404);
  });
});
