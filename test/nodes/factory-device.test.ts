import assert from 'node:assert/strict';
import { stamp } from '../../lib/access/principal.ts';
import type { Plant } from '../../lib/plant/plant.ts';
import type { Message, PlantNode } from '../../nodes/common.ts';
import registerDevice from '../../nodes/factory-device/factory-device.ts';
import registerPlant from '../../nodes/factory-plant/factory-plant.ts';
import * as helper from './helper.ts';

describe('factory-device', () => {
  before(helper.start);
  after(helper.stop);
  afterEach(helper.unload);

  const plantNode = { id: 'p', type: 'factory-plant', name: '', storage: 'memory', file: '' };
  // Without a place on the canvas a node would be a configuration node.
  const place = { z: 'tab', x: 0, y: 0 };
  const device = (more: object = {}): helper.FlowNode => ({
    id: 'd',
    type: 'factory-device',
    ...place,
    plant: 'p',
    device: '',
    pattern: '',
    deviceName: '',
    deviceType: '',
    unit: '',
    wires: [['out']],
    ...more,
  });
  const flow = (...nodes: helper.FlowNode[]): helper.FlowNode[] => [
    { id: 'tab', type: 'tab' },
    plantNode,
    ...nodes,
    { id: 'out', type: 'helper', ...place },
    { id: 'catch', type: 'catch', ...place, scope: null, uncaught: false, wires: [['caught']] },
    { id: 'caught', type: 'helper', ...place },
  ];
  async function load(...nodes: helper.FlowNode[]): Promise<Plant> {
    await helper.load([registerPlant, registerDevice], flow(...nodes));
    const { plant } = helper.nodeById('p') as PlantNode;
    await plant.ready;
    return plant;
  }
  const payload = (message: Message): { stored: { id: string }[]; removed: string[]; refused: object[] } =>
    message.payload as never;

  it('writes nothing for those who come from outside, unless that is set or we know them', async () => {
    const plant = await load(
      device({ id: 'd', device: 'own' }),
      device({ id: 'e', device: 'open', trustOutside: true }),
    );
    for (const mark of ['req', '_session', '_client', 'socketid']) {
      const message = { payload: 1, [mark]: {} };
      await assert.rejects(helper.send('d', message), { code: 'forbidden' }, mark);
      await helper.send('e', message);
    }
    assert.deepEqual([plant.devices.get('own')?.value, plant.devices.get('open')?.value], [null, 1]);
    const by = stamp({ name: 'ada', role: 'operator', via: 'socket', address: '10.0.0.9' });
    await helper.send('d', { payload: 2, _session: { type: 'factory-iot', id: 's' }, factory: { by } });
    assert.equal(plant.devices.get('own')?.value, 2);
  });

  it('declares its device when the flow starts, and once only', async () => {
    const set = device({
      device: 'sensor_001',
      deviceName: 'Sensor 1',
      deviceType: 'temperature',
      unit: '°C',
    });
    const plant = await load(set);
    await helper.send('d', { payload: { id: 'sensor_001' } });
    const { name, type, unit, value, rev } = plant.devices.get('sensor_001')!;
    assert.deepEqual([name, type, unit, value, rev], ['Sensor 1', 'temperature', '°C', null, 2]);
    await helper.redeploy(flow({ ...set, unit: '°C' }));
    await helper.send('d', { payload: { id: 'sensor_001' } });
    const again = (helper.nodeById('p') as PlantNode).plant.devices.get('sensor_001')!;
    assert.equal(again.rev, 3, 'the deploy itself wrote nothing');
  });

  it('writes a value, shows it, and passes the message on', async () => {
    const plant = await load(device({ device: 'a', unit: '°C' }));
    const out = helper.next('out');
    await helper.send('d', { payload: 21.5, topic: 'x', mine: { kept: true } });
    const message = await out;
    assert.equal(plant.devices.get('a')?.value, 21.5);
    assert.deepEqual(payload(message), { stored: [plant.devices.get('a')], removed: [], refused: [] });
    assert.deepEqual([message.topic, message['mine']], ['x', { kept: true }]);
    assert.deepEqual(await helper.status('d'), { fill: 'green', shape: 'dot', text: '21.5 °C' });
  });

  it('names the device by the topic', async () => {
    const plant = await load(device({ pattern: 'plant/{area}/{id}' }));
    await helper.send('d', { topic: 'plant/north/oven', payload: 180, timestamp: '2026-01-01T00:00:00Z' });
    const { value, attributes, source_time } = plant.devices.get('oven')!;
    assert.deepEqual([value, attributes, source_time], [180, { area: 'north' }, '2026-01-01T00:00:00.000Z']);
  });

  it('passes on what is stored and removed, and tells catch nodes of what is refused', async () => {
    const plant = await load(device());
    plant.devices.write({ id: 'old' });
    const out = helper.next('out');
    const caught = helper.next('caught');
    const sent = helper.send('d', {
      payload: [
        { id: 'a', value: 1 },
        { id: 'old', remove: true },
        { id: 'b', value: {} },
      ],
    });
    await assert.rejects(sent, { code: 'invalid', message: /^1 of 3 refused: value must be/ });
    const { stored, removed, refused } = payload(await out);
    assert.deepEqual([stored.map(({ id }) => id), removed, refused.length], [['a'], ['old'], 1]);
    const { message } = (await caught)['error'] as { message: string };
    assert.match(message, /1 of 3 refused/);
    assert.deepEqual(await helper.status('d'), {
      fill: 'red',
      shape: 'ring',
      text: 'common.error.invalid',
    });
  });

  it('refuses another device than its own', async () => {
    const plant = await load(device({ device: 'a' }));
    await assert.rejects(helper.send('d', { payload: { id: 'b', value: 1 } }), {
      code: 'invalid',
      message: /this node writes the device "a", the object names "b"/,
    });
    assert.equal(plant.devices.get('b'), undefined);
  });

  it('sends nothing of a message with too many', async () => {
    await load(device());
    const out = helper.collect('out');
    const many = Array.from({ length: 10_001 }, (_, i) => ({ id: `d${i}` }));
    await assert.rejects(helper.send('d', { payload: many }), { code: 'limit', message: /Split the array/ });
    assert.deepEqual(out.messages, []);
  });

  for (const [what, more, message] of [
    ['a plant', { plant: '' }, /no factory-plant is chosen.*Open the node/],
    ['an interval that can be', { interval: '0' }, /expected interval must be 1 to 604800 seconds/],
    ['a presence topic that can be', { availability: '#/x' }, /# is not last/],
    ['a pattern that can be', { pattern: 'plant/{area}' }, /no \{id\}.*Write it as/],
  ] as const) {
    it(`says at its start and of each message that it has not ${what}`, async () => {
      await load(device(more));
      assert.equal((await helper.status('d')).text, 'common.error.config');
      await assert.rejects(helper.send('d', { payload: 1 }), { code: 'config', message });
    });
  }

  it('takes a value whose timestamp is wrong, and warns once for each device and cause', async () => {
    const plant = await load(device({ device: 'a' }));
    const warnings: string[] = [];
    helper.nodeById('d').warn = (text: string) => void warnings.push(text);
    for (const value of [1, 2]) await helper.send('d', { payload: value, timestamp: 1_767_225_600 });
    await helper.send('d', { payload: 3, timestamp: '1970-01-01T00:00:05Z' });
    const { value, quality, reason } = plant.devices.get('a')!;
    assert.deepEqual([value, quality], [3, 'uncertain']);
    assert.match(reason!, /before 2020/);
    assert.equal(warnings.length, 2);
    assert.match(warnings[0]!, /^"a": its timestamp is in seconds.*milliseconds since 1970/);
  });

  it('holds a retained value to be uncertain, unless it is set otherwise', async () => {
    const plant = await load(device({ device: 'a' }), device({ id: 'e', device: 'b', takeRetained: true }));
    for (const node of ['d', 'e']) await helper.send(node, { payload: 80.5, retain: true });
    assert.deepEqual(
      ['a', 'b'].map((id) => [plant.devices.get(id)?.value, plant.devices.get(id)?.quality]),
      [
        [80.5, 'uncertain'],
        [80.5, 'good'],
      ],
    );
  });

  it('holds words for no value to be none, unless it is set otherwise', async () => {
    const plant = await load(device({ device: 'a' }), device({ id: 'e', device: 'b', keepWords: true }));
    for (const node of ['d', 'e']) await helper.send(node, { payload: 'unavailable' });
    assert.deepEqual(
      ['a', 'b'].map((id) => [plant.devices.get(id)?.value, plant.devices.get(id)?.quality]),
      [
        [null, 'bad'],
        ['unavailable', 'good'],
      ],
    );
  });

  it('expects its device from the start on, and no more once it is set so', async () => {
    const plant = await load(device({ device: 'a', interval: '3600' }));
    await helper.send('d', { payload: 1 });
    assert.equal(plant.devices.get('a')?.presence, 'online');
    await helper.redeploy(flow(device({ device: 'a', interval: '' })), 'nodes');
    await helper.send('d', { payload: 1 });
    assert.equal(plant.devices.get('a')?.presence, undefined);
  });

  it('shows which of its devices are offline, and its values again once none is', async () => {
    await load(device({ pattern: 'plant/{id}', availability: 'plant/{id}/status' }));
    for (const id of ['kiln', 'crane']) await helper.send('d', { topic: `plant/${id}`, payload: 1 });
    await helper.send('d', { topic: 'plant/kiln/status', payload: 'offline' });
    assert.deepEqual(await helper.status('d'), {
      fill: 'red',
      shape: 'ring',
      text: 'kiln: factory-device.status.offline',
    });
    await helper.send('d', { topic: 'plant/crane', payload: 2 });
    assert.equal(
      (await helper.status('d')).text,
      'kiln: factory-device.status.offline',
      'another one that speaks hides nothing',
    );
    await helper.send('d', { topic: 'plant/crane/status', payload: 'offline' });
    assert.equal((await helper.status('d')).text, '2: factory-device.status.offline');
    for (const id of ['kiln', 'crane']) await helper.send('d', { topic: `plant/${id}`, payload: 3 });
    assert.deepEqual(await helper.status('d'), { fill: 'green', shape: 'dot', text: '3' });
  });

  it('proposes the interval at which its devices were heard, once that is known', async () => {
    const plant = await load(device({ device: 'a' }));
    const ask = async (node: string): Promise<{ status: number; body: unknown }> =>
      await helper.admin().get(`/factory-iot/interval?node=${node}`);
    await helper.send('d', { payload: 1 });
    assert.deepEqual((await ask('d')).body, { devices: 0, seconds: null });
    plant.devices.learntInterval = () => 4201;
    assert.deepEqual((await ask('d')).body, { devices: 1, seconds: 5 });
    assert.equal((await ask('none')).status, 400);
    await helper.redeploy(flow(), 'nodes');
    assert.equal((await ask('d')).status, 400, 'nothing is left of a node that is gone');
  });

  it('is told by a last will which devices are there', async () => {
    const plant = await load(
      device({ pattern: 'plant/{area}/{id}', availability: 'plant/{id}/status/lwt' }),
      device({ id: 'e', pattern: 'x/{id}', availability: 'gateway/{area}' }),
      device({ id: 'f', pattern: 'y/{id}', availability: 'bridge/state' }),
    );
    const presence = (...ids: string[]): unknown[] => ids.map((id) => plant.devices.get(id)?.presence);
    for (const topic of ['plant/north/oven', 'plant/north/belt', 'plant/south/pump']) {
      await helper.send('d', { topic, payload: 1 });
    }
    await helper.send('f', { topic: 'y/lamp', payload: true });
    await helper.send('d', { topic: 'plant/oven/status/lwt', payload: 'Offline' });
    assert.deepEqual(presence('oven', 'belt', 'pump', 'lamp'), ['offline', undefined, undefined, undefined]);
    await helper.send('e', { topic: 'gateway/north', payload: 'offline' });
    assert.deepEqual(presence('oven', 'belt', 'pump'), ['offline', 'offline', undefined]);
    await helper.send('e', { topic: 'gateway/north', payload: { state: 'online' } });
    assert.deepEqual(presence('oven', 'belt', 'pump'), ['online', 'online', undefined]);
    await helper.send('f', { topic: 'bridge/state', payload: 'offline' });
    assert.deepEqual(presence('belt', 'lamp'), ['online', 'offline']);
    await assert.rejects(helper.send('f', { topic: 'bridge/state', payload: 'perhaps' }), {
      code: 'invalid',
    });
    await helper.send('f', { topic: 'bridge/state', payload: 'online', retain: true });
    assert.deepEqual(presence('lamp'), ['offline'], 'what a broker kept proves nothing alive');
    await helper.send('f', { topic: 'y/lamp', payload: false });
    assert.deepEqual([presence('lamp'), plant.devices.get('lamp')?.quality], [['online'], 'good']);
  });

  it('stores messages in their order, also those that come before the plant is there', async () => {
    await helper.load([registerPlant, registerDevice], flow(device({ device: 'a' })));
    await Promise.all(Array.from({ length: 50 }, (_, value) => helper.send('d', { payload: value })));
    assert.equal((helper.nodeById('p') as PlantNode).plant.devices.get('a')?.value, 49);
  });
});
