import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Node } from 'node-red';
import { access } from '../../nodes/access.ts';
import { TRANSPORTS } from '../integration/clients.ts';
import { nodeById, redeploy, send, start, stop, unload, type FlowNode } from './helper.ts';
import { join, leave, link, liveServer, loadLink, placed, refusal } from './live-link.ts';

const tab: FlowNode = { id: 'f1', type: 'tab' };
const flowOf = (settings: object = {}, ...more: FlowNode[]): FlowNode[] =>
  placed([
    tab,
    { id: 's', type: 'factory-server', name: '', path: '/socket.io', origins: '', ...settings },
    { id: 'p', type: 'factory-push', z: 'f1', name: '', server: 's', wires: [] },
    { id: 'n', type: 'helper', z: 'f1', n: 1, wires: [] },
    ...more,
  ]);

describe('factory-server', function () {
  this.timeout(20_000);
  before(start);
  afterEach(async () => {
    leave();
    delete process.env['FACTORY_INSECURE'];
    await unload();
  });
  after(stop);

  /** What the node says at this level from now on. */
  const says = async (level: 'warn' | 'error', id = 's'): Promise<string> => {
    const [call] = (await once(nodeById(id) as never, `call:${level}`)) as [{ args: [unknown] }];
    return String(call.args[0]);
  };
  const get = async (path: string, headers: Record<string, string> = {}): Promise<[number, string]> => {
    const response = await fetch(`${link().url}${path}`, { headers });
    return [response.status, await response.text()];
  };

  for (const transport of TRANSPORTS) {
    it(`serves clients over ${transport} on Node-RED's own server`, async () => {
      await loadLink(flowOf());
      const { live, path, policy } = liveServer();
      assert.deepEqual([path, policy], ['/socket.io', { origins: [], open: false, access }]);
      const client = await join(transport);
      assert.equal(live.count, 1);
      const heard = client.next('hello');
      await send('p', { topic: 'hello', payload: { n: 1 } });
      assert.deepEqual(await heard, { n: 1 });
    });
  }

  it('takes its path, origins and limit from its settings', async () => {
    const origin = 'http://panel:3000';
    await loadLink(flowOf({ path: '/plant/live/', origins: `${origin}, http://other`, maxClients: '1' }));
    assert.deepEqual(liveServer().policy.origins, [origin, 'http://other']);
    assert.equal(liveServer().path, '/plant/live');
    await join('polling', { path: '/plant/live', extraHeaders: { origin } });
    assert.match(String(await refusal({ path: '/plant/live', transports: ['websocket'] })), /error/);
    assert.match(String(await refusal({ transports: ['polling'] })), /error/);
  });

  it('counts origins that nobody set as none', async () => {
    await loadLink(flowOf({ origins: '${FACTORY_ORIGINS_THAT_NOBODY_SET}' }));
    assert.deepEqual(liveServer().policy.origins, []);
  });

  const broken: [string, object, RegExp][] = [
    ['*', { origins: '*' }, /any web page/],
    ['an origin with a path', { origins: 'http://a/b' }, /Set http:\/\/a/],
    ['a path that is none', { path: 'socket.io' }, /cannot be served/],
    ['the path of a dashboard', { path: '/ui/socket.io' }, /dashboard/],
    ['the path of the editor', { path: '/comms' }, /editor/],
    ['a packet that is too large', { maxPacket: 2000 }, /maxPacket.*1 to 1024/],
    ['no number of clients', { maxClients: 'many' }, /maxClients/],
  ];
  for (const [kind, settings, why] of broken) {
    it(`stays with an error where it is set to ${kind}, and its users hear why`, async () => {
      await loadLink(flowOf(settings));
      await assert.rejects(
        send('p', { topic: 'x', payload: 1 }),
        (error: { code: string; message: string }) => {
          assert.equal(error.code, 'config');
          assert.match(error.message, why);
          return true;
        },
      );
      assert.equal(nodeById('s').type, 'factory-server');
      assert.equal((await get('/socket.io/?EIO=4&transport=polling'))[0], 404);
    });
  }

  it('refuses a second server on one path, and the first goes on', async () => {
    await loadLink(
      flowOf(
        {},
        { id: 's2', type: 'factory-server', path: '/socket.io' },
        {
          id: 'p2',
          type: 'factory-push',
          z: 'f1',
          server: 's2',
          wires: [],
        },
      ),
    );
    await assert.rejects(send('p2', { topic: 'x', payload: 1 }), { code: 'config' });
    await join();
    assert.equal(liveServer().live.count, 1);
  });

  it('logs refusals at most once a minute for each address', async () => {
    await loadLink(flowOf());
    const said: unknown[] = [];
    const node = nodeById('s') as Node & { on(name: string, listener: (call: never) => void): void };
    node.on('call:warn', ({ args }: { args: unknown[] }) => said.push(args[0]));
    const warned = says('warn');
    for (let index = 0; index < 5; index++) {
      assert.equal((await get('/socket.io/?EIO=4&transport=polling', { 'x-forwarded-for': 'a' }))[0], 403);
    }
    assert.match(await warned, /^refused 127\.0\.0\.1 \(forbidden\): .*proxy/);
    assert.equal(said.length, 1);
  });

  it('says once at its start that everyone may come in, where FACTORY_INSECURE=1 says so', async () => {
    process.env['FACTORY_INSECURE'] = '1';
    await loadLink(flowOf());
    assert.match(await says('warn'), /factory-server\.open/);
    assert.equal(liveServer().policy.open, true);
    assert.equal((await get('/socket.io/?EIO=4&transport=polling', { 'x-forwarded-for': 'a' }))[0], 200);
  });

  it('leaves nothing behind in 50 redeploys, and clients come back each time', async () => {
    await loadLink(flowOf());
    const options = { reconnectionDelay: 20, reconnectionDelayMax: 20 };
    const clients = await Promise.all(TRANSPORTS.map((transport) => join(transport, options)));
    const { http, RED } = link();
    const count = (): number[] =>
      [http, RED.events].map((emitter) =>
        emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0),
      );
    let before: number[] = [];
    for (let round = 0; round < 50; round++) {
      const back = clients.map((client) => client.next('connected'));
      await redeploy(flowOf({ name: `round ${round}` }), 'full');
      await Promise.all(back);
      if (round === 0) before = count();
    }
    assert.deepEqual(count(), before);
    assert.equal(liveServer().live.count, 2);
  });

  it('moves to another path, and gives the first one up', async () => {
    const { http } = await loadLink(flowOf());
    const before = http.listenerCount('upgrade');
    await redeploy(flowOf({ path: '/elsewhere' }), 'full');
    assert.equal((await get('/socket.io/?EIO=4&transport=polling'))[0], 404);
    assert.equal((await get('/elsewhere/?EIO=4&transport=polling'))[0], 200);
    assert.equal(http.listenerCount('upgrade'), before);
  });

  it('is gone once it is deleted', async () => {
    const { http } = await loadLink(flowOf());
    const before = http.listenerCount('upgrade');
    await redeploy([tab], 'full');
    assert.equal((await get('/socket.io/?EIO=4&transport=polling'))[0], 404);
    assert.equal(http.listenerCount('upgrade'), before - 1);
  });

  it('keeps what it kept where only itself is deployed anew, and begins anew in a full deploy', async () => {
    await loadLink(flowOf());
    await send('p', { topic: 'devices/a', payload: { id: 'a' } });
    const first = liveServer();
    await redeploy(flowOf({ origins: 'http://panel' }), 'nodes');
    assert.notEqual(liveServer(), first);
    assert.deepEqual(liveServer().live.retained.get('devices/a'), { id: 'a' });
    const client = await join();
    client.socket.emit('request_devices');
    assert.equal((await client.next('devices_update'))['count'], 1);
    await redeploy(flowOf({ origins: 'http://panel' }), 'full');
    assert.equal(liveServer().live.retained.size, 0);
  });
});
