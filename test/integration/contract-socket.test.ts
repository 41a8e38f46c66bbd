import assert from 'node:assert/strict';
import { connect, open, post, request, TRANSPORTS, type Client } from './clients.ts';
import { coreFlow, deployQuiet, quietFlow } from './core-flow.ts';
import { startNodeRed, type NodeRed } from './harness.ts';

interface DevicesUpdate {
  devices: Record<string, unknown>[];
  count: number;
  timestamp: string;
}
interface RelaysUpdate {
  relays: Record<string, boolean>;
}

const ISO_WITH_ZONE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

describe('the contract over Socket.IO, through the core flow', function () {
  this.timeout(30_000);
  let red: NodeRed;
  const clients: Client[] = [];
  const join = async (transport: (typeof TRANSPORTS)[number]): Promise<Client> => {
    const client = await connect(red.url, transport);
    clients.push(client);
    return client;
  };

  before(async () => {
    red = await startNodeRed();
    await deployQuiet(red);
  });
  afterEach(() => clients.splice(0).forEach((client) => client.close()));
  after(() => red.stop());

  for (const transport of TRANSPORTS) {
    describe(transport, () => {
      it('greets once after connecting', async () => {
        const client = open(red.url, { transports: [transport] });
        clients.push(client);
        assert.deepEqual(await client.next('connected'), { data: 'Connected to Factory IoT System' });
        client.socket.emit('request_relays');
        await client.next('relays_update');
        assert.equal(client.heard.filter(({ event }) => event === 'connected').length, 1);
      });

      it('answers request_devices with the demo plant', async () => {
        const client = await join(transport);
        client.socket.emit('request_devices');
        const { devices, count, timestamp } = await client.next<DevicesUpdate>('devices_update');
        assert.equal(count, 3);
        assert.match(timestamp, ISO_WITH_ZONE);
        assert.deepEqual(
          devices.map(({ id, name, type, unit, status }) => ({ id, name, type, unit, status })),
          [
            {
              id: 'sensor_001',
              name: 'Temperature Sensor 1',
              type: 'temperature',
              unit: '°C',
              status: 'active',
            },
            { id: 'sensor_002', name: 'Humidity Sensor 1', type: 'humidity', unit: '%', status: 'active' },
            {
              id: 'actuator_001',
              name: 'Conveyor Belt 1',
              type: 'conveyor',
              unit: 'status',
              status: 'active',
            },
          ],
        );
        for (const device of devices) assert.match(String(device['last_update']), ISO_WITH_ZONE);
        assert.equal(devices[2]!['value'], 'running');
      });

      it('answers request_system_stats with the shape of the contract', async () => {
        const client = await join(transport);
        client.socket.emit('request_system_stats');
        const stats = await client.next<Record<string, Record<string, unknown>>>('system_stats_update');
        assert.deepEqual(
          Object.keys(stats)
            .filter((key) => key !== 'node_red')
            .toSorted(),
          ['cpu', 'disk', 'memory', 'network', 'temperature', 'timestamp'],
        );
        assert.deepEqual(Object.keys(stats['cpu']!).toSorted(), ['count', 'frequency', 'percent']);
        assert.deepEqual(Object.keys(stats['memory']!).toSorted(), ['available', 'percent', 'total', 'used']);
        assert.deepEqual(Object.keys(stats['disk']!).toSorted(), ['free', 'percent', 'total', 'used']);
        assert.deepEqual(Object.keys(stats['network']!).toSorted(), ['bytes_recv', 'bytes_sent']);
      });

      it('answers request_relays', async () => {
        const client = await join(transport);
        client.socket.emit('request_relays');
        const { relays } = await client.next<RelaysUpdate>('relays_update');
        assert.deepEqual(Object.keys(relays), ['relay1', 'relay2', 'relay3']);
        for (const state of Object.values(relays)) assert.equal(typeof state, 'boolean');
      });

      it('answers the asker alone', async () => {
        const [asker, other] = [await join(transport), await join(transport)];
        for (const [ask, answer] of [
          ['request_devices', 'devices_update'],
          ['request_system_stats', 'system_stats_update'],
          ['request_relays', 'relays_update'],
        ] as const) {
          asker.socket.emit(ask);
          await asker.next(answer);
        }
        // What the other one asks for comes after anything that might have been sent to it before.
        other.socket.emit('request_relays');
        await other.next('relays_update');
        // What everybody gets may come in between; then the asker has had that, too, and its answer.
        asker.socket.emit('request_relays');
        await asker.next('relays_update');
        const heardBy = (client: typeof asker, event: string): number =>
          client.heard.filter((heard) => heard.event === event).length;
        for (const event of ['devices_update', 'system_stats_update', 'relays_update'])
          assert.ok(heardBy(other, event) < heardBy(asker, event), event);
      });

      it('broadcasts a changed device as the full list', async () => {
        const [one, two] = [await join(transport), await join(transport)];
        const isNew = ({ devices }: DevicesUpdate): boolean => devices[0]!['value'] === 41.5;
        const heard = [one, two].map((client) => client.next('devices_update', isNew));
        await post(`${red.url}/api/devices/sensor_001/value`, { value: 41.5 });
        for (const { devices, count } of await Promise.all(heard)) assert.equal(devices.length, count);
        await post(`${red.url}/api/devices/sensor_001/value`, { value: 22 });
      });

      it('broadcasts a changed relay', async () => {
        const client = await join(transport);
        for (const [action, state] of [
          ['on', true],
          ['off', false],
        ] as const) {
          const heard = client.next<RelaysUpdate>(
            'relays_update',
            ({ relays }) => relays['relay2'] === state,
          );
          await post(`${red.url}/api/relays/relay2`, { action });
          assert.deepEqual(Object.keys((await heard).relays), ['relay1', 'relay2', 'relay3']);
        }
      });

      it('takes no harm from malformed requests', async () => {
        const client = await join(transport);
        for (const payload of [null, [], { deep: { er: 1 } }, 'x'.repeat(1000), 0, undefined]) {
          for (const event of [
            'request_devices',
            'request_system_stats',
            'request_relays',
            'command',
            'nonsense',
          ]) {
            client.socket.emit(event, payload, payload);
          }
        }
        client.socket.emit('__proto__', { constructor: 1 });
        const { body } = await request(`${red.url}/api/relays`);
        client.socket.emit('request_relays');
        assert.deepEqual(await client.next('relays_update'), body);
      });
    });
  }

  it('sends one change to 50 clients on both transports, a burst as few lists with the last value in the last', async () => {
    const all = await Promise.all(Array.from({ length: 50 }, (_, index) => join(TRANSPORTS[index % 2]!)));
    const last = all.map((client) =>
      client.next<DevicesUpdate>('devices_update', ({ devices }) => devices[1]!['value'] === 19),
    );
    for (let value = 0; value < 20; value++) {
      await post(`${red.url}/api/devices/sensor_002/value`, { value });
    }
    await Promise.all(last);
    for (const { heard } of all) {
      const lists = heard.filter(({ event }) => event === 'devices_update');
      assert.ok(lists.length < 20, `${lists.length} lists for 20 changes`);
      const values = lists.map(({ payload }) => (payload as DevicesUpdate).devices[1]!['value'] as number);
      assert.deepEqual(
        values,
        values.toSorted((a, b) => a - b),
        'never an older value after a newer one',
      );
    }
  });

  it('does not execute a command that was held back on its way for longer than it is valid', async () => {
    const client = await join('websocket');
    const command = async (issued: number): Promise<Record<string, unknown>> =>
      (await client.socket.timeout(5000).emitWithAck('command', {
        relay: 'relay1',
        action: 'on',
        ttl: 2000,
        issued,
      })) as Record<string, unknown>;
    const { now } = (await client.socket.timeout(5000).emitWithAck('clock')) as { now: number };
    const late = await command(now - 2100);
    assert.deepEqual([late['code'], late['state']], ['expired', false]);
    assert.equal((await command(now))['code'], 'done');
    await post(`${red.url}/api/relays/relay1`, { action: 'off' });
  });

  it('reports an unavailable relay board as an error, not as an empty list', async () => {
    await red.deploy(quietFlow().filter((node) => node.type !== 'factory-board'));
    const client = await join('websocket');
    client.socket.emit('request_relays');
    const answer = await client.next('relays_update');
    assert.deepEqual(Object.keys(answer), ['error', 'info']);
    assert.equal(typeof answer['error'], 'string');
    await deployQuiet(red);
  });

  it('pushes statistics to everyone at the interval of the flow, and moves the demo plant', async () => {
    await red.deploy(
      coreFlow().map((node) => (node.type === 'factory-stats' ? { ...node, interval: 0.5 } : node)),
    );
    const [one, two] = [await join('websocket'), await join('polling')];
    for (let round = 0; round < 2; round++) {
      await Promise.all([one.next('system_stats_update'), two.next('system_stats_update')]);
    }
    const temperature = ({ devices }: DevicesUpdate): unknown => devices[0]!['value'];
    const before = temperature(await one.next<DevicesUpdate>('devices_update'));
    const after = temperature(
      await one.next<DevicesUpdate>('devices_update', (list) => temperature(list) !== before),
    );
    for (const value of [before, after])
      assert.ok(typeof value === 'number' && value > 15 && value < 35, `plausible: ${String(value)}`);
  });
});
