import assert from 'node:assert/strict';
import { isoTime } from '../../../lib/base/clock.ts';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { parseGlobs } from '../../../lib/base/glob.ts';
import type { DeviceRecord } from '../../../lib/devices/device.ts';
import { Changes } from '../../../lib/plant/changes.ts';
import type { ChangesOptions, Told } from '../../../lib/plant/changes.ts';
import { Plant } from '../../../lib/plant/plant.ts';
import { MemoryStore } from '../../../lib/store/memory.ts';
import { addBoard } from './board.ts';

describe('changes of a plant', () => {
  let clock: FakeClock;
  let plant: Plant;
  let told: Told[];

  beforeEach(async () => {
    clock = new FakeClock();
    plant = new Plant({ name: '', clock, store: new MemoryStore() });
    await plant.ready;
    told = [];
  });
  afterEach(() => plant.close());

  function follow(subject: ChangesOptions['subject'] = 'both', globs = ''): Changes {
    const changes = new Changes(plant, { subject, fits: parseGlobs(globs) });
    changes.start((one) => told.push(one));
    return changes;
  }

  const topics = (): string[] => told.map(({ topic }) => topic);

  it('takes back what was told before it and is gone by its start', () => {
    const known = new Set<string>();
    const start = (globs: string): Changes => {
      const changes = new Changes(plant, { subject: 'both', fits: parseGlobs(globs), told: known });
      changes.start((one) => told.push(one));
      return changes;
    };
    for (const id of ['a', 'b', 'c']) plant.devices.write({ id, value: 1 });
    const first = start('');
    plant.devices.remove('c');
    first.stop();
    plant.devices.remove('a');
    told = [];
    start('').stop();
    assert.deepEqual(told, [
      { ...told[0]!, topic: 'devices/b' },
      { topic: 'devices/a', payload: null, factory: { previous: null, ts: isoTime(clock.now()) } },
    ]);
    told = [];
    start('none').stop();
    assert.deepEqual(topics(), ['devices/b'], 'what no longer fits is taken back too');
    assert.equal(told[0]?.payload, null);
    told = [];
    start('none');
    assert.deepEqual(told, []);
  });

  it('tells everything once, then each change with what was before', () => {
    plant.devices.write({ id: 'a', value: 1, quality: 'uncertain' });
    addBoard(plant, 'r1');
    const changes = follow();
    assert.deepEqual(topics(), ['devices/a', 'relays/r1']);
    const cause = [{ kind: 'device', id: 'a' }];
    assert.deepEqual(told[0]?.factory, {
      previous: null,
      quality: 'uncertain',
      ts: isoTime(clock.now()),
      cause,
    });
    clock.advance(1000);
    const timestamp = clock.now() - 500;
    plant.devices.write({ id: 'a', value: 2, timestamp });
    assert.deepEqual(told[2], {
      topic: 'devices/a',
      payload: plant.devices.get('a'),
      factory: { previous: 1, quality: 'good', ts: isoTime(timestamp), cause },
    });
    plant.devices.remove('a');
    assert.deepEqual(told[3], {
      topic: 'devices/a',
      payload: null,
      factory: { previous: 2, ts: isoTime(clock.now()), cause },
    });
    assert.deepEqual(changes.counts, { devices: 0, relays: 1 });
    changes.stop();
  });

  it('tells the presence of a device as a change', () => {
    const changes = follow('devices');
    plant.devices.write({ id: 'a', value: 1, attributes: { expected_interval: 5 } });
    clock.advance(15_000);
    assert.deepEqual(
      told.map(({ payload, factory }) => [
        (payload as DeviceRecord).presence,
        factory.previous,
        factory.quality,
      ]),
      [
        ['online', null, 'good'],
        ['late', 1, 'uncertain'],
        ['offline', 1, 'bad'],
      ],
    );
    assert.deepEqual(plant.presence, { online: 0, late: 0, offline: 1, unknown: 0 });
    changes.stop();
  });

  it('tells the time of receipt of a value whose time at the source is not known', () => {
    plant.devices.write({ id: 'a', value: 1 }, { isReplayed: true });
    const changes = follow('devices');
    assert.deepEqual([told[0]?.factory.ts, told[0]?.factory.quality], [isoTime(clock.now()), 'uncertain']);
    changes.stop();
  });

  it('tells everything again when asked, and counts nothing twice', () => {
    const changes = follow('both');
    plant.devices.write({ id: 'a', value: 1 });
    addBoard(plant, 'r1');
    const before = told.length;
    changes.again();
    assert.deepEqual(
      told.slice(before).map(({ topic, factory }) => [topic, factory.previous]),
      [
        ['devices/a', 1],
        ['relays/r1', false],
      ],
    );
    assert.deepEqual(changes.counts, { devices: 1, relays: 1 });
    changes.stop();
  });

  it('tells of relays, and that they are gone', () => {
    const changes = follow('relays');
    const moved = addBoard(plant, 'r1', 'r2');
    assert.deepEqual(changes.counts, { devices: 0, relays: 2 });
    const after = moved.change('r1', { state: true, by: 'operator', changed: '2026-01-01T00:00:01.000Z' });
    assert.deepEqual(told[2], {
      topic: 'relays/r1',
      payload: after,
      factory: {
        previous: false,
        quality: 'good',
        ts: after.changed,
        cause: [{ kind: 'relay', id: 'r1', by: 'operator' }],
      },
    });
    moved.remove();
    assert.deepEqual(
      told.slice(3).map(({ topic, payload, factory }) => [topic, payload, factory.previous]),
      [
        ['relays/r1', null, true],
        ['relays/r2', null, false],
      ],
    );
    assert.deepEqual(changes.counts, { devices: 0, relays: 0 });
    changes.stop();
  });

  it('tells of nothing but its subject and what fits', () => {
    plant.devices.write({ id: 'sensor_1' });
    plant.devices.write({ id: 'other' });
    addBoard(plant, 'sensor_r');
    const changes = follow('devices', 'sensor_*');
    plant.devices.write({ id: 'other' });
    plant.devices.remove('other');
    plant.devices.write({ id: 'sensor_2' });
    assert.deepEqual(topics(), ['devices/sensor_1', 'devices/sensor_2']);
    assert.deepEqual(changes.counts, { devices: 2, relays: 0 });
    changes.stop();
  });

  it('hands out copies', () => {
    plant.devices.write({ id: 'a', attributes: { area: 'north' } });
    addBoard(plant, 'r1');
    const changes = follow();
    for (const { payload } of told) Object.assign(payload!, { name: 'changed' });
    Object.assign((told[0]!.payload as { attributes: object }).attributes, { area: 'south' });
    assert.deepEqual(
      [
        plant.devices.get('a')?.name,
        plant.devices.get('a')?.attributes['area'],
        plant.relays.get('r1')?.name,
      ],
      ['a', 'north', 'r1'],
    );
    changes.stop();
  });

  it('is silent once it is stopped, and leaves no listener', () => {
    const before = [plant.devices.events.count(), plant.relays.events.count()];
    const changes = follow();
    changes.stop();
    changes.stop();
    plant.devices.write({ id: 'a' });
    assert.deepEqual(told, []);
    assert.deepEqual([plant.devices.events.count(), plant.relays.events.count()], before);
  });
});
