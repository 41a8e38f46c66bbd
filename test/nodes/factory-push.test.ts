import assert from 'node:assert/strict';
import type { ClientMark } from '../../lib/live/answer.ts';
import { TRANSPORTS } from '../integration/clients.ts';
import { next, nodeById, redeploy, send, start, status, stop, unload } from './helper.ts';
import { join, leave, liveServer, loadLink, placed } from './live-link.ts';

const flow = placed([
  { id: 'f1', type: 'tab' },
  { id: 's', type: 'factory-server', name: '', path: '/socket.io', origins: '', maxClients: 500 },
  { id: 'p', type: 'factory-push', z: 'f1', name: '', server: 's', wires: [] },
  { id: 'c', type: 'factory-clients', z: 'f1', name: '', server: 's', wires: [['out1'], ['out2']] },
  { id: 'out1', type: 'helper', z: 'f1', wires: [] },
  { id: 'out2', type: 'helper', z: 'f1', wires: [] },
  { id: 'catch', type: 'catch', z: 'f1', scope: ['p'], wires: [['caught']] },
  { id: 'caught', type: 'helper', z: 'f1', wires: [] },
]);

describe('factory-push', function () {
  this.timeout(10_000);
  before(start);
  beforeEach(() => loadLink(flow).then(() => undefined));
  afterEach(async () => {
    leave();
    await unload();
  });
  after(stop);

  for (const transport of TRANSPORTS) {
    it(`keeps records and tells them to everyone over ${transport}`, async () => {
      const client = await join(transport);
      const heard = [
        client.next('devices_update'),
        client.next('relays_update'),
        client.next('system_stats_update'),
      ];
      await send('p', { topic: 'devices/a', payload: { id: 'a', value: 1 } });
      await send('p', { topic: 'relays/r', payload: { id: 'r', state: true } });
      await send('p', { topic: 'system/stats', payload: { cpu: { percent: 1 } } });
      const [devices, relays, stats] = await Promise.all(heard);
      assert.deepEqual(devices!['devices'], [{ id: 'a', value: 1 }]);
      assert.deepEqual(
        [relays, stats],
        [{ relays: { r: true }, info: [{ id: 'r', state: true }] }, { cpu: { percent: 1 } }],
      );
      await send('p', { topic: 'devices/a', payload: null });
      assert.equal(liveServer().live.retained.get('devices/a'), undefined);
    });

    it(`answers one client alone over ${transport}, by acknowledgement and by event`, async () => {
      const [asker, other] = [await join(transport), await join(transport)];
      const asked = next('out2');
      const answer = asker.socket.timeout(5000).emitWithAck('question', 'how much?');
      const question = await asked;
      const said = asker.next('note');
      await send('p', { ...question, payload: 42 });
      assert.equal(await answer, 42);
      const { type, id } = question._session!;
      await send('p', { topic: 'note', payload: 'for you', _session: { type, id } });
      assert.equal(await said, 'for you');
      const named = asker.next('command_result');
      await send('p', {
        topic: 'note',
        payload: { ok: true },
        _session: { type, id, event: 'command_result' },
      });
      assert.deepEqual(await named, { ok: true });
      assert.deepEqual(
        other.heard.map(({ event }) => event),
        ['connected'],
      );
    });
  }

  it('sends errors to Catch, with their code, and shows them until it works again', async () => {
    for (const [message, code] of [
      [{ payload: 1 }, 'invalid'],
      [{ topic: 'disconnect', payload: 1 }, 'invalid'],
      [{ topic: 'devices/a', payload: 5 }, 'invalid'],
      [{ topic: 'x'.repeat(300), payload: 1 }, 'limit'],
    ] as const) {
      const caught = next('caught');
      await assert.rejects(send('p', message), { code });
      assert.equal(((await caught)['error'] as { code?: string }).code, code);
    }
    assert.equal((await status('p', ({ fill }) => fill === 'red')).text, 'common.error.limit');
    await send('p', { topic: 'fine', payload: 1 });
    assert.equal((await status('p', ({ fill }) => fill === 'grey')).text, '0 common.status.clients');
  });

  for (const [kind, mark] of [
    ['a websocket node', { type: 'websocket', id: 'abc' }],
    ['nobody', {}],
    ['a text', 'abc'],
    ['a damaged mark', { type: 'factory-iot', id: 5 }],
  ] as const) {
    it(`refuses the session of ${kind} rather than tell everyone`, async () => {
      const client = await join();
      const message = { topic: 'secret', payload: 1, _session: mark as unknown as ClientMark };
      await assert.rejects(send('p', message), { code: 'invalid' });
      client.socket.emit('request_relays');
      await client.next('relays_update');
      assert.ok(!client.heard.some(({ event }) => event === 'secret'));
    });
  }

  it('says so where the client has gone, or has its answer already', async () => {
    const client = await join();
    const asked = next('out2');
    const answer = client.socket.timeout(5000).emitWithAck('question');
    const question = await asked;
    await send('p', { ...question, payload: 1 });
    await assert.rejects(send('p', { ...question, payload: 2 }), { code: 'timeout' });
    assert.equal(await answer, 1);
    const gone = next('out2');
    client.close();
    assert.equal((await gone).topic, 'disconnect');
    await assert.rejects(send('p', { ...question, payload: 3 }), { code: 'unavailable' });
  });

  it('shows how many clients are connected, and nothing once it is closed', async () => {
    assert.deepEqual(await status('p'), { fill: 'grey', shape: 'ring', text: '0 common.status.clients' });
    await join();
    assert.equal((await status('p', ({ fill }) => fill === 'green')).text, '1 common.status.clients_one');
    await join();
    await status('p', ({ text }) => text === '2 common.status.clients');
    leave();
    await status('p', ({ text }) => text === '0 common.status.clients');
    const node = nodeById('p');
    const cleared = new Promise((resolve) => node.on('call:status' as 'close', resolve as never));
    await redeploy(
      flow.filter(({ id }) => id !== 'p'),
      'nodes',
    );
    assert.deepEqual(((await cleared) as { args: unknown[] }).args, [{}]);
    // Those of the other node alone are left.
    assert.equal(liveServer().live.events.count('connect'), 2);
  });

  it('refuses to work without a server', async () => {
    await redeploy([flow[0]!, { ...flow[2]!, server: '' }]);
    await assert.rejects(send('p', { topic: 'x', payload: 1 }), { code: 'config' });
    assert.equal((await status('p')).text, 'common.error.config');
  });
});
