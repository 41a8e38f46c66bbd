import assert from 'node:assert/strict';
import { once } from 'node:events';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { LiveServer } from '../../../lib/live/live-server.ts';
import { WINDOW_MS } from '../../../lib/live/window.ts';
import { TRANSPORTS } from '../../integration/clients.ts';
import { ask, CLOSED, serve, type Serving, type ServingOptions } from './serving.ts';

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
        // Its greeting was still on its way.
        assert.deepEqual(live.clients(), [{ ...info, queue: 0 }]);
        const went = next('disconnect');
        client.close();
        assert.equal((await went).session, session);
        assert.deepEqual([live.count, live.has(session)], [0, false]);
        assert.deepEqual(client.heard, [
          { event: 'connected', payload: { data: 'Connected to Factory IoT System' } },
        ]);
      });

      it('acknowledges requests, and tells its clock, to whoever waits for that', async () => {
        const clock = new FakeClock();
        clock.advance(5000);
        const { join } = await start({ clock });
        const client = await join(transport);
        assert.deepEqual(await ask(client, 'request_relays'), { ok: true });
        assert.deepEqual(await ask(client, 'clock'), {
          now: clock.monotonic(),
          time: clock.now(),
        });
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
        assert.deepEqual(answers.slice(1), [
          { relays: { r: true }, info: [{ id: 'r', state: true }] },
          { cpu: { percent: 5 } },
        ]);
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
        assert.deepEqual(Object.keys(await client.next('relays_update')), ['error', 'info']);
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

  it('counts a time to live from the arrival where the client does not say, and cannot know, when it was issued', async () => {
    const clock = new FakeClock();
    const lag = { age: 0 };
    const { join, next } = await start({ clock, lag });
    const client = await join('websocket');
    clock.advance(60_000);
    const issuedOf = async (command: object): Promise<unknown> => {
      const heard = next('command');
      client.socket.emit('command', { relay: 'r', action: 'on', ...command });
      return (await heard).payload.issued;
    };
    assert.equal(await issuedOf({}), undefined);
    assert.equal(await issuedOf({ ttl: 1000 }), 60_000);
    assert.equal(await issuedOf({ ttl: 1000, issued: 59_000 }), 59_000);
    lag.age = 8000;
    assert.equal(await issuedOf({ ttl: 1000 }), 52_000);
    assert.equal(await issuedOf({ ttl: 1000, issued: 70_000 }), 52_000, 'by the clock of another process');
  });

  it('keeps the order of what may have waited and what came after it', async () => {
    const lag = { age: 5000 };
    const { live, join } = await start({ lag });
    const client = await join('websocket');
    const heard: string[] = [];
    const all = new Promise<void>((resolve) => {
      const hear = (what: string): void => {
        heard.push(what);
        lag.age = 0;
        if (heard.length === 4) resolve();
      };
      live.events.on('command', ({ payload }) => hear(String(payload.id)));
      live.events.on('message', ({ event }) => hear(event));
    });
    for (const id of ['1', '2']) client.socket.emit('command', { relay: 'r', action: 'on', id });
    client.socket.emit('own');
    client.socket.emit('command', { relay: 'r', action: 'off', id: '3' });
    await all;
    assert.deepEqual(heard, ['1', '2', 'own', '3']);
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
});
