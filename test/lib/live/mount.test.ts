import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { systemClock } from '../../../lib/base/clock.ts';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { LiveServer } from '../../../lib/live/live-server.ts';
import { MAX_VACANT, Mounts, UNANSWERED_MS, type Mountable } from '../../../lib/live/mount.ts';
import { connect as join, TRANSPORTS } from '../../integration/clients.ts';
import { CLOSED, listen, raw, shut } from './serving.ts';

/** Says which server answered. */
function named(name: string): Mountable {
  return {
    handleRequest: (_request, response) => void response.writeHead(200).end(name),
    handleUpgrade: (_request, socket: Duplex) => void socket.end(`HTTP/1.1 418 ${name}\r\n\r\n`),
  };
}

describe('mounts', () => {
  let mounts: Mounts;
  let server: Server;
  let port: number;
  let clock: FakeClock;
  beforeEach(async () => {
    clock = new FakeClock();
    mounts = new Mounts(clock);
    ({ server, port } = await listen(mounts));
  });
  afterEach(() => shut(server));

  const get = async (path: string): Promise<[number, string]> => {
    const { status, text } = await raw(port, path);
    return [status, text];
  };
  /** The first line that an upgrade is answered with; what hangs is for the test's own time limit. */
  const upgrade = async (path: string): Promise<string> => {
    const socket = await asking(path);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    return answer.toString().split('\r\n')[0]!;
  };
  const asking = async (path: string): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => socket.destroy());
    await once(socket, 'connect');
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
    return socket;
  };

  it('serve exactly their path, with and without a slash at its end', async () => {
    mounts.attach(server, '/factory/socket.io', named('ours'));
    for (const path of ['/factory/socket.io', '/factory/socket.io/', '/factory/socket.io/?EIO=4&a=/b']) {
      assert.deepEqual(await get(path), [200, 'ours'], path);
      assert.equal(await upgrade(path), 'HTTP/1.1 418 ours', path);
    }
    for (const path of [
      '/',
      '/factory',
      '/socket.io/',
      '/factory/socket.io/x',
      '/factory/socket.iox',
      '/x/factory/socket.io',
      '/factory/socket.io%2f',
      '/FACTORY/socket.io',
    ]) {
      assert.equal((await get(path))[0], 404, path);
    }
  });

  it('go by the original URL where the application has a prefix', () => {
    mounts.attach(server, '/red/socket.io', named('ours'));
    const asked = (url: string, originalUrl: string): boolean => {
      let passed = false;
      const response = { writeHead: () => response, end: () => response };
      mounts.handler({ url, originalUrl } as never, response as never, () => (passed = true));
      return !passed;
    };
    assert.equal(asked('/socket.io/?a', '/red/socket.io/?a'), true);
    assert.equal(asked('/red/socket.io/', '/other/red/socket.io/'), false);
  });

  it('survive that an upgrade to a path of nobody is reset', async () => {
    for (const path of ['/socket.io', '/another']) mounts.attach(server, path, named('ours'));
    const arrived = once(server, 'upgrade');
    const socket = await asking('/nowhere');
    const [, held] = (await arrived) as [unknown, Duplex];
    // Not once(), which would itself listen for errors.
    const gone = new Promise((resolve) => held.once('close', resolve));
    socket.resetAndDestroy();
    await gone;
    assert.equal(clock.pending, 0);
  });

  it('end an upgrade that nobody answers, and no other', async () => {
    mounts.attach(server, '/socket.io', named('ours'));
    const others: Duplex[] = [];
    server.on('upgrade', ({ url }: { url?: string }, socket: Duplex) => {
      if (url === '/comms') others.push(socket.resume());
    });
    await asking('/comms');
    const nobodys = await asking('/nowhere');
    while (clock.pending < 2) await turn();
    clock.advance(UNANSWERED_MS);
    await once(nobodys.resume(), 'close');
    assert.deepEqual([others.map(({ destroyed }) => destroyed), clock.pending], [[false], 0]);
    for (const socket of others) socket.destroy();
  });

  it('leave the upgrades of other paths to others', async () => {
    let nobodys: Duplex | undefined;
    server.on('upgrade', (request: { url?: string }, socket: Duplex) => {
      if (request.url === '/comms') socket.end('HTTP/1.1 418 editor\r\n\r\n');
      else if (request.url === '/nobody') nobodys = socket;
    });
    const detach = mounts.attach(server, '/socket.io', named('ours'));
    assert.equal(await upgrade('/comms'), 'HTTP/1.1 418 editor');
    assert.equal(await upgrade('/socket.io/'), 'HTTP/1.1 418 ours');
    // Nobody has this one: nothing of ours may answer or end it.
    const untouched = await asking('/nobody');
    assert.equal(await upgrade('/comms'), 'HTTP/1.1 418 editor');
    assert.deepEqual([untouched.destroyed, nobodys?.destroyed], [false, false]);
    untouched.destroy();
    nobodys?.destroy();
    detach();
    assert.equal(server.listenerCount('upgrade'), 1);
  });

  it('refuse a second server on one path, and take it once the first has gone', async () => {
    const detach = mounts.attach(server, '/socket.io', named('one'));
    assert.throws(() => mounts.attach(server, '/socket.io/', named('two')), { code: 'config' });
    assert.deepEqual(await get('/socket.io'), [200, 'one']);
    detach();
    mounts.attach(server, '/socket.io', named('two'));
    detach();
    assert.deepEqual(await get('/socket.io'), [200, 'two']);
  });

  it('answer at once while the next server is awaited, and pass on what is given up', async () => {
    const detach = mounts.attach(server, '/socket.io', named('ours'));
    detach(true);
    const [status, text] = await get('/socket.io/?EIO=4');
    assert.deepEqual([status, (JSON.parse(text) as { code: string }).code], [503, 'unavailable']);
    assert.equal(await upgrade('/socket.io/'), 'HTTP/1.1 503 Service Unavailable');
    mounts.forget('/socket.io');
    assert.equal((await get('/socket.io/'))[0], 404);
    assert.equal(server.listenerCount('upgrade'), 0);
  });

  it('give up no path that is served', async () => {
    mounts.attach(server, '/socket.io', named('ours'));
    mounts.forget('/socket.io');
    assert.deepEqual(await get('/socket.io'), [200, 'ours']);
  });

  it('await the next server on a bounded number of paths', async () => {
    for (let index = 0; index < MAX_VACANT + 5; index++) {
      mounts.attach(server, `/path${index}`, named('ours'))(true);
    }
    assert.equal(server.listenerCount('upgrade'), MAX_VACANT);
    assert.equal((await get('/path4'))[0], 404);
    assert.equal((await get('/path5'))[0], 503);
  });

  it('move to another HTTP server', async () => {
    mounts.attach(server, '/socket.io', named('ours'))(true);
    const second = await listen(mounts);
    mounts.attach(second.server, '/socket.io', named('ours'));
    assert.deepEqual([server.listenerCount('upgrade'), second.server.listenerCount('upgrade')], [0, 1]);
    await shut(second.server);
  });

  it('leave no listener after 50 rounds, and clients come back each time', async function () {
    this.timeout(30_000);
    const count = (): number =>
      server.eventNames().reduce((sum, name) => sum + server.listenerCount(name), 0);
    const before = count();
    const start = (): { live: LiveServer; detach: (comesBack?: boolean) => void } => {
      const live = new LiveServer({ clock: systemClock, policy: CLOSED });
      return { live, detach: mounts.attach(server, '/socket.io', live) };
    };
    let running = start();
    const options = { reconnectionDelay: 20, reconnectionDelayMax: 20 };
    const url = `http://127.0.0.1:${port}`;
    const clients = await Promise.all(TRANSPORTS.map((transport) => join(url, transport, options)));
    for (let round = 0; round < 50; round++) {
      // The first sign of being back that cannot be of before: the greeting of the new server.
      const back = clients.map((client) => client.next('connected'));
      running.detach(true);
      await running.live.close();
      running = start();
      await Promise.all(back);
    }
    assert.equal(running.live.count, 2);
    for (const client of clients) client.close();
    running.detach();
    await running.live.close();
    assert.equal(count(), before);
  });
});
