import assert from 'node:assert/strict';
import { readStamp, stamp } from '../../lib/access/principal.ts';
import type { ClientInfo } from '../../lib/live/client-info.ts';
import { LISTED_TOPICS } from '../../lib/live/legacy.ts';
import type { RehearsalReport } from '../../lib/live/rehearsed.ts';
import type { Message } from '../../nodes/common.ts';
import { TRANSPORTS } from '../integration/clients.ts';
import { collect, next, nodeById, redeploy, send, start, status, stop, unload, warning } from './helper.ts';
import { join, leave, liveServer, loadLink, placed, refusal } from './live-link.ts';

const flow = placed([
  { id: 'f1', type: 'tab' },
  { id: 's', type: 'factory-server', name: '', path: '/socket.io', origins: '', maxClients: 500 },
  { id: 'c', type: 'factory-clients', z: 'f1', name: '', server: 's', wires: [['out1'], ['out2']] },
  { id: 'p', type: 'factory-push', z: 'f1', name: '', server: 's', wires: [] },
  { id: 'out1', type: 'helper', z: 'f1', wires: [] },
  { id: 'out2', type: 'helper', z: 'f1', wires: [] },
]);

describe('factory-clients', function () {
  this.timeout(10_000);
  before(start);
  beforeEach(() => loadLink(flow).then(() => undefined));
  afterEach(async () => {
    leave();
    await unload();
  });
  after(stop);

  for (const transport of TRANSPORTS) {
    describe(transport, () => {
      it('tells who comes and who goes', async () => {
        const said = collect('out2');
        const client = await join(transport);
        const [came] = await said.atLeast(1);
        assert.equal(came!.topic, 'connect');
        const { session, address, transport: by } = came!.payload as Record<string, unknown>;
        assert.deepEqual(
          [address, by, came!._session],
          ['127.0.0.1', transport, { type: 'factory-iot', id: session }],
        );
        client.close();
        const [, went] = await said.atLeast(2);
        assert.equal(went!.topic, 'disconnect');
        assert.equal((went!.payload as { session: unknown }).session, session);
        assert.equal(went!._session, undefined);
      });

      it('hands on commands with who it was, and the answer goes back to who waits', async () => {
        const client = await join(transport);
        const commanded = next('out1');
        const command = { relay: 'relay1', action: 'on', id: 'x1', ttl: 5000, by: 'forged' };
        const answer = client.socket.timeout(5000).emitWithAck('command', command);
        const message = await commanded;
        const { issued, ...payload } = message.payload as Record<string, unknown>;
        assert.deepEqual([message.topic, payload], ['relay1', { action: 'on', id: 'x1', ttl: 5000 }]);
        assert.ok(typeof issued === 'number' && performance.now() - issued < 5000, 'when it arrived');
        const { session } = liveServer().live.clients()[0]!;
        assert.deepEqual(message._session, {
          type: 'factory-iot',
          id: session,
          ack: message._session!.ack,
          event: 'command_result',
        });
        assert.equal(message.factory!.from, '127.0.0.1');
        assert.deepEqual(readStamp(message.factory!.by), {
          name: 'loopback',
          role: 'engineer',
          via: 'socket',
          address: '127.0.0.1',
        });
        await send('p', { ...message, payload: { ok: true, code: 'done' } });
        assert.deepEqual(await answer, { ok: true, code: 'done' });
      });

      it('answers a command that waits for nothing by the event command_result', async () => {
        const client = await join(transport);
        const commanded = next('out1');
        client.socket.emit('command', { relay: 'relay1', action: 'off' });
        const message = await commanded;
        assert.equal(message._session!.ack, undefined);
        const result = client.next('command_result');
        await send('p', { ...message, payload: { ok: true } });
        assert.deepEqual(await result, { ok: true });
      });

      it("tells clients' own events: no payload, the one, or all of several", async () => {
        const client = await join(transport);
        const said = collect('out2');
        client.socket.emit('none');
        client.socket.emit('one', { a: 1 });
        client.socket.emit('several', 1, 'two', null);
        await said.atLeast(3);
        assert.deepEqual(
          said.messages.map(({ topic, payload }) => [topic, payload]),
          [
            ['none', undefined],
            ['one', { a: 1 }],
            ['several', [1, 'two', null]],
          ],
        );
        for (const { factory, _session } of said.messages) {
          assert.equal(readStamp(factory!.by)?.name, 'loopback');
          assert.equal(_session!.type, 'factory-iot');
        }
      });
    });
  }

  it('tells requests, which are answered already, and refusals', async () => {
    const client = await join();
    const said = collect('out2');
    client.socket.emit('request_relays');
    await client.next('relays_update');
    await refusal({ transports: ['polling'], extraHeaders: { origin: 'http://evil.example' } });
    const [request, refused] = await said.atLeast(2);
    assert.deepEqual([request!.topic, request!.payload], ['request', { event: 'request_relays' }]);
    const { address, code, reason } = refused!.payload as Record<string, string>;
    assert.deepEqual([refused!.topic, address, code], ['refused', '127.0.0.1', 'forbidden']);
    assert.match(reason!, /evil\.example/);
    assert.deepEqual([refused!._session, refused!.factory!.by], [undefined, undefined]);
  });

  it('answers who is connected', async () => {
    await join('polling');
    const said = collect('out2');
    await send('c', { topic: 'clients', payload: 'whatever', unrelated: 1 });
    const [answer] = await said.atLeast(1);
    assert.deepEqual([answer!.topic, answer!['unrelated']], ['clients', 1]);
    const [info, ...others] = answer!.payload as ClientInfo[];
    assert.deepEqual(others, []);
    assert.deepEqual([info!.transport, info!.queue, info!.topics], ['polling', 0, LISTED_TOPICS]);
  });

  it('rehearses the fallback, and tells the report once all are back', async () => {
    const fast = { reconnectionDelay: 20, reconnectionDelayMax: 20 };
    const [one, other] = [await join('websocket', fast), await join('polling', fast)];
    const { session } = liveServer()
      .live.clients()
      .find(({ transport }) => transport === 'polling')!;
    const said = collect('out2');
    const lost = new Promise<string>((resolve) => other.socket.once('disconnect', resolve));
    await send('c', { topic: 'rehearse', payload: { session, hold: 0.1 }, unrelated: 1 });
    // As a lost network; whom the server sends away Socket.IO does not bring back.
    assert.match(await lost, /^transport (close|error)$/);
    // It goes, comes back, and is told of.
    const told = (await said.atLeast(3)).find(({ topic }) => topic === 'rehearsal')!;
    assert.equal(told['unrelated'], 1);
    const { state, of, hold, cut, returned, clients } = told.payload as RehearsalReport;
    assert.deepEqual([state, of, hold, cut, returned], ['returned', 'one', 0.1, 1, 1]);
    assert.deepEqual([clients[0]!.session, clients[0]!.match], [session, 'address']);
    assert.ok(one.socket.connected);

    const all = send('c', { topic: 'rehearse', payload: '' });
    await assert.rejects(send('c', { topic: 'rehearse' }), { code: 'unavailable' });
    assert.equal((await status('c', ({ fill }) => fill === 'red')).text, 'common.error.unavailable');
    await all;
    await status('c', ({ text }) => text === '2 common.status.clients');
  });

  const wrong: [string, Message, string][] = [
    ['a topic that it does not know', { topic: 'cut' }, 'invalid'],
    ['a payload with a slip of the pen', { topic: 'rehearse', payload: { sesion: 'x' } }, 'invalid'],
    ['a client that there is not', { topic: 'rehearse', payload: { session: 'x' } }, 'invalid'],
    ['a request of others', { topic: 'rehearse', req: {} }, 'forbidden'],
    ['a dashboard', { topic: 'rehearse', _client: { socketId: 'x' } }, 'forbidden'],
    ['a forged seal', { topic: 'clients', factory: { by: { name: 'ada' } as never } }, 'forbidden'],
    [
      'an operator at a screen',
      {
        topic: 'rehearse',
        factory: { by: stamp({ name: 'omid', role: 'operator', via: 'wire', address: '' }) },
      },
      'forbidden',
    ],
  ];
  for (const [what, message, code] of wrong) {
    it(`cuts nobody for ${what}`, async () => {
      const client = await join();
      await assert.rejects(send('c', message), { code });
      assert.ok(client.socket.connected);
      assert.equal(liveServer().live.rehearsal.report, undefined);
    });
  }

  it('cuts nobody for a live client, although it may do everything else', async () => {
    const client = await join();
    const said = collect('out2');
    client.socket.emit('please');
    const [asked] = await said.atLeast(1);
    assert.equal(readStamp(asked!.factory!.by)?.role, 'engineer');
    for (const topic of ['rehearse', 'clients'])
      await assert.rejects(send('c', { ...asked!, topic, payload: {} }), {
        code: 'forbidden',
        message: /live client/,
      });
    assert.equal(liveServer().live.rehearsal.report, undefined);
  });

  it('lets no client forge what it tells by itself', async () => {
    const client = await join();
    const said = collect('out2');
    for (const topic of ['request', 'refused', 'clients', 'rehearse', 'rehearsal']) {
      const answer = (await client.socket.timeout(5000).emitWithAck(topic, {})) as { code: string };
      assert.equal(answer.code, 'invalid');
    }
    client.socket.emit('honest');
    const [first] = await said.atLeast(1);
    assert.equal(first!.topic, 'honest');
  });

  it('tells commands that no flow takes so at once, where there is none of it', async () => {
    await redeploy(flow.filter(({ id }) => id !== 'c'));
    const client = await join();
    const answer = (await client.socket
      .timeout(5000)
      .emitWithAck('command', { relay: 'r', action: 'on' })) as {
      code: string;
    };
    assert.equal(answer.code, 'unavailable');
  });

  it('shows how many clients are connected, and listens no more once it is closed', async () => {
    await join();
    assert.equal((await status('c', ({ fill }) => fill === 'green')).text, '1 common.status.clients_one');
    const { live } = liveServer();
    assert.ok(live.events.count('command') === 1);
    await redeploy(
      flow.filter(({ id }) => id !== 'c'),
      'nodes',
    );
    assert.equal(liveServer().live, live, 'the server was not touched');
    for (const name of ['command', 'message', 'request', 'refused'] as const) {
      assert.equal(live.events.count(name), name === 'refused' ? 1 : 0, name);
    }
  });

  it('gives one event one id, however many nodes hear it, and says that there are several', async () => {
    const copy = { id: 'c2', type: 'factory-clients', z: 'f1', name: '', server: 's' };
    const ends = ['out3', 'out4'].map((id) => ({ id, type: 'helper', z: 'f1', wires: [] }));
    const both = placed([...flow, { ...copy, wires: [['out3'], ['out4']] }, ...ends]);
    await unload();
    await loadLink(both);
    for (const id of ['c', 'c2']) {
      const { text } = await status(id, ({ fill }) => fill === 'yellow');
      assert.match(text!, /factory-clients\.status\.several$/);
    }
    const came = next('out4');
    const client = await join();
    await came;
    const heard = [collect('out1'), collect('out3'), collect('out2'), collect('out4')];
    client.socket.emit('command', { relay: 'relay1', action: 'toggle' });
    client.socket.emit('own', 1);
    const own = ({ topic }: Message): boolean => topic === 'own';
    const commands = await Promise.all(heard.slice(0, 2).map(async (all) => (await all.atLeast(1))[0]!));
    const ids = commands.map(({ payload }) => (payload as { id: unknown }).id);
    assert.ok(typeof ids[0] === 'string' && ids[0] !== '');
    assert.equal(ids[1], ids[0]);
    assert.equal(commands[1]!._msgid, commands[0]!._msgid);
    const events = await Promise.all(heard.slice(2).map(async (all) => (await all.atLeast(1)).find(own)!));
    assert.ok(events[0]!._msgid);
    assert.equal(events[1]!._msgid, events[0]!._msgid);
    // The one that is left is alone again.
    await redeploy(placed(flow), 'nodes');
    await status('c', ({ fill }) => fill === 'green');
  });

  it('warns of the second at the deploy', async () => {
    const copy = { id: 'c2', type: 'factory-clients', z: 'f1', name: '', server: 's', wires: [[], []] };
    await redeploy(placed([...flow, copy]), 'nodes');
    assert.equal(await warning('c2'), 'factory-clients.several');
  });

  it('stays in place without a server', async () => {
    await redeploy([flow[0]!, { ...flow[2]!, server: 'gone' }]);
    assert.equal((await status('c')).text, 'common.error.config');
    assert.equal(nodeById('c').type, 'factory-clients');
  });
});
