import assert from 'node:assert/strict';
import { UPDATE, type Changes, type Update } from '../../lib/live/protocol.ts';
import { connect, post, request, TRANSPORTS, type Client } from './clients.ts';
import { deployQuiet, quietFlow } from './core-flow.ts';
import { startNodeRed, type NodeRed } from './harness.ts';

describe('the live protocol, version 2, through the core flow', function () {
  this.timeout(30_000);
  let red: NodeRed;
  before(async () => {
    red = await startNodeRed();
    await deployQuiet(red);
  });
  after(() => red?.stop());

  const cursor = ({ epoch, seq }: Update): string => `${epoch}.${seq}`;
  const begun = async (client: Client): Promise<Update> =>
    (client.heard.find(({ event }) => event === UPDATE)?.payload as Update | undefined) ??
    client.next<Update & Record<string, unknown>>(UPDATE);
  const changesSince = async (since: string, more = ''): Promise<Changes> => {
    const { status, body } = await request(`${red.url}/api/v2/changes?since=${since}${more}`);
    assert.equal(status, 200);
    return body as unknown as Changes;
  };
  const setTo = (value: number): Promise<unknown> =>
    post(`${red.url}/api/devices/sensor_001/value`, { value });
  const valueIn = ({ changes }: Changes): unknown =>
    (changes.find(([topic]) => topic === 'devices/sensor_001')?.[1] as { value: unknown } | undefined)?.value;

  for (const transport of TRANSPORTS) {
    it(`goes from ${transport} to HTTP and back by one cursor, without loss or repeat`, async () => {
      const auth = { protocol: 2, topics: 'devices/*' };
      const client = await connect(red.url, transport, { auth });
      const first = await begun(client);
      assert.equal(first.kind, 'snapshot');
      const live = client.next<Changes & Record<string, unknown>>(UPDATE);
      await setTo(41);
      const second = await live;
      assert.deepEqual([second.from, valueIn(second)], [first.seq, 41]);
      client.close();

      await setTo(42);
      const third = await changesSince(cursor(second), '&topics=devices/*');
      assert.deepEqual([third.from, third.changes.length, valueIn(third)], [second.seq, 1, 42]);
      const later = changesSince(cursor(third), '&topics=devices/*&wait=8');
      await setTo(43);
      const fourth = await later;
      assert.deepEqual([fourth.from, fourth.changes.length, valueIn(fourth)], [third.seq, 1, 43]);

      await setTo(44);
      const back = await connect(red.url, transport, { auth: { ...auth, since: cursor(fourth) } });
      const fifth = (await begun(back)) as Changes;
      assert.deepEqual(
        [fifth.kind, fifth.from, fifth.changes.length, valueIn(fifth)],
        ['changes', fourth.seq, 1, 44],
      );
      back.close();
    });
  }

  it('takes a command over HTTP as on the socket, once for each id', async () => {
    // Another suite of this process may have left it on: its line is held.
    assert.equal((await post(`${red.url}/api/relays/relay2`, { action: 'off' })).status, 200);
    const order = { relay: 'relay2', action: 'toggle', id: 'only-once', ttl: 5000 };
    const { status, body } = await post(`${red.url}/api/v2/command`, order);
    assert.deepEqual([status, body['code'], body['state']], [200, 'done', true]);
    const client = await connect(red.url, 'websocket', { auth: { protocol: 2 } });
    const again = (await client.socket.timeout(5000).emitWithAck('command', order)) as Record<
      string,
      unknown
    >;
    assert.deepEqual([again['code'], again['state']], ['duplicate', true]);
    client.close();
  });

  it('goes on in its epoch after a deploy of parts, and begins another one after a full deploy', async () => {
    const back = async (since: string): Promise<Update> => {
      const client = await connect(red.url, 'websocket', { auth: { protocol: 2, since } });
      const update = await begun(client);
      client.close();
      return update;
    };
    const first = await back('nowhere.0');
    assert.equal(first.kind, 'snapshot');
    const parts = quietFlow().map((node) =>
      node.type === 'factory-server' ? { ...node, name: 'another name' } : node,
    );
    await red.deploy(parts, 'nodes');
    const second = await back(cursor(first));
    assert.deepEqual([second.kind, second.epoch], ['changes', first.epoch]);
    await deployQuiet(red);
    const third = await back(cursor(second));
    assert.equal(third.kind, 'snapshot');
    assert.notEqual(third.epoch, first.epoch);
    // A poll that was somewhere else is answered from the beginning, too.
    const { body } = await request(`${red.url}/api/v2/changes?since=${cursor(second)}`);
    assert.deepEqual([body['kind'], body['epoch']], ['snapshot', third.epoch]);
  });
});
