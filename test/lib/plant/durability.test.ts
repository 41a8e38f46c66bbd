import assert from 'node:assert/strict';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import type { DeviceInput } from '../../../lib/devices/device.ts';
import { Registry } from '../../../lib/devices/registry.ts';
import { DeviceDurability, MAX_REMEMBERED_ATTRIBUTES, OFTEN_MS } from '../../../lib/plant/durability.ts';

describe('how soon a device must be durable', () => {
  let clock: FakeClock;
  let registry: Registry;
  let durability: DeviceDurability;
  beforeEach(() => {
    clock = new FakeClock();
    registry = new Registry(clock);
    durability = new DeviceDurability(clock);
  });

  const write = (input: DeviceInput): string => {
    const previous = registry.get(input.id) ?? null;
    return durability.of(registry.write(input), previous);
  };

  it('is at once for a new device, what it is, and its status; later for values and heartbeats', () => {
    assert.equal(write({ id: 'a', value: 1 }), 'now');
    assert.equal(write({ id: 'a', value: 2 }), 'later');
    assert.equal(write({ id: 'a' }), 'later');
    assert.equal(write({ id: 'a', quality: 'bad' }), 'later');
    for (const more of [{ name: 'A' }, { type: 'pump' }, { unit: 'bar' }, { status: 'error' }] as const) {
      assert.equal(write({ id: 'a', ...more }), 'now');
      assert.equal(write({ id: 'a', ...more }), 'later');
    }
  });

  it('is at once for the first change of an attribute in a while, and later for one that changes often', () => {
    write({ id: 'a', value: 1 });
    const rssi = (value: number): string => write({ id: 'a', value, attributes: { rssi: value } });
    assert.equal(rssi(-60), 'now');
    let now = 0;
    for (let second = 1; second <= 280; second++) {
      clock.advance(200);
      if (rssi(-60 - second) === 'now') now += 1;
    }
    assert.equal(now, 0, '5 a second');
    clock.advance(OFTEN_MS - 1);
    assert.equal(rssi(-1), 'later');
    clock.advance(OFTEN_MS);
    assert.equal(rssi(-2), 'now');
    assert.equal(rssi(-2), 'later', 'that is no change');
  });

  it('is at once for another attribute, beside one that changes often', () => {
    write({ id: 'a', attributes: { rssi: -60 } });
    write({ id: 'a', attributes: { rssi: -61 } });
    assert.equal(write({ id: 'a', attributes: { rssi: -62 } }), 'later');
    assert.equal(write({ id: 'a', attributes: { rssi: -63, area: 'north' } }), 'now');
    clock.advance(OFTEN_MS);
    assert.equal(write({ id: 'a', attributes: { area: null } }), 'now');
  });

  it('remembers no more attributes than it says', () => {
    write({ id: 'a', value: 1, attributes: { rssi: 0 } });
    assert.equal(write({ id: 'a', attributes: { rssi: 1 } }), 'now');
    const device = registry.get('a')!;
    for (let i = 0; i < MAX_REMEMBERED_ATTRIBUTES; i++) {
      durability.of(
        { ...device, id: `d${i}`, attributes: { rssi: 1 } },
        { ...device, id: `d${i}`, attributes: {} },
      );
    }
    assert.equal(write({ id: 'a', attributes: { rssi: 2 } }), 'now', 'it was forgotten');
    assert.equal(write({ id: 'a', attributes: { rssi: 3 } }), 'later');
  });
});
