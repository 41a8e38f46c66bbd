import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { networkInterfaces } from 'node:os';
import { open, request, TRANSPORTS, type Answer } from './clients.ts';
import { deployQuiet, quietFlow } from './core-flow.ts';
import { startNodeRed, type NodeRed } from './harness.ts';

/** An address of this machine that is not loopback: who comes through it looks as if from elsewhere. */
const outside = Object.values(networkInterfaces())
  .flat()
  .find((address) => address?.family === 'IPv4' && !address.internal)?.address;

describe('closed by default, in a Node-RED that listens on all addresses', function () {
  this.timeout(30_000);
  let red: NodeRed;
  before(async () => {
    red = await startNodeRed({ host: '0.0.0.0' });
    await deployQuiet(red);
  });
  after(() => red.stop());
  afterEach(() => {
    delete process.env['FACTORY_INSECURE'];
  });

  const relay1 = async (): Promise<unknown> =>
    ((await request(`${red.url}/api/relays`)).body['relays'] as Record<string, unknown>)['relay1'];

  /** fetch sends no Host or Origin of one's own choice. */
  const raw = (
    method: string,
    path: string,
    headers: Record<string, string>,
    base = red.url,
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const body = method === 'POST' ? '{"action":"on"}' : '';
      const asked = httpRequest(`${base}${path}`, {
        method,
        headers: { 'content-type': 'application/json', 'content-length': body.length, ...headers },
      });
      asked.on('error', reject);
      asked.on('upgrade', (_response, socket) => {
        socket.destroy();
        reject(new Error('was let in'));
      });
      asked.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => {
          const answer = { status: response.statusCode!, headers: new Headers(response.headers as never) };
          resolve({ ...answer, body: text === '' ? {} : (JSON.parse(text) as Answer['body']) });
        });
      });
      asked.end(body);
    });

  /** Asks to be upgraded to a WebSocket; tells how that is refused. */
  const upgrade = (headers: Record<string, string>, base?: string): Promise<Answer> =>
    raw(
      'GET',
      '/socket.io/?EIO=4&transport=websocket',
      {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        ...headers,
      },
      base,
    );

  const strangers: [string, Record<string, string>][] = [
    ['passed on by a proxy', { 'x-forwarded-for': '203.0.113.9' }],
    ['for another host name', { host: 'panel.example:1880' }],
    ['from another web page', { origin: 'https://evil.example' }],
    ['from a sandboxed web page', { origin: 'null' }],
  ];
  for (const [kind, headers] of strangers) {
    it(`refuses HTTP requests ${kind}, with the reason`, async () => {
      for (const [method, path] of [
        ['GET', '/api/devices'],
        ['GET', '/api/no-such-thing'],
        ['GET', '/'],
        ['POST', '/api/relays/relay1'],
      ] as const) {
        const { status, body } = await raw(method, path, headers);
        assert.equal(status, 403, `${method} ${path}`);
        assert.equal(body['code'], 'forbidden');
        assert.ok(String(body['error']).length > 10 && String(body['reason']).length > 10);
      }
      assert.equal(await relay1(), false);
    });
    it(`refuses websocket ${kind}, with the reason`, async () => {
      const { status, body } = await upgrade(headers);
      assert.deepEqual([status, body['code']], [403, 'forbidden']);
      assert.ok(String(body['reason']).length > 10);
    });
    it(`refuses polling ${kind}, with the reason`, async () => {
      const { status, body } = await raw('GET', '/socket.io/?EIO=4&transport=polling', headers);
      assert.deepEqual([status, body['code']], [403, 'forbidden']);
      assert.ok(String(body['reason']).length > 10);
    });
  }

  it('lets a WebSocket of this machine in, so that what is refused above is not the way of asking', async () => {
    await assert.rejects(upgrade({}), /was let in/);
  });

  it('says to a refused handshake why', async () => {
    const { status, body } = await raw('GET', '/socket.io/?EIO=4&transport=polling', strangers[0]![1]);
    assert.equal(status, 403);
    assert.match(JSON.stringify(body), /not configured/);
  });

  it('lets another origin in on socket and HTTP once it is a setting, preflight included', async () => {
    const origin = 'http://panel.example:3000';
    await red.deploy(
      quietFlow().map((node) => (node.type === 'factory-server' ? { ...node, origins: origin } : node)),
    );
    const answer = await raw('GET', '/api/devices', { origin });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('access-control-allow-origin'), origin);
    const preflight = await raw('OPTIONS', '/api/relays/relay1', {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get('access-control-allow-origin'), origin);
    assert.match(preflight.headers.get('access-control-allow-methods') ?? '', /POST/);
    assert.match(preflight.headers.get('access-control-allow-headers') ?? '', /content-type/i);
    const handshake = await fetch(`${red.url}/socket.io/?EIO=4&transport=polling`, { headers: { origin } });
    assert.equal(handshake.headers.get('access-control-allow-origin'), origin);
    await handshake.text();
    for (const transport of TRANSPORTS) {
      const client = open(red.url, { transports: [transport], extraHeaders: { origin } });
      await once(client.socket as never, 'connect');
      client.close();
    }
    assert.equal((await raw('GET', '/api/devices', { origin: 'http://panel.example' })).status, 403);
    await deployQuiet(red);
  });

  describe('from another address', () => {
    before(function () {
      if (!outside) {
        console.log('      (this machine has no address but loopback)');
        this.skip();
      }
    });
    const url = (): string => `http://${outside}:${red.port}`;

    it('refuses HTTP', async () => {
      for (const path of ['/', '/api/devices', '/api/health', '/api/config', '/api/nonsense']) {
        const { status, body } = await request(`${url()}${path}`);
        assert.deepEqual([path, status, body['code']], [path, 403, 'forbidden']);
      }
    });
    it('refuses both transports', async () => {
      const polling = await request(`${url()}/socket.io/?EIO=4&transport=polling`);
      for (const { status, body } of [polling, await upgrade({}, url())]) {
        assert.deepEqual([status, body['code']], [403, 'forbidden']);
        assert.match(String(body['reason']), /only this machine itself/);
      }
    });
    it('lets everyone in where FACTORY_INSECURE=1 says so', async () => {
      process.env['FACTORY_INSECURE'] = '1';
      await deployQuiet(red);
      assert.equal((await request(`${url()}/api/devices`)).status, 200);
      for (const transport of TRANSPORTS) {
        const client = open(url(), { transports: [transport] });
        await client.next('connected');
        client.close();
      }
      delete process.env['FACTORY_INSECURE'];
      await deployQuiet(red);
      assert.equal((await request(`${url()}/api/devices`)).status, 403);
    });
  });
});
