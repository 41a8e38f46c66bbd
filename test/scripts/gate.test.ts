import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { Access } from '../../lib/access/access.ts';
import { NO_PROXIES } from '../../lib/access/proxies.ts';
import { digest, newSecret } from '../../lib/access/secret.ts';
import { FakeClock } from '../../lib/base/fake-clock.ts';
import { guardServer } from '../../nodes/gate.ts';
import { Places, startGates } from '../../scripts/start/gate.ts';

describe('the gate in front of everything', () => {
  let server: Server;
  let places: Places;
  const access = new Access(new FakeClock());
  before(async () => {
    places = new Places();
    const app = express();
    app.use((_request, response) => void response.send('in'));
    server = createServer(app);
    const policy = { origins: ['http://panel.example'], open: false, access };
    for (const gate of startGates(policy, places, '/editor')) guardServer(server, gate);
    server.on('upgrade', (_request, socket) => {
      if (socket.writable) socket.end('HTTP/1.1 426 in\r\n\r\n');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => places.follow([]));
  afterEach(() => access.forget());

  async function ask(
    path: string,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; text: string }> {
    const { port } = server.address() as AddressInfo;
    const asked = httpRequest({ host: '127.0.0.1', port, path, headers, agent: false }).end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
    return { status: response.statusCode ?? 0, text };
  }
  const UPGRADE = { connection: 'Upgrade', upgrade: 'websocket' };

  for (const path of ['/', '/editor/', '/ui/', '/dashboard/plant', '/api/devices', '/anything']) {
    it(`lets nobody to ${path} but this machine`, async () => {
      assert.deepEqual(await ask(path), { status: 200, text: 'in' });
      for (const headers of [
        { via: 'proxy' },
        { host: 'rebound.example' },
        { origin: 'http://evil.example' },
        { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
      ]) {
        const { status, text } = await ask(path, headers);
        assert.equal(status, 403, JSON.stringify(headers));
        assert.equal((JSON.parse(text) as { code: string }).code, 'forbidden');
      }
    });
  }

  it('says no to people with a page', async () => {
    const { status, text } = await ask('/ui/', { via: 'proxy', accept: 'text/html' });
    assert.equal(status, 403);
    assert.match(text, /<!doctype html>[^]*passed on by a proxy/);
  });

  it('guards the sockets of dashboards and of the editor', async () => {
    for (const path of ['/ui/socket.io/?EIO=4', '/dashboard/socket.io/', '/editor/comms']) {
      assert.equal((await ask(path, UPGRADE)).status, 426, path);
      assert.equal((await ask(path, { ...UPGRADE, origin: 'http://evil.example' })).status, 403, path);
    }
  });

  it('leaves to themselves what guards itself, while it is there', async () => {
    const stranger = { origin: 'http://other.example' };
    const flows = [
      { id: 'a', type: 'factory-api', base: '/api' },
      { id: 's', type: 'factory-server', path: '/socket.io' },
    ];
    places.follow(flows);
    assert.equal((await ask('/api/devices', stranger)).status, 200);
    assert.equal((await ask('/socket.io/?EIO=4', { ...UPGRADE, ...stranger })).status, 426);
    assert.equal((await ask('/factory-iot/client.js', stranger)).status, 200);
    assert.equal((await ask('/apiary', stranger)).status, 403);
    assert.equal((await ask('/ui/', stranger)).status, 403);
    places.follow(flows.map((node) => ({ ...node, d: true })));
    assert.equal((await ask('/api/devices', stranger)).status, 403);
    places.follow([{ id: 's', type: 'factory-server', path: '/ui' }]);
    assert.equal((await ask('/ui/socket.io/?EIO=4', { ...UPGRADE, ...stranger })).status, 403, 'not its own');
    places.follow([{ id: 'a', type: 'factory-api', base: '/' }]);
    assert.equal((await ask('/ui/', stranger)).status, 403, 'a base that cannot be served opens nothing');
  });

  it('lets the pages of allowed origins in', async () => {
    assert.equal((await ask('/dashboard/', { origin: 'http://panel.example' })).status, 200);
  });

  it('sends people to sign in once they have to, and leaves the editor to its own login', async () => {
    const token = newSecret('token');
    const scope = { relays: [], areas: [], devices: [], expires: null };
    const panel = {
      ...scope,
      id: 'e',
      kind: 'token',
      name: 'panel',
      role: 'viewer',
      secret: digest(token),
    } as const;
    const sara = {
      ...scope,
      id: 's',
      kind: 'person',
      name: 'Sara',
      role: 'engineer',
      secret: 'kept',
    } as const;
    const settings = { nodeRedUsers: false, origins: [], proxies: NO_PROXIES, rememberMs: 1000 };
    access.configure({ ...settings, entries: [panel] });
    places.follow([{ id: 'd', type: 'ui-base', path: '/dashboard' }]);
    assert.equal((await ask('/dashboard/')).status, 401);
    assert.equal((await ask('/dashboard/socket.io/', UPGRADE)).status, 401);
    assert.equal((await ask('/anything', { accept: 'text/html' })).status, 302);
    // Without an engineer it is for this machine alone.
    assert.equal((await ask('/editor/', { via: 'proxy' })).status, 403);
    access.configure({ ...settings, entries: [panel, sara] });
    assert.equal((await ask('/editor/', { via: 'proxy' })).status, 200);
    const bearer = { authorization: `Bearer ${token}` };
    assert.equal((await ask('/dashboard/', bearer)).status, 200);
    assert.equal((await ask('/dashboard/socket.io/', { ...UPGRADE, ...bearer })).status, 426);
  });
});
