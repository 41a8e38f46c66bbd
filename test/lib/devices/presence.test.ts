import assert from 'node:assert/strict';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import type { DeviceChange, DeviceRecord } from '../../../lib/devices/device.ts';
import { declare } from '../../../lib/devices/declare.ts';
import { CAME_BACK, NOT_HEARD } from '../../../lib/devices/merge.ts';
import { AWAY_MS, MAX_A_PASS, PresenceWatch } from '../../../lib/devices/presence.ts';
import { Registry } from '../../../lib/devices/registry.ts';

/** A clock that went on while no timer fired. */
class HangingClock extends FakeClock {
  away = 0;
  override monotonic(): number {
    return super.monotonic() + this.away;
  }
}

describe('the presence of a device', () => {
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
  afterEach(() => {
    registry.close();
    assert.equal(clock.pending, 0, 'no timer is left behind');
  });

  const write = (more: object = {}): DeviceRecord =>
    registry.write({ id: 'a', ...more }, { expects: { by: 'node', interval: 5000 } });
  const state = (): unknown[] => {
    const { presence, quality, reason, status } = registry.get('a')!;
    return [presence, quality, reason, status];
  };
  const restart = (): void => {
    const stored = registry.list().map(({ id }) => registry.stored(id)!);
    registry.close();
    clock.advance(60_000);
    listen(new Registry(clock));
    registry.restore(structuredClone(stored));
  };

  it('stays offline through a start where a message said so, until something is heard', () => {
    registry.write({ id: 'a', value: 1 });
    registry.write({ id: 'a', presence: 'offline' });
    const offline = ['offline', 'bad', 'a message says that it is offline', 'inactive'];
    assert.deepEqual(state(), offline);
    restart();
    assert.deepEqual([state(), registry.presence.offline], [offline, 1]);
    registry.write({ id: 'a', value: 2 });
    assert.deepEqual(state(), ['online', 'good', undefined, 'active']);
  });

  it('is late after 1.5 intervals and offline after 3, with since when and why, as changes', () => {
    write({ value: 1 });
    assert.deepEqual(state(), ['online', 'good', undefined, 'active']);
    clock.advance(7499);
    assert.equal(heard.length, 1);
    clock.advance(1);
    assert.deepEqual(state(), ['late', 'uncertain', 'nothing heard; expected every 5 s', 'active']);
    clock.advance(7500);
    assert.deepEqual(state(), ['offline', 'bad', 'nothing heard for 15 s; expected every 5 s', 'inactive']);
    const { value, presence_since, last_update, rev } = registry.get('a')!;
    assert.deepEqual([value, presence_since, last_update, rev], [1, at(15_000), at(0), 3]);
    assert.deepEqual(
      heard.map(({ device, previous, isDerived }) => [previous?.presence, device?.presence, isDerived]),
      [
        [undefined, 'online', undefined],
        ['online', 'late', true],
        ['late', 'offline', true],
      ],
    );
    write({ value: 1 });
    assert.deepEqual(state(), ['online', 'good', undefined, 'active']);
  });

  it('goes on as long as something is heard, also a heartbeat', () => {
    write({ value: 1 });
    for (let beats = 0; beats < 20; beats++) {
      clock.advance(5000);
      write();
    }
    assert.deepEqual(state(), ['online', 'good', undefined, 'active']);
    assert.equal(heard.length, 21);
  });

  it('is not proved by what is said of it: its status, its name, or its declaration', () => {
    write({ value: 1 });
    clock.advance(7500);
    write({ status: 'maintenance' });
    write({ name: 'Boiler', unit: '°C' });
    declare(registry, { id: 'a', name: 'Kettle', type: '', unit: '' });
    assert.deepEqual(state(), ['late', 'uncertain', 'nothing heard; expected every 5 s', 'maintenance']);
    clock.advance(7500);
    assert.deepEqual(state().slice(0, 2), ['offline', 'bad']);
    assert.equal(registry.get('a')?.status, 'maintenance', 'what somebody has set stays');
  });

  it('keeps the value of before uncertain until it has said it again, once it was offline', () => {
    write({ value: 1 });
    clock.advance(15_000);
    write();
    assert.deepEqual(state(), ['online', 'uncertain', CAME_BACK, 'active']);
    write({ value: 1 });
    assert.deepEqual(state(), ['online', 'good', undefined, 'active']);
  });

  it('makes nothing better than it was said to be', () => {
    write({ value: 1, quality: 'bad', reason: 'wire broken' });
    clock.advance(7500);
    assert.deepEqual(state().slice(0, 3), ['late', 'bad', 'wire broken']);
  });

  it('is unknown before the first value, which nobody takes for good, and active only with it', () => {
    declare(registry, { id: 'a', name: '', type: '', unit: '' });
    assert.deepEqual(state(), ['unknown', 'bad', 'no value yet', 'inactive']);
    registry.write({ id: 'a' });
    assert.deepEqual(state(), ['unknown', 'bad', 'no value yet', 'inactive']);
    assert.deepEqual(registry.presence, { online: 0, late: 0, offline: 0, unknown: 1 });
    registry.write({ id: 'a', value: 0 });
    assert.deepEqual(state(), [undefined, 'good', undefined, 'active']);
    assert.deepEqual(registry.presence, { online: 0, late: 0, offline: 0, unknown: 0 });
  });

  it('of one that never speaks is offline in the end', () => {
    write({ name: 'Boiler' });
    clock.advance(14_999);
    assert.deepEqual(state(), ['unknown', 'bad', 'no value yet', 'inactive']);
    clock.advance(1);
    assert.deepEqual(state().slice(0, 2), ['offline', 'bad']);
  });

  it('counts anew after a start, and is never online before something was heard', () => {
    write({ value: 1 });
    restart();
    assert.deepEqual(state(), ['unknown', 'uncertain', NOT_HEARD, 'active']);
    clock.advance(14_999);
    assert.equal(registry.get('a')?.presence, 'unknown');
    clock.advance(1);
    assert.deepEqual(state(), ['offline', 'bad', 'nothing heard for 15 s; expected every 5 s', 'inactive']);
    restart();
    write({ value: 2 });
    assert.deepEqual(state(), ['online', 'good', undefined, 'active']);
  });

  it('that is expected from now on is unknown until it is heard again', () => {
    registry.write({ id: 'a', value: 1 });
    declare(registry, { id: 'a', name: '', type: '', unit: '' }, { by: 'node', interval: 5000 });
    assert.deepEqual(state(), ['unknown', 'uncertain', NOT_HEARD, 'active']);
    registry.write({ id: 'a' });
    assert.deepEqual(state(), ['online', 'uncertain', CAME_BACK, 'active']);
  });

  it('does not follow the wall clock', () => {
    write({ value: 1 });
    clock.jump(86_400_000);
    clock.advance(7499);
    assert.equal(registry.get('a')?.presence, 'online');
    clock.jump(-2 * 86_400_000);
    clock.advance(1);
    assert.equal(registry.get('a')?.presence, 'late');
  });

  it('is expected by an attribute before its node, and no more once neither does', () => {
    write({ value: 1, attributes: { expected_interval: 60 } });
    clock.advance(89_999);
    assert.equal(registry.get('a')?.presence, 'online');
    clock.advance(1);
    assert.equal(registry.get('a')?.presence, 'late');
    const none = { expects: { by: 'other', interval: null } };
    registry.write({ id: 'a', value: 1, attributes: { expected_interval: null } }, none);
    assert.equal(registry.get('a')?.presence, 'online', 'another node takes nothing back');
    registry.write({ id: 'a' }, { expects: { by: 'node', interval: null } });
    assert.deepEqual(state(), [undefined, 'good', undefined, 'active']);
    clock.advance(1_000_000);
    assert.deepEqual(state(), [undefined, 'good', undefined, 'active']);
  });

  it('is what a last will says, until the device speaks again', () => {
    registry.write({ id: 'a', value: 1 });
    registry.write({ id: 'a', presence: 'offline', reason: 'connection lost' });
    assert.deepEqual(state(), ['offline', 'bad', 'connection lost', 'inactive']);
    registry.write({ id: 'a', presence: 'online' });
    assert.deepEqual(state(), ['online', 'uncertain', CAME_BACK, 'active']);
    registry.write({ id: 'a', value: 2 });
    assert.deepEqual(state(), ['online', 'good', undefined, 'active']);
    restart();
    assert.deepEqual(state(), ['unknown', 'uncertain', NOT_HEARD, 'active']);
    registry.write({ id: 'a', presence: 'online' }, { isReplayed: true });
    assert.equal(registry.get('a')?.presence, 'unknown', 'a retained word of life is none');
    registry.write({ id: 'a', presence: 'offline' }, { isReplayed: true });
    assert.equal(registry.get('a')?.presence, 'offline');
  });

  it('hears what waits first where the process was away', () => {
    const changed: string[] = [];
    const hanging = new HangingClock();
    const watch = new PresenceWatch(hanging, (id) => changed.push(id));
    watch.begin('a', '');
    watch.expect('a', 1000);
    watch.heard('a');
    hanging.away = 60_000;
    hanging.advance(1500);
    assert.deepEqual(changed, [], 'a message may wait in a socket');
    watch.heard('a');
    hanging.advance(AWAY_MS - 1);
    assert.deepEqual(changed, []);
    hanging.advance(1);
    assert.deepEqual(changed, ['a']);
    watch.stop();
  });

  it('costs one timer for all devices, and a dead broker holds nothing up', () => {
    const count = MAX_A_PASS * 2 + 1;
    for (let i = 0; i < count; i++)
      registry.write({ id: `d${i}`, value: i, attributes: { expected_interval: 5 } });
    assert.equal(clock.pending, 1);
    assert.equal(registry.presence.online, count);
    clock.advance(100_000);
    assert.deepEqual(registry.presence, { online: 0, late: 0, offline: count, unknown: 0 });
    assert.equal(clock.pending, 0);
    registry.remove('d0');
    assert.equal(registry.presence.offline, count - 1);
  });
});
