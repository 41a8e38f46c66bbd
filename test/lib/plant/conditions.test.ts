import assert from 'node:assert/strict';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { Registry } from '../../../lib/devices/registry.ts';
import { InputDirectory } from '../../../lib/inputs/directory.ts';
import { Input } from '../../../lib/inputs/input.ts';
import { PlantConditions } from '../../../lib/plant/conditions.ts';
import { Plant } from '../../../lib/plant/plant.ts';
import type { Reading } from '../../../lib/relays/reading.ts';
import { MemoryStore } from '../../../lib/store/memory.ts';

describe("what a plant's relays are judged by", () => {
  const clock = new FakeClock();
  let devices: Registry;
  let inputs: InputDirectory;
  let conditions: PlantConditions;
  let told: string[];

  beforeEach(() => {
    devices = new Registry(clock);
    inputs = new InputDirectory();
    conditions = new PlantConditions(devices, inputs);
    told = [];
  });
  afterEach(() => conditions.stop());

  it('is a device, with its value and its quality, whichever form its id is in', () => {
    const leave = conditions.watch('device', 'K\u00e4lte', () => told.push('changed'));
    assert.equal(conditions.get('device', 'K\u00e4lte'), undefined);
    devices.write({ id: 'K\u00e4lte', value: 5 });
    devices.write({ id: 'other', value: 5 });
    assert.deepEqual(conditions.get('device', 'K\u00e4lte'), { value: 5, quality: 'good' });
    devices.write({ id: 'K\u00e4lte', value: 6, quality: 'bad' });
    assert.equal(conditions.get('device', 'K\u00e4lte')?.quality, 'bad');
    devices.remove('K\u00e4lte');
    assert.equal(conditions.get('device', 'K\u00e4lte'), undefined);
    assert.equal(told.length, 3);
    leave();
    devices.write({ id: 'K\u00e4lte', value: 7 });
    assert.equal(told.length, 3);
  });

  it('is an input, with its level', () => {
    conditions.watch('input', 'door', () => told.push('changed'));
    const input = new Input({ id: 'door', clock, debounce: 0 });
    const leave = inputs.add(input);
    assert.equal(conditions.get('input', 'door'), undefined, 'nothing was read yet');
    input.take({ level: true, at: clock.now() });
    assert.deepEqual(conditions.get('input', 'door'), { value: true, quality: 'good' });
    input.lose('the line is held by another program');
    assert.equal(conditions.get('input', 'door')?.quality, 'bad');
    leave();
    assert.equal(conditions.get('input', 'door'), undefined);
    assert.equal(told.length, 4);
  });

  it('is uncertain by a message that a broker has kept, until a fresh one comes', () => {
    const leave = conditions.watch('topic', 'tank', () => {});
    const now = (): unknown[] => {
      const { value, quality } = conditions.get('topic', 'tank')!;
      return [value, quality];
    };
    conditions.say('tank', true, { isReplayed: true });
    assert.deepEqual(now(), [true, 'uncertain']);
    conditions.say('tank', false, { isReplayed: true });
    assert.deepEqual(now(), [false, 'uncertain']);
    conditions.say('tank', true);
    assert.deepEqual(now(), [true, 'good']);
    conditions.say('tank', true, { isReplayed: true });
    assert.deepEqual(now(), [true, 'good'], 'it is said once more');
    conditions.say('tank', false, { isReplayed: true });
    conditions.say('tank', false, { isReplayed: true });
    assert.deepEqual(now(), [true, 'uncertain'], 'what was said now outlives what was said some time');
    conditions.say('tank', false);
    assert.deepEqual(now(), [false, 'good']);
    leave();
  });

  it('is a topic that a condition names, and no other', () => {
    assert.equal(conditions.hears('tank'), false);
    const leave = conditions.watch('topic', 'tank', () => told.push('changed'));
    const other = conditions.watch('topic', 'tank', () => told.push('changed'));
    assert.deepEqual([conditions.hears('tank'), conditions.hears('Tank')], [true, false]);
    for (const payload of ['true', true, 0]) {
      conditions.say('tank', payload);
      assert.deepEqual(conditions.get('topic', 'tank'), { value: payload, quality: 'good' });
    }
    leave();
    assert.equal(conditions.hears('tank'), true, 'somebody else names it');
    other();
    assert.equal(conditions.hears('tank'), false);
    assert.equal(told.length, 6);
  });

  for (const [what, payload] of [
    ['null', null],
    ['nothing', undefined],
    ['no number', NaN],
    ['an object', {}],
    ['a buffer', Buffer.from('true')],
    ['too long', 'x'.repeat(201)],
  ] as const) {
    it(`does not know a topic whose message is ${what}`, () => {
      conditions.say('tank', payload);
      const { value, quality, reason } = conditions.get('topic', 'tank')!;
      assert.deepEqual([value, quality], [null, 'bad']);
      assert.match(reason!, /its message is/);
    });
  }

  it('does not know a topic whose message says that it is bad, and keeps what led to it', () => {
    const cause = [{ kind: 'node', id: 'n' }] as const;
    conditions.say('tank', true, { isBad: true, cause });
    assert.deepEqual(conditions.get('topic', 'tank'), {
      value: null,
      quality: 'bad',
      reason: 'its message says that its quality is bad',
      cause,
    });
  });

  it('is no device that was known before the process began, until it is heard of', async () => {
    const store = new MemoryStore();
    const open = async (process: string): Promise<Plant> => {
      const plant = new Plant({ name: 'hall', clock, store, process });
      await plant.ready;
      return plant;
    };
    const first = await open('one');
    first.devices.write({ id: 'tank', value: false });
    await first.close();
    const deployed = await open('one');
    assert.deepEqual(deployed.conditions.get('device', 'tank'), { value: false, quality: 'good' });
    await deployed.close();
    const started = await open('two');
    assert.equal(started.devices.get('tank')?.value, false);
    assert.equal(started.conditions.get('device', 'tank'), undefined);
    started.devices.write({ id: 'tank', value: true });
    assert.deepEqual(started.conditions.get('device', 'tank'), { value: true, quality: 'good' });
    await started.close();
  });

  it('is a topic that was heard before a deploy, as uncertain', () => {
    const topics = new Map<string, Reading>();
    const make = (): PlantConditions => new PlantConditions(devices, inputs, topics);
    const before = make();
    before.say('tank', 'full');
    before.stop();
    const after = make();
    const { value, quality, reason } = after.get('topic', 'tank')!;
    assert.deepEqual([value, quality, reason], ['full', 'uncertain', 'it was heard before the last deploy']);
    after.say('tank', 'empty');
    assert.deepEqual(after.get('topic', 'tank'), { value: 'empty', quality: 'good' });
    after.stop();
  });
});
