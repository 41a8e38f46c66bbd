import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Access } from '../../../lib/access/access.ts';
import { digest, newSecret } from '../../../lib/access/secret.ts';
import { parseAccess } from '../../../lib/access/settings.ts';
import { systemClock } from '../../../lib/base/clock.ts';
import { open, TRANSPORTS, type Client } from '../../integration/clients.ts';
import { CLOSED, raw, rawSocket, serve, type Serving } from './serving.ts';

const MAX_HALF_OPEN = 200;

describe('connections that never join', function () {
  this.timeout(30_000);
  const token = newSecret('token');
  const access = new Access(systemClock);
  let serving: Serving;
  const LIMITED = { policy: { ...CLOSED, access }, maxClients: 20, maxHalfOpen: MAX_HALF_OPEN };
  before(() => {
    const people = [{ id: 'a', name: 'panel', kind: 'token', role: 'viewer' }];
    access.configure(parseAccess({ people }, JSON.stringify({ a: digest(token) })));
  });
  beforeEach(async () => (serving = await serve(LIMITED)));
  afterEach(() => serving.stop());
  after(() => access.forget());

  const handshake = async (host: number, headers: object = {}): Promise<number> => {
    const options = { headers, localAddress: `127.0.0.${host}` };
    return (await raw(serving.port, '/socket.io/?EIO=4&transport=polling', options)).status;
  };
  const fill = async (host: number, count: number): Promise<void> => {
    for (let index = 0; index < count; index++) assert.equal(await handshake(host), 200);
  };

  it('are bounded: the oldest of the address with the most go, and whoever joins still does', async () => {
    const few = await rawSocket(serving.port, { from: '127.0.0.3' });
    await few.heard('sid');
    await fill(2, MAX_HALF_OPEN + 20);
    assert.equal(serving.live.connections, MAX_HALF_OPEN);
    // Who says at once who they are is not counted.
    assert.equal(await handshake(2, { authorization: `Bearer ${token}` }), 200);
    assert.equal(serving.live.connections, MAX_HALF_OPEN + 1);
    // It has waited for longest, but it is not its address that is too much.
    const came = serving.next('connect');
    few.send(`40${JSON.stringify({ token })}`);
    await came;
    for (const transport of TRANSPORTS) await serving.join(transport, { auth: { token } });
    assert.equal(serving.live.count, 3);
    few.socket.destroy();
  });

  it('may be as many of one address as clients, which all come back at once behind a proxy', async () => {
    await serving.stop();
    const many = 400;
    serving = await serve({ policy: { ...CLOSED, access }, maxHalfOpen: many });
    await fill(2, many);
    assert.equal(serving.live.connections, many);
  });

  it('are ended where they are WebSockets that do not say goodbye', async () => {
    const sockets = await Promise.all(
      Array.from({ length: MAX_HALF_OPEN + 40 }, (_, index) =>
        rawSocket(serving.port, { from: `127.0.0.${2 + (index % 100)}` }),
      ),
    );
    await sockets[0]!.closed();
    const client = await serving.join('websocket', { auth: { token } });
    for (const { socket } of sockets) socket.destroy();
    assert.ok(client.socket.connected);
  });

  it('leave no timer where they polled and fell silent', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    await fill(2, 20);
    assert.ok(timers() >= before + 20);
    while (timers() > before + 10) await delay(100);
    assert.equal(serving.live.connections, 0);
  }).timeout(15_000);

  it('make no room for more clients of one than their part of all', async () => {
    const one = (): Client =>
      open(serving.url, { auth: { token }, transports: ['websocket'], reconnection: false });
    const clients = [one(), one(), one(), one(), one()];
    await Promise.all(clients.map(({ socket }) => once(socket as never, 'connect')));
    const more = one();
    const [error] = (await once(more.socket as never, 'connect_error')) as [{ data?: { code: string } }];
    assert.equal(error.data?.code, 'limit');
    const gone = serving.next('disconnect');
    clients[0]!.close();
    await gone;
    const again = one();
    await once(again.socket as never, 'connect');
    for (const client of [...clients, more, again]) client.close();
  });
});
