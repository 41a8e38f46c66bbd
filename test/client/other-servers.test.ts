import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { connect } from '../../client/factory-client.ts';
import type { Client } from '../../client/types.ts';
import { FakeClock } from '../../lib/base/fake-clock.ts';
import { becomes, next } from './serving.ts';

/** Servers that behave as ours does not: Socket.IO alone, whose every answer is in the test's hand. */
describe('the browser client against another server', function () {
  this.timeout(20_000);
  let http: HttpServer;
  let io: Server;
  let client: Client;
  const start = async (path = '/socket.io'): Promise<string> => {
    http = createServer((_request, response) => response.writeHead(502).end('<h1>Bad Gateway</h1>'));
    io = new Server(http, { path });
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  };
  afterEach(async () => {
    client.close();
    http.closeAllConnections();
    await io.close();
  });

  it('comes back where the server sends it away', async () => {
    const url = await start();
    let visits = 0;
    io.on('connection', (socket) => {
      visits++;
      if (visits === 1) socket.disconnect(true);
      else socket.emit('welcome', visits);
    });
    client = connect({ url });
    const welcome = next(client, 'message');
    await next(client, 'lost');
    assert.deepEqual(await welcome, { event: 'welcome', args: [2] });
    assert.equal(client.connection.state, 'live');
  });

  it('lives with one that acknowledges nothing: no latency, a command times out and is not sent again', async () => {
    const url = await start();
    const heard: unknown[][] = [];
    io.on('connection', (socket) => {
      socket.onAny((...args: unknown[]) => heard.push(args));
      socket.emit('connected', {});
    });
    client = connect({ url, commandWithin: 100 });
    await becomes(client, 'live');
    const result = await client.command('r', 'on');
    assert.deepEqual([result.ok, result.code, result.relay, result.state], [false, 'timeout', 'r', null]);
    assert.match(result.reason ?? '', /not known whether it was executed/);
    const { state, latency } = client.connection;
    assert.deepEqual([state, latency], ['live', null]);
    // The contract's requests, one question for the clock, and the command.
    assert.deepEqual(
      heard.map(([name]) => String(name)).toSorted((a, b) => a.localeCompare(b)),
      ['clock', 'command', 'request_devices', 'request_relays', 'request_system_stats'],
    );
    const command = heard.find(([name]) => name === 'command')![1] as Record<string, unknown>;
    assert.deepEqual(Object.keys(command).toSorted(), ['action', 'id', 'relay', 'ttl']);
    assert.equal(command['ttl'], 100);
  });

  it('measures the way there and back, and dates commands by the server’s clock', async () => {
    const url = await start();
    const clock = new FakeClock();
    let issued: unknown;
    io.on('connection', (socket) => {
      socket.on('clock', (reply: (answer: unknown) => void) => {
        clock.advance(40);
        reply({ now: 70_000 });
      });
      socket.on('command', (command: Record<string, unknown>, reply: (answer: unknown) => void) => {
        issued = command['issued'];
        reply({ ok: true, code: 'done', relay: 'r', state: true, id: command['id'] });
      });
    });
    client = connect({ url }, clock);
    const { latency } = await becomes(client, 'live', (connection) => connection.latency !== null);
    assert.equal(latency, 40);
    clock.advance(1000);
    const { id, ...result } = await client.command('r', 'on');
    assert.deepEqual(result, { ok: true, code: 'done', relay: 'r', state: true });
    assert.equal(typeof id, 'string');
    assert.equal(issued, 71_020);
  });

  it('takes an answer that says neither yes nor no for none', async () => {
    const url = await start();
    io.on('connection', (socket) =>
      socket.on('command', (_command: unknown, reply: (answer: unknown) => void) => reply('fine')),
    );
    client = connect({ url });
    await becomes(client, 'live');
    const { ok, code, reason } = await client.command('r', 'on');
    assert.deepEqual([ok, code], [false, 'timeout']);
    assert.match(reason!, /not readable/);
  });

  it('answers a command whose connection is lost, and leaves nothing to be sent later', async () => {
    const url = await start();
    const commands: unknown[] = [];
    io.on('connection', (socket) => {
      socket.on('command', (command) => {
        commands.push(command);
        socket.conn.close();
      });
      if (commands.length > 0) socket.emit('welcome');
    });
    client = connect({ url });
    await becomes(client, 'live');
    const welcome = next(client, 'message');
    const { ok, code, reason } = await client.command('r', 'on');
    assert.deepEqual([ok, code], [false, 'timeout']);
    assert.match(reason!, /not known whether/);
    await welcome;
    await client.command('other', 'on');
    assert.deepEqual(
      commands.map((command) => (command as { relay: string }).relay),
      ['r', 'other'],
    );
  });

  it('sends nothing on a connection that it finds dead, not even later', async () => {
    const url = await start();
    const commands: unknown[] = [];
    let visits = 0;
    io.on('connection', (socket) => {
      visits++;
      socket.on('command', (command, reply: (answer: unknown) => void) => {
        commands.push(command);
        reply({ ok: true, code: 'done' });
      });
      if (visits > 1) socket.emit('welcome');
    });
    client = connect({ url });
    await becomes(client, 'live');
    const back = next(client, 'message');
    const { now } = Date;
    // As after a machine's sleep: the pings are overdue, and Socket.IO finds out when something is sent.
    Date.now = () => now() + 3_600_000;
    const result = client.command('r', 'on');
    Date.now = now;
    assert.deepEqual(await result, {
      ok: false,
      code: 'unavailable',
      relay: 'r',
      state: null,
      reason: 'not connected, so nothing was sent',
    });
    await back;
    assert.equal((await client.command('r', 'off')).code, 'done');
    assert.deepEqual(
      commands.map((command) => (command as { action: string }).action),
      ['off'],
    );
  });

  it('finds the server below a path', async () => {
    const url = await start('/red/socket.io');
    client = connect({ url: `${url}/red/` });
    assert.equal((await becomes(client, 'live')).transport, 'websocket');
  });

  it('takes a proxy’s error page for no answer', async () => {
    const url = await start('/elsewhere');
    client = connect({ url, liveWithin: 50 });
    const { age, reason } = await becomes(client, 'offline');
    assert.equal(age, null);
    assert.equal(reason, 'the server’s answer is not readable (HTTP 502)'.replace('’', "'"));
  });
});
