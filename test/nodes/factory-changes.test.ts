import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventEmitter } from 'node:events';
import type { Plant } from '../../lib/plant/plant.ts';
import type { PlantNode } from '../../nodes/common.ts';
import registerChanges from '../../nodes/factory-changes/factory-changes.ts';
import registerPlant from '../../nodes/factory-plant/factory-plant.ts';
import { addBoard } from '../lib/plant/board.ts';
import * as helper from './helper.ts';

const require = createRequire(import.meta.url);
const { events } = require('@node-red/util') as { events: EventEmitter };

describe('factory-changes', () => {
  let folder: string;
  before(helper.start);
  after(helper.stop);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'factory-changes-'));
  });
  afterEach(async () => {
    await helper.unload();
    rmSync(folder, { recursive: true });
  });

  const flow = (more: object = {}, plant: object = { storage: 'memory' }): helper.FlowNode[] => [
    { id: 'p', type: 'factory-plant', name: '', file: join(folder, 'p.db'), ...plant },
    { id: 'c', type: 'factory-changes', plant: 'p', subject: 'both', pattern: '', wires: [['out']], ...more },
    { id: 'out', type: 'helper' },
  ];
  const plantNow = (): Plant => (helper.nodeById('p') as PlantNode).plant;
  async function load(...args: Parameters<typeof flow>): Promise<Plant> {
    await helper.load([registerPlant, registerChanges], flow(...args));
    await plantNow().ready;
    return plantNow();
  }

  it('emits everything once at its start, and then each change', async () => {
    const plant = await load();
    plant.devices.write({ id: 'a', value: 1 });
    await helper.redeploy(flow());
    const out = helper.collect('out');
    const now = plantNow();
    await now.ready;
    addBoard(now, 'r1').change('r1', { state: true, by: 'operator' });
    now.devices.write({ id: 'a', value: 2, quality: 'uncertain' });
    now.devices.remove('a');
    const messages = await out.atLeast(5);
    assert.deepEqual(
      messages.map(({ topic, payload, factory }) => [
        topic,
        payload && ((payload as { value?: unknown }).value ?? (payload as { state?: unknown }).state),
        factory?.previous,
      ]),
      [
        ['devices/a', 1, null],
        ['relays/r1', false, null],
        ['relays/r1', true, false],
        ['devices/a', 2, 1],
        ['devices/a', null, 2],
      ],
    );
    assert.equal(messages[3]?.factory?.quality, 'uncertain');
    assert.match(messages[4]?.factory?.ts ?? '', /^\d{4}-.*Z$/);
  });

  it('takes back what it told of a plant that it no longer follows', async () => {
    const plant = await load();
    plant.devices.write({ id: 'a', value: 1 });
    await helper.redeploy([...flow({ plant: 'q' }), { id: 'q', type: 'factory-plant', storage: 'memory' }]);
    const out = helper.collect('out');
    const [message] = await out.atLeast(1);
    assert.deepEqual([message?.topic, message?.payload], ['devices/a', null]);
  });

  it('emits nothing but its subject and what fits its pattern', async () => {
    const plant = await load({ subject: 'devices', pattern: 'sensor_?, act*' });
    const out = helper.collect('out');
    addBoard(plant, 'sensor_r');
    for (const id of ['sensor_1', 'sensor_10', 'actuator']) plant.devices.write({ id });
    await out.atLeast(2);
    assert.deepEqual(
      out.messages.map(({ topic }) => topic),
      ['devices/sensor_1', 'devices/actuator'],
    );
  });

  it('shows how many there are as they come and go, and does nothing about it where a value changes', async () => {
    const { devices } = await load();
    await helper.status('c');
    const node = helper.nodeById('c');
    let shown = 0;
    node.status = () => void shown++;
    const after = (change: () => void): number => {
      change();
      return shown;
    };
    const counts = [
      after(() => devices.write({ id: 'come' })),
      after(() => devices.write({ id: 'come', value: 1 })),
      after(() => devices.write({ id: 'come', value: 2 })),
      after(() => devices.write({ id: 'stay', value: 1 })),
      after(() => devices.remove('come')),
    ];
    assert.deepEqual(counts, [1, 1, 1, 2, 3]);
  });

  it('warns that the plant is in memory only', async () => {
    await load();
    assert.deepEqual(await helper.status('c'), {
      fill: 'yellow',
      shape: 'ring',
      text: 'factory-changes.status.both · factory-changes.status.memory',
    });
  });

  it('shows that all is well with a file, and warns once its storage fails', async () => {
    const plant = await load({ subject: 'relays' }, { storage: 'sqlite' });
    const text = 'factory-changes.status.relays';
    assert.deepEqual(await helper.status('c'), { fill: 'green', shape: 'dot', text });
    const failed = helper.status('c', ({ fill }) => fill === 'yellow');
    plant.events.emit('storage', plant.storage);
    plant.devices.events.emit('change', { id: 'a', device: { id: 'a', v: 1n } as never, previous: null });
    assert.equal((await failed).text, `${text} · factory-changes.status.failed`);
  });

  it('warns of a file that cannot be used', async () => {
    writeFileSync(join(folder, 'p.db'), 'not a database'.repeat(400));
    await load({}, { storage: 'sqlite' });
    const { text } = await helper.status('c', ({ fill }) => fill === 'yellow');
    assert.equal(text, 'factory-changes.status.both · factory-changes.status.failed');
  });

  for (const [what, more, code] of [
    ['no plant', { plant: '' }, 'config'],
    ['a pattern that is too long', { pattern: 'x'.repeat(201) }, 'limit'],
  ] as const) {
    it(`says at its start that it has ${what}`, async () => {
      await load(more);
      assert.equal((await helper.status('c')).text, `common.error.${code}`);
    });
  }

  it('leaves no listener behind in 100 deploys', async function () {
    this.timeout(20_000);
    await load();
    const count = (): number[] => [
      events.listenerCount('flows:started'),
      plantNow().devices.events.count(),
      plantNow().relays.events.count(),
      plantNow().events.count(),
    ];
    const before = count();
    for (let i = 0; i < 100; i++) {
      await helper.redeploy(flow());
      await plantNow().ready;
    }
    await helper.status('c');
    assert.deepEqual(count(), before);
  });

  it('shows that the log is broken beside what it counts', async () => {
    await helper.load([registerPlant, registerChanges], flow());
    await helper.status('c');
    const broken = { state: 'broken', breaks: [{ seq: 1, reason: 'x' }] } as const;
    Object.defineProperty(plantNow().audit, 'state', { value: broken });
    plantNow().events.emit('audit', broken);
    const { fill, text } = await helper.status('c', (status) => status.text!.includes('audit'));
    assert.equal(fill, 'yellow');
    assert.match(text!, /^factory-changes\.status\.both · .*factory-changes\.status\.audit$/);
  });

  it('follows nothing if it is closed before the plant is ready', async () => {
    await helper.load([registerPlant, registerChanges], flow({}, { storage: 'sqlite' }));
    const plant = plantNow();
    const listeners = plant.relays.events.count();
    await helper.redeploy([]);
    await plant.ready;
    await new Promise(setImmediate);
    assert.equal(plant.relays.events.count(), listeners);
  });
});
