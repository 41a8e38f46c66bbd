import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp, type Socket as TcpSocket } from 'node:net';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { LIMITS } from '../../../lib/live/settings.ts';
import { frame } from './frames.ts';
import { ask, raw, rawSocket, serve, type Serving, type ServingOptions } from './serving.ts';

const MAX_PACKET_BYTES = LIMITS.maxPacket.standard * 1024;

describe('hostile clients', function () {
  this.timeout(20_000);
  let serving: Serving;
  const start = async (options?: ServingOptions): Promise<Serving> => (serving = await serve(options));
  afterEach(() => serving.stop());

  it('hears events of any name and shape, and stays', async () => {
    const { live, join } = await start();
    const client = await join('websocket');
    const heard: [string, readonly unknown[]][] = [];
    live.events.on('message', ({ event, args }) => heard.push([event, args]));
    client.socket.emit('__proto__', { polluted: true });
    client.socket.emit('constructor', JSON.parse('{"__proto__":{"polluted":true}}'));
    client.socket.emit('error', 'boom');
    for (const own of ['request', 'refused']) {
      assert.equal(((await ask(client, own, { address: 'forged' })) as { code: unknown }).code, 'invalid');
    }
    const many = Array.from({ length: 9 }, (_, index) => index);
    assert.equal(((await ask(client, 'many', ...many)) as { code: unknown }).code, 'limit');
    client.socket.emit('x'.repeat(300));
    assert.equal((await client.next('refused'))['code'], 'limit');
    assert.deepEqual(
      heard.map(([event]) => event),
      ['__proto__', 'constructor', 'error'],
    );
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
    assert.equal(live.count, 1);
  });

  it('refuses what is nested too deep for a flow, and stays', async () => {
    const { port, live, next } = await start();
    const deep = await rawSocket(port);
    const came = next('connect');
    await deep.heard('sid');
    deep.send('40');
    await came;
    deep.send(`421["deep",${'['.repeat(30_000)}${']'.repeat(30_000)}]`);
    assert.match(await deep.heard('431['), /"code":"limit"/);
    assert.equal(live.count, 1);
    deep.socket.destroy();
  });

  for (const [kind, packet] of [
    ['a reserved event name', '42["connect",{}]'],
    ['no JSON', '42["own",'],
    ['no event name', '42[{"a":1}]'],
    ['an unknown type of packet', '49'],
    ['attachments that never come', `451-["own",${'['.repeat(20_000)}${']'.repeat(20_000)}]`],
    ['more than a packet may have', `42["own","${'x'.repeat(MAX_PACKET_BYTES)}"]`],
  ] as const) {
    it(`ends only the connection that sends ${kind}`, async () => {
      const { port, live, join, next } = await start();
      const honest = await join('websocket');
      const evil = await rawSocket(port);
      const came = next('connect');
      await evil.heard('sid');
      evil.send('40');
      const { session } = await came;
      const went = next('disconnect');
      evil.send(packet);
      if (kind === 'attachments that never come') evil.send('42["own"]');
      assert.equal((await went).session, session);
      evil.socket.destroy();
      honest.socket.emit('request_relays');
      await honest.next('relays_update');
      assert.equal(live.count, 1);
    });
  }

  it('is done with an upgrade that it refuses, though the other end goes on', async () => {
    const { port, server } = await start();
    const arrived = once(server, 'connection');
    const socket = connectTcp({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => socket.destroy());
    const path = '/socket.io/?EIO=4&transport=websocket&j=0';
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    );
    const [held] = (await arrived) as [TcpSocket];
    const closed = new Promise((resolve) => held.once('close', resolve));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1\.1 403 /);
    await closed;
    socket.destroy();
  });

  it('takes nobody for many clients who joins many times by one connection, and lets go of them', async () => {
    const { port, live, join } = await start();
    await join('websocket');
    const evil = await rawSocket(port);
    await evil.heard('sid');
    let most = 0;
    live.events.on('connect', () => (most = Math.max(most, live.count)));
    evil.socket.write(Buffer.concat(Array.from({ length: 50 }, () => frame('40'))));
    await evil.closed();
    assert.deepEqual([most, live.count, live.connections], [2, 1, 1]);
  });

  it('lets go of the connection of who leaves', async () => {
    const { live, join, next } = await start();
    // It goes on answering pings.
    const { socket } = await join('websocket', { reconnection: false });
    const closed = once(socket.io.engine as never, 'close');
    const went = next('disconnect');
    socket.io.engine.write('1');
    await went;
    await closed;
    assert.equal(live.connections, 0);
  });

  it('ends only the polling session that posts more than a packet may have', async () => {
    const { port, join, live } = await start();
    const honest = await join('polling');
    const path = '/socket.io/?EIO=4&transport=polling';
    const { sid } = JSON.parse((await raw(port, path)).text.slice(1)) as { sid: string };
    const body = 'x'.repeat(MAX_PACKET_BYTES + 1);
    const options = { method: 'POST', headers: { 'content-length': body.length } };
    assert.equal((await raw(port, `${path}&sid=${sid}`, options, body)).status, 413);
    honest.socket.emit('request_relays');
    await honest.next('relays_update');
    assert.equal(live.count, 1);
  });

  it('hears at most the rate of a client, and tells it so at most once a second', async () => {
    const clock = new FakeClock();
    const { live, join } = await start({ clock });
    const client = await join('websocket');
    let heard = 0;
    live.events.on('message', () => heard++);
    const refused = client.next('refused');
    for (let index = 0; index < 300; index++) client.socket.emit('own', index);
    assert.equal((await refused)['code'], 'limit');
    assert.equal(heard, 100);
    clock.advance(1000);
    assert.equal(((await ask(client, 'request', 1)) as { code: unknown }).code, 'invalid');
    assert.equal(client.heard.filter(({ event }) => event === 'refused').length, 1);
  });
});
