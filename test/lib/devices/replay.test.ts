import assert from 'node:assert/strict';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import type { DeviceChange, DeviceRecord } from '../../../lib/devices/device.ts';
import { ingest } from '../../../lib/devices/ingest.ts';
import { REPLAYED } from '../../../lib/devices/merge.ts';
import { Registry } from '../../../lib/devices/registry.ts';

describe('a retained message', () => {
  let clock: FakeClock;
  let registry: Registry;
  let heard: DeviceChange[];
  const at = (ms: number): string => new Date(Date.UTC(2026, 0, 1) + ms).toISOString();

  const listen = (made: Registry): void => {
    registry = made;
    heard = [];
    registry.events.on('change', (change) => heard.push(change));
  };
  beforeEach(() => {
    clock = new FakeClock();
    listen(new Registry(clock));
  });

  const send = (payload: unknown, more: object = {}, takeRetained = false): DeviceRecord => {
    const receipt = ingest(registry, { device: 'boiler' }, { payload, ...more }, { takeRetained });
    assert.deepEqual(receipt.refused, []);
    return receipt.stored[0]!;
  };
  /** Starts the process again, a while later. */
  const restart = (): void => {
    const stored = registry.list().map(({ id }) => registry.stored(id)!);
    clock.advance(60_000);
    listen(new Registry(clock));
    registry.restore(structuredClone(stored));
  };
  const summary = ({ value, quality, reason, source_time, last_update }: DeviceRecord): unknown[] => [
    value,
    quality,
    reason,
    source_time,
    last_update,
  ];

  it('is uncertain after a start, keeps the time of what is known, and ends with the first fresh value', () => {
    send(80.5);
    restart();
    const replayed = send(80.5, { retain: true });
    assert.deepEqual(summary(replayed), [80.5, 'uncertain', REPLAYED, at(0), at(0)]);
    clock.advance(1000);
    assert.deepEqual(summary(send(80.5, { retain: false })), [
      80.5,
      'good',
      undefined,
      at(61_000),
      at(61_000),
    ]);
  });

  it('of another value than is known is taken, of an unknown time', () => {
    send(80.5);
    restart();
    assert.deepEqual(summary(send(81, { retain: true })), [81, 'uncertain', REPLAYED, null, at(60_000)]);
  });

  it('of a device that nobody has heard of is uncertain, and of an unknown time', () => {
    assert.deepEqual(summary(send(80.5, { retain: true })), [80.5, 'uncertain', REPLAYED, null, at(0)]);
  });

  it('takes the time that its source gave, and stays uncertain', () => {
    const { source_time, quality } = send(80.5, { retain: true, timestamp: at(-5000) });
    assert.deepEqual([source_time, quality], [at(-5000), 'uncertain']);
  });

  it('changes nothing where the same is known at first hand, and says nothing twice', () => {
    const fresh = send(80.5);
    clock.advance(1000);
    assert.deepEqual(send(80.5, { retain: true }), fresh);
    assert.equal(heard.length, 1);
    send(81, { retain: true });
    send(81, { retain: true });
    assert.equal(heard.length, 2, 'a replay of a replay is no news');
  });

  it('older than what is known of its source changes nothing, and is no error at each deploy', () => {
    const fresh = send(80.5, { timestamp: at(0) });
    assert.deepEqual(send(79, { retain: true, timestamp: at(-1000) }), fresh);
    assert.equal(heard.length, 1);
  });

  it('says what the device is called all the same', () => {
    send(80.5);
    const { name, value, quality, last_update } = send({ name: 'Boiler', value: 80.5 }, { retain: true });
    assert.deepEqual([name, value, quality, last_update], ['Boiler', 80.5, 'good', at(0)]);
  });

  it('without a value is bad, as a fresh one is', () => {
    send(80.5);
    restart();
    const { value, quality, reason } = send('unavailable', { retain: true });
    assert.deepEqual([value, quality, reason], [null, 'bad', 'the source sent "unavailable"']);
  });

  it('is fresh where the node is set so', () => {
    send(80.5);
    restart();
    assert.deepEqual(summary(send(80.5, { retain: true }, true)), [
      80.5,
      'good',
      undefined,
      at(60_000),
      at(60_000),
    ]);
  });

  it('is no sign of life', () => {
    send({ value: 1, attributes: { expected_interval: 5 } });
    restart();
    send(1, { retain: true });
    assert.equal(registry.get('boiler')?.presence, 'unknown');
    clock.advance(15_000);
    assert.equal(registry.get('boiler')?.presence, 'offline');
    send(1);
    assert.equal(registry.get('boiler')?.presence, 'online');
    registry.close();
  });
});
