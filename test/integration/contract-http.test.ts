import assert from 'node:assert/strict';
import { ask, head, isProblem, post as send, raw } from '../lib/api/web.ts';
import { connect, post, request, type Client } from './clients.ts';
import { deployQuiet, quietFlow, settled } from './core-flow.ts';
import { startNodeRed, type NodeRed } from './harness.ts';
import { chunked, LIMIT, padded, WRONG } from './wrong-requests.ts';

const ISO_WITH_ZONE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
type Device = Record<string, unknown>;

describe('the contract over HTTP, through the core flow', function () {
  this.timeout(30_000);
  let red: NodeRed;
  let api: string;
  before(async () => {
    red = await startNodeRed();
    api = `${red.url}/api`;
    await deployQuiet(red);
  });
  after(() => red.stop());

  const device = async (id: string): Promise<Device> => (await request(`${api}/devices/${id}`)).body;
  const relays = async (): Promise<unknown> => (await request(`${api}/relays`)).body['relays'];

  describe('reading', () => {
    it('GET / tells where things are', async () => {
      for (const path of ['/', '/?callback=x']) {
        const { status, body } = await request(red.url + path);
        assert.equal(status, 200);
        const { name, version, api: base, socket } = body;
        assert.deepEqual(
          [name, base, socket],
          ['@factory-iot/node-red', '/api', { path: '/socket.io' }],
          String(version),
        );
      }
    });

    it('GET /api/health', async () => {
      const { status, body } = await request(`${api}/health`);
      assert.equal(status, 200);
      assert.deepEqual(Object.keys(body), ['status', 'timestamp', 'system']);
      assert.equal(body['status'], 'healthy');
      assert.match(String(body['timestamp']), ISO_WITH_ZONE);
      const system = body['system'] as Record<string, unknown>;
      assert.deepEqual(Object.keys(system), ['cpu_percent', 'memory_percent', 'disk_percent']);
      for (const percent of Object.values(system)) {
        assert.ok(typeof percent === 'number' && percent >= 0 && percent <= 100, String(percent));
      }
    });

    it('GET /api/devices, each as GET /api/devices/:id tells it', async () => {
      const { status, body } = await request(`${api}/devices`);
      const devices = body['devices'] as Device[];
      assert.deepEqual([status, body['count']], [200, 3]);
      assert.match(String(body['timestamp']), ISO_WITH_ZONE);
      assert.deepEqual(
        new Set(devices.map(({ id }) => id)),
        new Set(['sensor_001', 'sensor_002', 'actuator_001']),
      );
      for (const each of devices) {
        assert.deepEqual(await device(String(each['id'])), each);
        const { name, type, value, unit, status: state, last_update } = each;
        assert.deepEqual(
          [typeof name, typeof type, typeof unit, state],
          ['string', 'string', 'string', 'active'],
        );
        assert.ok(['number', 'string', 'boolean'].includes(typeof value));
        assert.match(String(last_update), ISO_WITH_ZONE);
      }
    });

    it('GET /api/system/stats', async () => {
      const { status, body } = await request(`${api}/system/stats`);
      assert.equal(status, 200);
      for (const key of ['cpu', 'memory', 'disk', 'network', 'temperature', 'timestamp']) {
        assert.ok(Object.hasOwn(body, key), key);
      }
      assert.match(String(body['timestamp']), ISO_WITH_ZONE);
    });

    it('GET /api/config', async () => {
      const { status, body } = await request(`${api}/config`);
      assert.equal(status, 200);
      assert.deepEqual(Object.keys(body), ['server', 'client', 'backend', 'kiosk']);
      assert.match((body['backend'] as Record<string, string>)['node_red']!, /^5\.\d+\.\d+/);
      assert.doesNotMatch(JSON.stringify(body), /secret|token|password/i);
    });

    it('GET /api/audit and /api/audit/verify', async () => {
      await post(`${api}/devices/sensor_001/status`, { status: 'active' });
      const { status, body } = await request(`${api}/audit?kind=write&limit=1&callback=x`);
      assert.equal(status, 200);
      assert.deepEqual(Object.keys(body), ['entries', 'next', 'head']);
      const [entry] = body['entries'] as Device[];
      const { at, seal, device: written, by, from, via } = entry!;
      assert.match(String(at), ISO_WITH_ZONE);
      assert.match(String(seal), /^[0-9a-f]{64}$/);
      assert.deepEqual([written, by, from, via], ['sensor_001', 'loopback', '127.0.0.1', 'http']);
      assert.equal(body['next'], entry!['seq']);
      const { seq, seal: last } = body['head'] as Record<string, string>;
      const verified = await request(`${api}/audit/verify?seq=${seq}&seal=${last}`);
      assert.deepEqual([verified.status, verified.body['ok']], [200, true]);
      assert.equal((await request(`${api}/audit?limit=0`)).status, 400);
      const configs = (await request(`${api}/audit?kind=config`)).body['entries'] as Device[];
      assert.deepEqual(new Set(configs.map(({ what }) => what)), new Set(['plant', 'board']));
    });

    it('GET /api/relays', async () => {
      const { status, body } = await request(`${api}/relays`);
      assert.equal(status, 200);
      assert.deepEqual(Object.keys(body), ['relays', 'info']);
      assert.deepEqual(Object.keys(body['relays'] as object), ['relay1', 'relay2', 'relay3']);
    });

    it('HEAD of all of it: the same without a body', async () => {
      for (const path of [
        '/health',
        '/devices',
        '/devices/sensor_001',
        '/system/stats',
        '/config',
        '/relays',
      ]) {
        const { status, text, headers } = await ask(api + path, { method: 'HEAD' });
        assert.deepEqual([status, text], [200, ''], path);
        assert.match(headers.get('content-type')!, /^application\/json/, path);
      }
    });

    it('in any letter case, with a slash at the end, with an unknown query', async () => {
      for (const path of [
        '/API/Devices',
        '/api/devices/',
        '/api/devices?x=1&x=2',
        '/api/devices?__proto__=1',
      ]) {
        assert.equal((await request(red.url + path)).body['count'], 3, path);
      }
    });

    it('is JSON whatever callback is asked for, and kept by nobody', async () => {
      const queries = ['callback=x', 'callback[]=x', '%63allback=x', 'callback=x&callback=y', 'jsonp=x'];
      for (const query of queries) {
        const { body, headers } = await request(`${api}/devices?${query}`);
        assert.equal(body['count'], 3, query);
        assert.equal(headers.get('x-content-type-options'), 'nosniff');
        assert.equal(headers.get('cache-control'), 'no-store');
      }
    });
  });

  describe('writing', () => {
    let client: Client;
    beforeEach(async () => {
      client = await connect(red.url, 'websocket');
    });
    afterEach(() => client.close());

    it('POST /api/devices/:id/value, of each type there is', async () => {
      for (const value of [0, -40.5, 'running', '', true, false, null, 21]) {
        const { status, body } = await post(`${api}/devices/sensor_001/value`, { value });
        const written = body['device'] as Device;
        assert.deepEqual([status, body['message']], [200, 'Device value updated']);
        assert.deepEqual([written['id'], written['value']], ['sensor_001', value]);
        assert.match(String(written['last_update']), ISO_WITH_ZONE);
        assert.equal((await device('sensor_001'))['value'], value);
      }
    });

    it('POST /api/devices/:id/status, each of the four, heard on the socket', async () => {
      for (const state of ['inactive', 'error', 'maintenance', 'active']) {
        const heard = client.next<{ devices: Device[] }>(
          'devices_update',
          ({ devices }) => devices.find(({ id }) => id === 'sensor_002')?.['status'] === state,
        );
        const { status, body } = await post(`${api}/devices/sensor_002/status`, { status: state });
        assert.deepEqual([status, body['message']], [200, 'Device status updated']);
        assert.equal((body['device'] as Device)['status'], state);
        await heard;
      }
    });

    it('POST /api/relays/:id in any letter case, heard on the socket', async () => {
      for (const [action, word] of [
        ['on', 'on'],
        ['OFF', 'off'],
        ['On', 'on'],
        ['oFf', 'off'],
      ] as const) {
        const heard = client.next<{ relays: Record<string, boolean> }>('relays_update');
        const { status, body } = await post(`${api}/relays/relay2`, { action });
        assert.deepEqual([status, body['status'], body['ok']], [200, `relay2 turned ${word}`, true]);
        assert.equal((await heard).relays['relay2'], word === 'on');
        assert.deepEqual(await relays(), { relay1: false, relay2: word === 'on', relay3: false });
      }
    });

    it('carries a command with an id out once', async () => {
      const command = { action: 'on', id: 'once' };
      assert.equal((await post(`${api}/relays/relay3`, command)).body['code'], 'done');
      await post(`${api}/relays/relay3`, { action: 'off' });
      const { status, body } = await post(`${api}/relays/relay3`, command);
      assert.equal(body['code'], 'duplicate', `${status} ${JSON.stringify(body)}`);
      assert.deepEqual(await relays(), { relay1: false, relay2: false, relay3: false });
    });

    it(`takes a body of ${LIMIT} bytes, by length and in chunks, and all types that are JSON`, async () => {
      const url = `${api}/devices/sensor_001/value`;
      assert.equal((await send(url, padded(LIMIT))).status, 200);
      assert.equal((await chunked(api, padded(LIMIT))).status, 200);
      for (const type of ['application/json; charset=utf-8', 'Application/JSON', 'application/x+json']) {
        assert.equal((await send(url, '{"value":21}', type)).status, 200, type);
      }
    });
  });

  describe('refuses', () => {
    for (const { what, status, send: sendIt } of WRONG) {
      it(`${what}: ${status}`, async () => isProblem(await sendIt(api), status));
    }

    it('large bodies in chunks: 413', async () => {
      isProblem(await chunked(api, padded(LIMIT + 1)), 413, 'limit');
      isProblem(await chunked(api, padded(12_000_000)), 413, 'limit');
    });

    it('a length that lies: 413 at once, and no more read than was told', async () => {
      const url = `POST /api/devices/sensor_001/value`;
      const json = { 'content-type': 'application/json', connection: 'keep-alive' };
      const bytes = head(url, { ...json, 'content-length': 12 });
      const { status, text } = await raw(api, bytes, `{"value":21}${head('GET /api/none')}`);
      assert.equal(status, 200);
      assert.match(text, /HTTP\/1\.1 404 /);
    });

    it('nothing of which has changed anything, or reached the log beyond who was refused', async () => {
      const { value, status } = await device('sensor_001');
      assert.deepEqual([value, status], [21, 'active']);
      assert.equal((await request(`${api}/devices`)).body['count'], 3);
      assert.deepEqual(await relays(), { relay1: false, relay2: false, relay3: false });
      assert.deepEqual(
        red.log.filter((line) => /factory-api|http/.test(line) && !/ refused 127\.0\.0\.1 /.test(line)),
        [],
      );
    });
  });

  it('answers preflights of pages on this machine, and tells others nothing', async () => {
    const preflight = (origin: string): ReturnType<typeof ask> =>
      ask(`${api}/relays/relay1`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type',
        },
      });
    const own = await preflight('http://localhost:3000');
    assert.deepEqual([own.status, own.text], [204, '']);
    assert.equal(own.headers.get('access-control-allow-origin'), 'http://localhost:3000');
    assert.match(own.headers.get('access-control-allow-methods')!, /POST/);
    assert.match(own.headers.get('access-control-allow-headers')!, /content-type/);
    const foreign = await preflight('https://evil.example');
    isProblem(foreign, 403, 'forbidden');
    assert.equal(foreign.headers.get('access-control-allow-origin'), null);
  });

  it('answers 501 for relays where there is no board', async () => {
    await red.deploy(quietFlow().filter(({ type }) => type !== 'factory-board'));
    isProblem(await ask(`${api}/relays`), 501, 'unavailable');
    await settled(api);
    isProblem(await send(`${api}/relays/relay1`, '{"action":"on"}'), 404, 'unknown-relay');
    await deployQuiet(red);
  });

  it('guards endpoints that a flow adds below the base path', async () => {
    const own = {
      z: 'factory-iot-tab',
      x: 0,
      y: 0,
      name: '',
      upload: true,
      wires: [['factory-iot-http-out']],
    };
    await red.deploy([
      ...quietFlow(),
      { ...own, id: 'own-post', type: 'http in', url: '/api/own', method: 'post' },
      { ...own, id: 'own-hang', type: 'http in', url: '/api/own/:id', method: 'get', wires: [[]] },
    ]);
    assert.deepEqual((await send(`${api}/own`, '{"a":1}')).json(), { a: 1 });
    for (const body of ['null', '[]', '{']) isProblem(await send(`${api}/own`, body), 400);
    isProblem(await send(`${api}/own`, 'text', 'text/plain'), 400);
    isProblem(await send(`${api}/own`, padded(LIMIT + 1)), 413);
    isProblem(await ask(`${api}/own/1`, { headers: { via: 'proxy' } }), 403);
    isProblem(await ask(`${api}/own/1`), 504, 'timeout');
    await deployQuiet(red);
  });
});
