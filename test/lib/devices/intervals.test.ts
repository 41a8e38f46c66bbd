import assert from 'node:assert/strict';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { Intervals, LEARNT_AFTER, proposedSeconds } from '../../../lib/devices/intervals.ts';
import { Registry } from '../../../lib/devices/registry.ts';

describe('the interval that a device keeps', () => {
  it('is the longest of its last gaps, once there are enough', () => {
    const intervals = new Intervals();
    const gaps = [0, 5000, 4900, 5200, 5000];
    let now = 0;
    for (const gap of gaps) intervals.heard('a', (now += gap));
    assert.equal(gaps.length, LEARNT_AFTER - 1);
    assert.equal(intervals.of('a'), undefined);
    intervals.heard('a', (now += 5000));
    assert.ok(Math.abs(intervals.of('a')! - 5000) < 200);
    intervals.heard('a', (now += 60_000));
    assert.equal(intervals.of('a'), 60_000);
    for (let beats = 0; beats < 60; beats++) intervals.heard('a', (now += 5000));
    assert.equal(intervals.of('a'), 5000, 'one pause is forgotten');
    intervals.forget('a');
    assert.equal(intervals.of('a'), undefined);
  });

  it('is of what the device says by itself', () => {
    const clock = new FakeClock();
    const registry = new Registry(clock);
    for (let beats = 0; beats < 20; beats++) {
      registry.write({ id: 'a', value: beats });
      clock.advance(1000);
      registry.write({ id: 'a', status: 'active' });
      registry.write({ id: 'a', value: beats }, { isReplayed: true });
      clock.advance(1000);
    }
    assert.equal(registry.learntInterval('a'), 2000);
    assert.equal(registry.learntInterval('b'), undefined);
    assert.equal(registry.get('a')?.presence, undefined, 'nothing follows from it');
  });

  it('is proposed in round seconds', () => {
    for (const [ms, seconds] of [
      [0, 1],
      [1000, 1],
      [4201, 5],
      [5000, 5],
      [59_400, 60],
      [301_000, 310],
      [3_600_000, 3600],
      [3_601_000, 3700],
    ] as const) {
      assert.equal(proposedSeconds(ms), seconds);
    }
  });
});
