import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import express from 'express';
import type { Node, NodeAPI, NodeDef } from 'node-red';
import { systemClock } from '../../lib/base/clock.ts';
import { LiveServer } from '../../lib/live/live-server.ts';
import { Plant } from '../../lib/plant/plant.ts';
import { MemoryStore } from '../../lib/store/memory.ts';
import factoryApi from '../../nodes/factory-api/factory-api.ts';
import { OneRelay } from '../lib/api/board.ts';
import { ask, head, isProblem, post, raw } from '../lib/api/web.ts';
import type { Reply } from '../lib/api/web.ts';
import { load, next, nodeById, redeploy, send, start, status, stop, unload } from './helper.ts';
import type { FlowNode, Register } from './helper.ts';
import { API, BASIS, FLOW, httpIn } from './api-flow.ts';

const require = createRequire(import.meta.url);
const http = require('@node-red/nodes/core/network/21-httpin.js') as Register;
const ORIGIN = 'http://panel.example:3000';

describe('factory-api', () => {
  let server: Server;
  let url: string;
  let app: express.Express;
  let RED: NodeAPI;
  let plant: Plant;
  let live: LiveServer;
  let board: OneRelay;

  /** The plant and the server, real, held by config nodes as the API node finds them. */
  const stands: Register = (red) => {
    RED = red;
    red.nodes.registerType('factory-plant', function (this: Node & { plant?: Plant }, def: NodeDef) {
      red.nodes.createNode(this, def);
      this.plant = plant;
    });
    red.nodes.registerType('factory-server', function (this: Node, def: NodeDef) {
      red.nodes.createNode(this, def);
      Object.assign(this, { live, path: '/socket.io', policy: { origins: [ORIGIN], open: false } });
    });
    app.use('/node', red.httpNode);
  };
  const run = (flow: FlowNode[]): Promise<void> => load([stands, http, factoryApi], flow);

  before(start);
  after(stop);
  beforeEach(async () => {
    plant = new Plant({ name: 'test', clock: systemClock, store: new MemoryStore() });
    await plant.ready;
    board = new OneRelay('relay1', systemClock);
    live = new LiveServer({ clock: systemClock, policy: { origins: [], open: false } });
    plant.devices.events.on('change', ({ id, device }) => live.publish(`devices/${id}`, device));
    plant.relays.events.on('change', ({ id, relay }) => live.publish(`relays/${id}`, relay));
    plant.devices.write({ id: 'sensor_001', value: 21 });
    plant.relays.add(board);
    app = express();
    server = createServer(app);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/node`;
  });
  afterEach(async () => {
    await unload();
    server.closeAllConnections();
    server.close();
    await live.close();
    await plant.close();
  });

  it('says in its health what is wrong in the plant, without the ids that clients may not see', async () => {
    await run([...FLOW, httpIn('health', 'get', '/api/health')]);
    live.publish('system/stats', { cpu: { percent: 1 } });
    const health = async (): Promise<Record<string, unknown>> => (await ask(`${url}/api/health`)).json();
    assert.equal((await health())['status'], 'healthy');
    plant.devices.write({ id: 'sensor_001', status: 'error' });
    plant.devices.write({ id: 'secret', value: 1, status: 'error' });
    live.publish('devices/secret', null);
    plant.failed.set('b', { what: 'board', id: 'yard', reason: 'two relays have one id' });
    const { status: state, problems } = await health();
    assert.equal(state, 'degraded');
    assert.deepEqual(problems, [
      { what: 'board', id: 'yard', reason: 'two relays have one id' },
      { what: 'device', id: 'sensor_001', reason: 'its status is error' },
      { what: 'device', reason: 'something is wrong with one that clients may not see' },
    ]);
  });

  it('reads what flowed into the live server, and writes to the plant', async () => {
    await run(FLOW);
    const list = (await ask(`${url}/api/devices`)).json();
    assert.deepEqual(list['devices'], [plant.devices.get('sensor_001')]);
    const { status: code, json } = await post(`${url}/api/devices/sensor_001/value`, '{"value": 22}');
    assert.deepEqual([code, json()['message']], [200, 'Device value updated']);
    assert.equal(plant.devices.get('sensor_001')?.value, 22);
    assert.deepEqual((await ask(`${url}/api/devices/sensor_001`)).json(), plant.devices.get('sensor_001'));
    live.publish('devices/sensor_001', null);
    isProblem(await ask(`${url}/api/devices/sensor_001`), 404, 'unknown-device');
    isProblem(await ask(`${url}/api/system/stats`), 503, 'unavailable');
  });

  it('switches relays in the name of who asks', async () => {
    await run(FLOW);
    const answer = (await post(`${url}/api/relays/relay1`, '{"action": "ON"}')).json();
    assert.deepEqual([answer['status'], answer['ok'], answer['state']], ['relay1 turned on', true, true]);
    assert.deepEqual([board.heard[0]!.by, board.heard[0]!.from], ['loopback', '127.0.0.1']);
    assert.deepEqual((await ask(`${url}/api/relays`)).json(), {
      relays: { relay1: true },
      info: plant.relays.list(),
    });
    isProblem(await post(`${url}/api/relays/none`, '{"action": "on"}'), 404, 'unknown-relay');
  });

  it('tells its configuration, with nothing in it but what is named', async () => {
    await run(FLOW);
    const config = (await ask(`${url}/api/config`)).json();
    assert.deepEqual(Object.keys(config), ['server', 'client', 'backend', 'kiosk']);
    assert.deepEqual(config['server'], { path: '/socket.io', api: '/node/api', max_body_bytes: 65_536 });
    const { name, version, node_red } = config['backend'] as Record<string, string>;
    assert.deepEqual([name, typeof node_red], ['@factory-iot/node-red', 'string']);
    assert.match(version!, /^\d+\.\d+\.\d+$/);
  });

  it('shows people a page there, in both languages, and why they may not see it', async () => {
    await run(FLOW);
    const page = (headers: object): Promise<Reply> =>
      ask(`${url}/`, { headers: { accept: 'text/html,*/*', ...headers } });
    const { status: code, text, headers } = await page({});
    assert.equal(code, 200);
    assert.match(headers.get('content-type') ?? '', /^text\/html/);
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/);
    for (const path of ['/node/api/health', '/node/api/devices'])
      assert.ok(text.includes(`href="${path}"`), path);
    assert.match(text, /<section lang="fa" dir="rtl">/);
    const refused = await page({ via: 'proxy' });
    assert.equal(refused.status, 403);
    assert.match(refused.text, /passed on by a proxy/);
    assert.doesNotMatch(refused.text, /href=/);
  });

  it('tells at the home path where things are, to those who may read', async () => {
    await run(FLOW);
    for (const path of ['', '/', '/?callback=x']) {
      const home = await ask(url + path);
      const { name, api, socket } = home.json();
      assert.deepEqual([name, api, socket], ['@factory-iot/node-red', '/node/api', { path: '/socket.io' }]);
      assert.equal(home.headers.get('cache-control'), 'no-store');
    }
    const stranger = await raw(url, head('GET /node/', { 'x-forwarded-for': '203.0.113.9' }));
    isProblem(stranger, 403, 'forbidden');
    const { text } = await status('api', (shown) => shown.fill === 'yellow');
    assert.equal(text, 'factory-api.status.refused');
  });

  it('guards http in nodes that lead elsewhere', async () => {
    const own: FlowNode[] = [
      httpIn('mine', 'post', '/api/mine', 'out'),
      httpIn('hidden', 'get', '/api/hang', 'seen'),
    ];
    await run([...FLOW, ...own]);
    assert.deepEqual((await post(`${url}/api/mine`, '{"a":1}')).json(), { a: 1 });
    isProblem(await post(`${url}/api/mine`, 'a=1', 'application/x-www-form-urlencoded'), 400);
    isProblem(await raw(url, head('GET /node/api/hang', { host: 'panel.example' })), 403);
    const page = await ask(`${url}/api/none`, { headers: { origin: ORIGIN } });
    isProblem(page, 404, 'unknown-path');
    assert.equal(page.headers.get('access-control-allow-origin'), ORIGIN);
  });

  it('keeps what else is on the message', async () => {
    await run(FLOW);
    const seen = next('seen');
    await ask(`${url}/api/devices`);
    const message = await seen;
    assert.equal(typeof message['_msgid'], 'string');
    assert.deepEqual([message['statusCode'], typeof message['req']], [200, 'object']);
  });

  it('refuses messages that no request is on', async () => {
    await run(FLOW);
    for (const req of [undefined, null, 'GET', {}]) {
      await assert.rejects(send('api', { payload: {}, req }), { code: 'invalid', message: /msg\.req/ });
    }
    assert.equal((await status('api', ({ fill }) => fill === 'red')).text, 'common.error.invalid');
  });

  it('does not answer for what its guard has not seen', async () => {
    await run([...FLOW, httpIn('astray', 'get', '/astray'), httpIn('post', 'post', '/')]);
    isProblem(await ask(`${url}/astray`), 503, 'config');
    isProblem(await post(`${url}/`, '{}'), 503, 'config');
  });

  it('shows how many requests it has answered', async () => {
    await run(FLOW);
    assert.equal((await status('api')).text, 'factory-api.status.ready');
    await ask(`${url}/api/devices`);
    assert.deepEqual(await status('api', ({ text }) => text === '1'), {
      fill: 'green',
      shape: 'dot',
      text: '1',
    });
  });

  it('tells the log what goes wrong inside, and the client nothing', async () => {
    await run(FLOW);
    board.fails = new Error('the inside of the house');
    const told = once(nodeById('api') as never, 'call:error') as Promise<[{ args: [Error] }]>;
    const answer = await post(`${url}/api/relays/relay1`, '{"action": "on"}');
    isProblem(answer, 500, 'unexpected');
    assert.doesNotMatch(answer.text, /house/);
    assert.equal((await told)[0].args[0], board.fails);
  });

  describe('with settings that cannot work', () => {
    for (const [what, more, code] of [
      ['no plant', { plant: '' }, 'config'],
      ['no server', { server: 'none' }, 'config'],
    ] as const) {
      it(`guards and says so: ${what}`, async () => {
        await run([...BASIS, { ...API, ...more }]);
        assert.equal((await status('api', ({ fill }) => fill === 'red')).text, 'common.error.config');
        isProblem(await ask(`${url}/api/devices`), 503, code);
        isProblem(await ask(`${url}/api/none`), 404);
        isProblem(await raw(url, head('GET /node/api/devices', { via: 'proxy' })), 403);
      });
    }

    it('serves nothing on a base path that is none', async () => {
      await run([...BASIS, { ...API, base: '/' }]);
      assert.equal((await status('api', ({ fill }) => fill === 'red')).text, 'common.error.config');
      isProblem(await ask(`${url}/api/devices`), 503, 'config');
    });

    it('leaves the base path to the one who has it', async () => {
      const second = { ...API, id: 'second', wires: [['out']] };
      await run([...FLOW, second, httpIn('to-second', 'get', '/api/second', 'second')]);
      assert.equal((await status('second', ({ fill }) => fill === 'red')).text, 'common.error.config');
      assert.equal((await ask(`${url}/api/devices`)).status, 200);
      // A copy of a flow takes requests of the one base, and answers them as the original does.
      isProblem(await ask(`${url}/api/second`), 404, 'unknown-path');
      await redeploy(
        [...BASIS, second, httpIn('to-second', 'post', '/api/devices/:id/status', 'second')],
        'nodes',
      );
      const answer = await post(`${url}/api/devices/sensor_001/status`, '{"status": "error"}');
      assert.equal(answer.status, 200, 'it takes the place of the one removed');
      isProblem(await raw(url, head('GET /node/api/devices', { via: 'proxy' })), 403);
    });
  });

  describe('redeployed', () => {
    const changed = (more: object): FlowNode[] => [...BASIS, { ...API, ...more }];

    it('follows its base path', async () => {
      await run([...FLOW, httpIn('v2', 'get', '/v2/devices')]);
      await redeploy([...changed({ base: '/v2' }), httpIn('v2', 'get', '/v2/devices')], 'nodes');
      assert.equal((await ask(`${url}/v2/devices`)).status, 200);
      assert.equal((await ask(`${url}/api/none`)).headers.get('vary'), null);
    });

    it('goes on guarding where the new settings cannot work, until it is removed', async () => {
      await run(FLOW);
      await redeploy(changed({ base: '/' }));
      isProblem(await ask(`${url}/api/devices`), 503, 'unavailable');
      isProblem(await raw(url, head('GET /node/api/devices', { via: 'proxy' })), 403);
      await redeploy(BASIS);
      assert.equal((await ask(`${url}/api/none`)).headers.get('vary'), null);
    });

    it('lets go of its base path when it is removed or disabled', async () => {
      for (const without of [BASIS, changed({ d: true })]) {
        await run(FLOW);
        isProblem(await ask(`${url}/api/none`), 404);
        await redeploy(without);
        assert.equal((await ask(`${url}/api/none`)).headers.get('vary'), null);
        await unload();
      }
    });

    it('answers every request that comes meanwhile', async () => {
      await run(FLOW);
      const until = { enough: false };
      const answers: Reply[] = [];
      const asking = (async () => {
        while (!until.enough) answers.push(await ask(`${url}/api/devices`));
      })();
      for (let round = 0; round < 10; round++) await redeploy(FLOW);
      until.enough = true;
      await asking;
      for (const answer of answers) assert.ok([200, 404, 503].includes(answer.status), answer.text);
      for (const answer of answers) answer.json();
      assert.equal((await ask(`${url}/api/devices`)).status, 200);
    });

    it('leaves nothing behind 100 times', async () => {
      await run(FLOW);
      const router = (of: unknown): number => (of as { _router: { stack: unknown[] } })._router.stack.length;
      const count = (): number[] => [
        router(app),
        router(RED.httpNode),
        RED.events.eventNames().reduce((sum, name) => sum + RED.events.listenerCount(name), 0),
      ];
      // Connections of earlier tests that go meanwhile take timers with them, so there may be fewer.
      const timers = (): number =>
        process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
      await redeploy(FLOW);
      const [before, timersBefore] = [count(), timers()];
      for (let round = 0; round < 100; round++) await redeploy(FLOW);
      assert.deepEqual(count(), before);
      assert.ok(timers() <= timersBefore);
    });
  });
});
