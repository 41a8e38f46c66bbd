/** Devices behind a real broker: what it has kept, and what it says of those that are gone. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { DeviceRecord } from '../../lib/devices/device.ts';
import { REPLAYED } from '../../lib/devices/merge.ts';
import type { Plant } from '../../lib/plant/plant.ts';
import { keep, publish } from './esphome.ts';
import { startNodeRed, type FlowNode, type NodeRed } from './harness.ts';
import { Broker, mqtt, needMosquitto } from './mosquitto.ts';

const VALUE = 'plant/north/boiler';
const DOOR = 'plant/door';
const STATUS = 'status/boiler';

describe('devices behind a broker', function () {
  this.timeout(30_000);
  let broker: Broker;
  let red: NodeRed;

  before(async function () {
    needMosquitto(this);
    broker = await Broker.start();
    red = await startNodeRed({ settings: { mqttReconnectTime: 50 } });
  });
  after(async () => {
    await red?.stop();
    await broker?.end();
  });
  afterEach(async () => {
    await red.deploy([{ id: 'empty', type: 'tab', label: 'empty' }]);
    await keep(broker.port, { [VALUE]: '', [DOOR]: '', [STATUS]: '' });
  });

  const place = { z: 'tab', x: 0, y: 0 };
  const mqttIn = (id: string, topic: string, to: string, more: object = {}): FlowNode => ({
    id,
    type: 'mqtt in',
    ...place,
    name: '',
    topic,
    qos: '1',
    datatype: 'auto-detect',
    broker: 'broker',
    nl: false,
    rap: false,
    rh: 0,
    inputs: 0,
    wires: [[to]],
    ...more,
  });
  const flow = (plant: string, more: object = {}): FlowNode[] => [
    { id: 'tab', type: 'tab', label: 'devices' },
    {
      id: plant,
      type: 'factory-plant',
      name: 'Plant',
      storage: 'sqlite',
      file: join(red.userDir, 'devices.db'),
    },
    {
      id: 'broker',
      type: 'mqtt-broker',
      name: '',
      broker: '127.0.0.1',
      port: String(broker.port),
      autoConnect: true,
      protocolVersion: '4',
      keepalive: '15',
      cleansession: true,
    },
    mqttIn('values', 'plant/+/+', 'device', more),
    mqttIn('status', 'status/+', 'device'),
    mqttIn('doors', DOOR, 'door'),
    {
      id: 'device',
      type: 'factory-device',
      ...place,
      name: '',
      plant,
      device: '',
      pattern: 'plant/{area}/{id}',
      availability: 'status/{id}',
      deviceName: '',
      deviceType: '',
      unit: '',
      wires: [['out']],
    },
    {
      id: 'door',
      type: 'factory-input',
      ...place,
      name: '',
      plant,
      input: 'door',
      source: 'message',
      debounce: '0',
      device: 'gate',
      wires: [['out']],
    },
    { id: 'out', type: 'junction', ...place, wires: [] },
  ];
  const plantOf = (id: string): Plant =>
    (red.RED as unknown as { nodes: { getNode(id: string): { plant: Plant } } }).nodes.getNode(id).plant;
  const becomes = (
    id: string,
    device: string,
    holds: (record: DeviceRecord) => boolean,
  ): Promise<DeviceRecord> =>
    new Promise((resolve, reject) => {
      const { devices } = plantOf(id);
      const limit = setTimeout(() => {
        stop();
        reject(new Error(`${device} is ${JSON.stringify(devices.get(device))} after 15 s`));
      }, 15_000);
      const look = (): void => {
        const record = devices.get(device);
        if (!record || !holds(record)) return;
        clearTimeout(limit);
        stop();
        resolve(record);
      };
      const stop = devices.events.on('change', look);
      look();
    });

  /** Deploys, and waits for what the broker has kept: all that is published later is heard as it comes. */
  const begin = async (id: string): Promise<void> => {
    await keep(broker.port, { [VALUE]: '1', [DOOR]: 'off', [STATUS]: 'offline' });
    await red.deploy(flow(id));
    await becomes(id, 'boiler', ({ value, presence }) => value === 1 && presence === 'offline');
    await becomes(id, 'gate', ({ value }) => value === false);
  };

  it('take a value that was kept for uncertain after a start, with the time at which it was heard', async () => {
    await begin('p1');
    await publish(broker.port, VALUE, '80.5', { retain: true });
    const fresh = await becomes('p1', 'boiler', ({ quality }) => quality === 'good');
    assert.equal(fresh.value, 80.5);
    // Another node has the same file: what it knows is of before its start.
    await red.deploy([{ id: 'empty', type: 'tab', label: 'empty' }]);
    await red.deploy(flow('p2'));
    const replayed = await becomes('p2', 'boiler', ({ quality }) => quality !== 'good');
    assert.deepEqual(
      [replayed.value, replayed.quality, replayed.reason, replayed.source_time, replayed.last_update],
      [80.5, 'uncertain', REPLAYED, fresh.source_time, fresh.last_update],
    );
    await publish(broker.port, VALUE, '80.5', { retain: true });
    const again = await becomes('p2', 'boiler', ({ quality }) => quality === 'good');
    assert.ok(Date.parse(again.last_update) >= Date.parse(fresh.last_update));
  });

  it('learn nothing from a deploy that subscribes anew', async () => {
    await begin('p3');
    await publish(broker.port, DOOR, 'on', { retain: true });
    await publish(broker.port, VALUE, '7', { retain: true });
    const fresh = await becomes('p3', 'boiler', ({ value, quality }) => value === 7 && quality === 'good');
    await becomes('p3', 'gate', ({ quality }) => quality === 'good');
    await red.deploy(flow('p3', { name: 'values of the plant' }), 'nodes');
    // What comes after the kept message says that this one has been there.
    await publish(broker.port, 'plant/north/after', '1');
    await becomes('p3', 'after', () => true);
    assert.deepEqual(plantOf('p3').devices.get('boiler'), fresh);
    assert.deepEqual(
      [plantOf('p3').inputs.get('door')?.level, plantOf('p3').devices.get('gate')?.value],
      [true, true],
    );
  });

  it('are offline by a last will, and there again once they speak', async () => {
    await begin('p4');
    const will = { topic: STATUS, payload: Buffer.from('offline'), retain: true, qos: 1 as const };
    const device = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port}`, { will, reconnectPeriod: 0 });
    await device.publishAsync(STATUS, 'online', { retain: true, qos: 1 });
    await becomes('p4', 'boiler', ({ presence }) => presence === 'online');
    await device.publishAsync(VALUE, '80.5', { qos: 1 });
    await becomes('p4', 'boiler', ({ value }) => value === 80.5);
    device.stream.destroy();
    const gone = await becomes('p4', 'boiler', ({ presence }) => presence === 'offline');
    assert.deepEqual([gone.value, gone.quality, gone.status], [80.5, 'bad', 'inactive']);
    assert.equal(gone.reason, 'a message says that it is offline');
    await publish(broker.port, VALUE, '81');
    const back = await becomes('p4', 'boiler', ({ presence }) => presence === 'online');
    assert.deepEqual([back.value, back.quality, back.status], [81, 'good', 'active']);
  });
});
