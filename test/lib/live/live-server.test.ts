import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { LiveServer, MAX_PACKET_BYTES } from '../../../lib/live/live-server.ts';
import { MAX_BURST_PACKETS, SLOW_AFTER_MS } from '../../../lib/live/session.ts';
import { WINDOW_MS } from '../../../lib/live/window.ts';
import { open, TRANSPORTS, type Client } from '../../integration/clients.ts';
import {
  ask,
  CLOSED,
  raw,
  rawSocket,
  serve,
  type RawSocket,
  type Serving,
  type ServingOptions,
} from './serving.ts';

const DEVICE = { id: 'a', value: 1 };

describe('live server', function () {
  this.timeout(20_000);
  let serving: Serving;
  const start = async (options?: ServingOptions): Promise<Serving> => (serving = await serve(options));
  afterEach(() => serving.stop());

  for (const transport of TRANSPORTS) {
    describe(transport, () => {
      it('greets, and tells flows who came and who went', async () => {
        const { live, join, next } = await start();
        const came = next('connect');
        const client = await join(transport);
        const { session, address, principal, client: info } = await came;
        assert.deepEqual([address, principal.name, info.transport], ['127.0.0.1', 'loopback', transport]);
        assert.deepEqual([live.count, live.has(session)], [1, true]);
        assert.deepEqual(live.clients(), [info]);
        const went = next('disconnect');
        client.close();
        assert.equal((await went).session, session);
        assert.deepEqual([live.count, live.has(session)], [0, false]);
        assert.deepEqual(client.heard, [
          { event: 'connected', payload: { data: 'Connected to Factory IoT System' } },
        ]);
      });

      it('answers requests to the asker alone', async () => {
        const { live, join } = await start();
        live.publish('devices/a', DEVICE);
        live.publish('relays/r', { id: 'r', state: true });
        live.publish('system/stats', { cpu: { percent: 5 } });
        const [asker, other] = [await join(transport), await join(transport)];
        const answers: Record<string, unknown>[] = [];
        for (const [event, answer] of [
          ['request_devices', 'devices_update'],
          ['request_relays', 'relays_update'],
          ['request_system_stats', 'system_stats_update'],
        ] as const) {
          asker.socket.emit(event);
          answers.push(await asker.next(answer));
        }
        assert.deepEqual(answers[0]!['devices'], [DEVICE]);
        assert.deepEqual(answers.slice(1), [{ relays: { r: true } }, { cpu: { percent: 5 } }]);
        other.socket.emit('request_relays');
        await other.next('relays_update');
        assert.deepEqual(
          other.heard.map(({ event }) => event),
          ['connected', 'relays_update'],
        );
      });

      it('lets the first change of a burst out at once, the rest after a window, and the last in it', async () => {
        const clock = new FakeClock();
        const { live, join } = await start({ clock });
        const client = await join(transport);
        const valueOf = ({ devices }: { devices: unknown[] }): unknown => (devices[0] as typeof DEVICE).value;
        const first = client.next<{ devices: unknown[] }>('devices_update');
        for (let value = 0; value < 50; value++) live.publish('devices/a', { id: 'a', value });
        assert.equal(valueOf(await first), 0);
        const second = client.next<{ devices: unknown[] }>('devices_update');
        clock.advance(WINDOW_MS);
        assert.equal(valueOf(await second), 49);
        clock.advance(10 * WINDOW_MS);
        client.socket.emit('request_relays');
        await client.next('relays_update');
        assert.equal(client.heard.filter(({ event }) => event === 'devices_update').length, 2);
      });

      it('tells an event of a flow to everyone, and one to a single client', async () => {
        const { live, join, next } = await start();
        const came = next('connect');
        const one = await join(transport);
        const { session } = await came;
        const two = await join(transport);
        const heard = [one.next('shift'), two.next('shift')];
        live.publish('shift', { name: 'night' });
        assert.deepEqual(await Promise.all(heard), [{ name: 'night' }, { name: 'night' }]);
        const alone = one.next('hello');
        assert.equal(live.send(session, 'hello', { n: 1 }), true);
        assert.deepEqual(await alone, { n: 1 });
        assert.equal(live.send('nobody', 'hello', 1), false);
        assert.ok(!two.heard.some(({ event }) => event === 'hello'));
        assert.equal(live.retained.size, 0);
      });

      it('hands a command on and acknowledges it once', async () => {
        const { live, join, next } = await start();
        const client = await join(transport);
        const heard = next('command');
        const answer = ask(client, 'command', { relay: 'r', action: 'on', id: '1', evil: true });
        const { session, relay, payload, ack, principal } = await heard;
        assert.deepEqual([relay, payload, principal.via], ['r', { action: 'on', id: '1' }, 'socket']);
        assert.equal(live.acknowledge(session, ack!, { ok: true }), true);
        assert.deepEqual(await answer, { ok: true });
        assert.equal(live.acknowledge(session, ack!, { ok: false }), false);
      });

      it('lets go of its clients at close; they come back by themselves to the next one', async () => {
        const { server, mounts, live, join, next } = await start();
        const client = await join(transport);
        const gone = next('disconnect');
        // What attached it is the serving's; a second server takes the path the way a redeploy does.
        const second = new LiveServer({ clock: new FakeClock(), policy: CLOSED });
        serving.detach(true);
        await live.close();
        await gone;
        if (client.socket.connected) await once(client.socket as never, 'disconnect');
        const detach = mounts.attach(server, '/socket.io', second);
        await once(client.socket as never, 'connect');
        client.socket.emit('request_relays');
        assert.deepEqual(Object.keys(await client.next('relays_update')), ['error']);
        assert.equal(second.count, 1);
        client.close();
        detach();
        await second.close();
      });
    });
  }

  it('refuses commands that no flow takes, and those that are none', async () => {
    const { live, join } = await start();
    const client = await join('websocket');
    const code = async (payload: unknown): Promise<unknown> =>
      ((await ask(client, 'command', payload)) as { code: unknown }).code;
    assert.equal(await code({ relay: 'r', action: 'on' }), 'unavailable');
    live.events.on('command', () => assert.fail('no command must get through'));
    for (const payload of [null, 5, 'on', [], {}, { relay: 5 }, { relay: '' }, { action: 'on' }]) {
      assert.equal(await code(payload), 'invalid');
    }
  });

  it('answers whoever waits too long, and takes no answer after that', async () => {
    const clock = new FakeClock();
    const { live, join, next } = await start({ clock });
    const client = await join('websocket');
    const heard = next('command');
    const answer = ask(client, 'command', { relay: 'r', action: 'on' });
    const { session, ack } = await heard;
    clock.advance(10_000);
    assert.deepEqual(await answer, { ok: false, code: 'timeout', reason: 'no answer within 10 s' });
    assert.equal(live.acknowledge(session, ack!, {}), false);
    assert.equal(clock.pending, 0);
  });

  it('tells the flow of an answer that cannot be written, and the client that there is none', async () => {
    const { live, join, next } = await start();
    const client = await join('websocket');
    const heard = next('message');
    const answer = ask(client, 'own', 1);
    const { session, ack } = await heard;
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    assert.throws(() => live.acknowledge(session, ack!, loop), { code: 'invalid' });
    assert.equal(((await answer) as { code: unknown }).code, 'unexpected');
    for (const payload of [loop, 1n]) {
      assert.throws(() => live.publish('own', payload), { code: 'invalid' });
      assert.throws(() => live.send(session, 'own', payload), { code: 'invalid' });
      assert.throws(() => live.publish('devices/a', { payload }), { code: 'invalid' });
    }
  });

  it('keeps a copy of a record: what a flow does to its own object afterwards is not seen', async () => {
    const { live } = await start();
    const record = { id: 'a', value: 1 };
    live.publish('devices/a', record);
    record.value = 2;
    assert.deepEqual(live.retained.get('devices/a'), { id: 'a', value: 1 });
    live.publish('devices/a', null);
    assert.equal(live.retained.size, 0);
  });

  it('refuses topics and payloads that cannot go out', async () => {
    const { live } = await start();
    for (const topic of ['', 5, undefined, 'connect', 'disconnect', 'newListener']) {
      assert.throws(() => live.publish(topic, {}), { code: 'invalid' });
    }
    assert.throws(() => live.publish('x'.repeat(257), {}), { code: 'limit' });
    for (const payload of ['text', 5, [], undefined]) {
      assert.throws(() => live.publish('relays/r', payload), { code: 'invalid' });
    }
  });

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

  describe('a client that stopped reading', () => {
    let reader: Client;
    let slow: RawSocket;
    let session: string;
    const clock = new FakeClock();
    beforeEach(async () => {
      const { port, live, join, next } = await start({ clock });
      reader = await join('websocket');
      slow = await rawSocket(port);
      const came = next('connect');
      await slow.heard('sid');
      slow.send('40');
      ({ session } = await came);
      await slow.heard('connected');
      slow.socket.pause();
      // More than the system's own buffers take, so that the engine begins to hold packets back.
      for (let index = 0; index < 300 && live.backlog(session) < 3; index++) {
        const heard = reader.next('filler');
        live.publish('filler', 'x'.repeat(200_000));
        await heard;
      }
      assert.ok(live.backlog(session) >= 3, 'the engine holds packets back');
    });
    afterEach(() => slow.socket.destroy());

    it('has no state queued, and gets the last one as soon as it reads on', async () => {
      const { live } = serving;
      const before = live.backlog(session);
      for (let index = 0; index <= 2000; index++) live.publish('system/stats', { index });
      assert.equal(live.backlog(session), before);
      slow.socket.resume();
      const heard = await slow.heard('{"index":2000}');
      assert.ok(!heard.includes('{"index":1000}'), 'what was overtaken is not sent');
    });

    it('is dropped above the limit of packets, and nobody else is', async () => {
      const { live, next } = serving;
      const went = next('disconnect');
      const last = reader.next('own', (index) => (index as unknown) === 1000);
      for (let index = 0; index <= 1000; index++) live.publish('own', index);
      await last;
      clock.advance(SLOW_AFTER_MS);
      live.publish('own', 'one more');
      assert.equal((await went).session, session);
      assert.equal(live.count, 1);
    });
  });

  it('takes a burst of a flow for no slowness of its clients, up to a limit', async () => {
    const { live, join, next } = await start();
    const client = await join('websocket');
    const last = client.next('own', (index) => (index as unknown) === 4999);
    for (let index = 0; index < 5000; index++) live.publish('own', index);
    await last;
    const went = next('disconnect');
    for (let index = 0; index <= MAX_BURST_PACKETS + 1; index++) live.publish('own', index);
    await went;
  });

  it('lets in as many clients as are set, however they ask', async () => {
    const { port, url, live, join, next } = await start({ maxClients: 2 });
    await join('websocket');
    await join('polling');
    const refused = next('refused');
    const third = open(url, { transports: ['websocket'], reconnection: false });
    await once(third.socket as never, 'connect_error');
    third.close();
    assert.equal((await refused).code, 'limit');
    for (const sid of ['', '&sid=', '&sid=1&sid=', '#&sid=1']) {
      const { status, text } = await raw(port, `/socket.io/?EIO=4&transport=polling${sid}`);
      assert.equal(status, 503, sid);
      assert.equal((JSON.parse(text) as { code: unknown }).code, 'limit');
    }
    assert.equal((await raw(port, '/socket.io/?EIO=4&transport=polling&sid=made-up')).status, 400);
    assert.equal(live.count, 2);
  });

  it('lets in no more where many handshakes come in one packet', async () => {
    const { port, live } = await start({ maxClients: 2 });
    const many = connect(port, '127.0.0.1');
    const one = 'GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: 127.0.0.1\r\n';
    many.write(`${`${one}\r\n`.repeat(19)}${one}Connection: close\r\n\r\n`);
    many.resume();
    await once(many, 'close');
    assert.ok(live.connections <= 2, `${live.connections} connections`);
  });

  it('judges origins on both transports, preflight included', async () => {
    const origin = 'http://panel.example:3000';
    const { port, join, url } = await start({ policy: { origins: [origin], open: false } });
    const path = '/socket.io/?EIO=4&transport=polling';
    const allowed = await raw(port, path, { headers: { origin } });
    assert.equal(allowed.status, 200);
    assert.equal(allowed.headers['access-control-allow-origin'], origin);
    const preflight = await raw(port, path, { method: 'OPTIONS', headers: { origin } });
    assert.deepEqual([preflight.status, preflight.headers['access-control-allow-origin']], [204, origin]);
    for (const other of ['http://panel.example', 'https://panel.example:3000', 'null']) {
      const { status, headers, text } = await raw(port, path, { headers: { origin: other } });
      assert.deepEqual([status, headers['access-control-allow-origin']], [403, undefined]);
      assert.equal((JSON.parse(text) as { code: unknown }).code, 'forbidden');
    }
    for (const transport of TRANSPORTS) {
      await join(transport, { extraHeaders: { origin } });
      const refused = serving.next('refused');
      const stranger: Client = open(url, {
        transports: [transport],
        reconnection: false,
        extraHeaders: { origin: 'http://evil.example' },
      });
      await once(stranger.socket as never, 'connect_error');
      stranger.close();
      assert.equal((await refused).code, 'forbidden');
    }
  });
});
