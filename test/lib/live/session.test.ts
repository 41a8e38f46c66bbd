import assert from 'node:assert/strict';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { ACKNOWLEDGE_WITHIN_MS } from '../../../lib/live/session.ts';
import { TRANSPORTS } from '../../integration/clients.ts';
import { ask, serve, type Serving } from './serving.ts';

describe('session', function () {
  this.timeout(10_000);
  let serving: Serving;
  let clock: FakeClock;
  beforeEach(async () => {
    clock = new FakeClock();
    serving = await serve({ clock });
  });
  afterEach(() => serving.stop());

  for (const transport of TRANSPORTS) {
    it(`says over ${transport} who it is`, async () => {
      const extraHeaders = { origin: 'http://localhost:3000' };
      await serving.join(transport, { extraHeaders });
      const [info, ...others] = serving.live.clients();
      assert.deepEqual(others, []);
      const { session, ...rest } = info!;
      assert.match(session, /^[\w-]{20}$/);
      assert.deepEqual(rest, {
        address: '127.0.0.1',
        origin: 'http://localhost:3000',
        transport,
        since: '2026-01-01T00:00:00.000Z',
        principal: 'loopback',
        protocol: 1,
        topics: 'devices/*,relays/*,system/stats',
        latency: null,
        queue: 0,
      });
    });
  }

  it('tells the topics that a client wants, also once it wants others', async () => {
    const client = await serving.join('websocket', { auth: { protocol: 2, topics: ' devices/*' } });
    const topics = (): string => serving.live.clients()[0]!.topics;
    assert.equal(topics(), 'devices/*');
    await ask(client, 'subscribe', { topics: 'relays/pump?' });
    assert.equal(topics(), 'relays/pump?');
    await ask(client, 'subscribe', { topics: 7 });
    assert.equal(topics(), 'relays/pump?');
    await ask(client, 'subscribe', {});
    assert.equal(topics(), 'relays/pump?');
    await ask(client, 'subscribe', { topics: '' });
    assert.equal(topics(), '');
  });

  it('tells how long the way there and back takes, on both transports', async () => {
    const clients = await Promise.all(TRANSPORTS.map((transport) => serving.join(transport)));
    // The server pings each 2 s. The clock is the server's, and moves while the answers are on their way.
    for (const { socket } of clients) socket.io.on('ping', () => clock.advance(30));
    const limit = Date.now() + 8000;
    const latencies = (): (number | null)[] => serving.live.clients().map(({ latency }) => latency);
    while (latencies().includes(null) && Date.now() < limit)
      await new Promise((resolve) => setTimeout(resolve, 20));
    for (const latency of latencies()) assert.ok(latency === 30 || latency === 60, `${latency} ms`);
  });

  it('tells the transport that a client has changed to', async () => {
    const client = await serving.join('polling', { transports: ['polling', 'websocket'] });
    const { engine } = client.socket.io;
    if (engine.transport.name !== 'websocket') {
      await new Promise((resolve) => engine.once('upgrade', resolve));
    }
    // The server has changed over once it hears something by the new transport.
    client.socket.emit('request_relays');
    await client.next('relays_update');
    assert.equal(serving.live.clients()[0]!.transport, 'websocket');
  });

  it('names each acknowledgement on its own, and answers them in any order', async () => {
    const client = await serving.join('websocket');
    const names: string[] = [];
    serving.live.events.on('message', ({ ack }) => names.push(ack!));
    const answers = [ask(client, 'one'), ask(client, 'two'), ask(client, 'three')];
    // What is asked last is answered at once, by the server itself, after the three were heard.
    await ask(client, 'command', {});
    const { session } = serving.live.clients()[0]!;
    for (const name of names.toReversed()) serving.live.acknowledge(session, name, `answer ${name}`);
    assert.deepEqual(
      await Promise.all(answers),
      names.map((name) => `answer ${name}`),
    );
    assert.equal(new Set(names).size, 3);
  });

  it('knows no acknowledgement of another session, of none, or of a hostile name', async () => {
    const [one, two] = [await serving.join('websocket'), await serving.join('websocket')];
    const heard = serving.next('message');
    const answer = ask(one, 'own');
    const { session, ack } = await heard;
    const other = serving.live.clients().find((client) => client.session !== session)!.session;
    assert.equal(serving.live.acknowledge(other, ack!, 'stolen'), false);
    for (const name of ['', '99', '__proto__', 'constructor']) {
      assert.equal(serving.live.acknowledge(session, name, 'forged'), false);
    }
    assert.equal(serving.live.acknowledge(session, ack!, 'right'), true);
    assert.equal(await answer, 'right');
    two.close();
  });

  it('leaves no timer behind when its client goes', async () => {
    const client = await serving.join('websocket');
    const heard = serving.next('message');
    client.socket.emit('own', () => {});
    await heard;
    assert.equal(clock.pending, 1);
    const gone = serving.next('disconnect');
    client.close();
    await gone;
    assert.equal(clock.pending, 0);
    clock.advance(ACKNOWLEDGE_WITHIN_MS);
  });

  it('tells of refusals at most once a second', async () => {
    const client = await serving.join('websocket');
    const told = (): number => client.heard.filter(({ event }) => event === 'refused').length;
    const provoke = async (): Promise<void> => {
      client.socket.emit('command', null);
      await ask(client, 'command', null);
    };
    await provoke();
    await provoke();
    assert.equal(told(), 1);
    clock.advance(1000);
    await provoke();
    assert.equal(told(), 2);
  });
});
