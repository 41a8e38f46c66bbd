import assert from 'node:assert/strict';
import { FORGET_MS, MAX_ASKERS, Throttle } from '../../../lib/access/throttle.ts';
import { FakeClock } from '../../../lib/base/fake-clock.ts';

function throttle(free = 3, longest = 60_000): { clock: FakeClock; slow: Throttle } {
  const clock = new FakeClock();
  return { clock, slow: new Throttle(clock, { free, longest }) };
}

describe('Throttle', () => {
  it('lets so many failures pass, then doubles the wait up to the longest', () => {
    const { clock, slow } = throttle();
    for (let n = 0; n < 3; n++) {
      assert.equal(slow.wait('a'), 0);
      slow.failed('a');
    }
    const waits = Array.from({ length: 8 }, () => {
      const wait = slow.wait('a');
      clock.advance(wait);
      assert.equal(slow.wait('a'), 0);
      slow.failed('a');
      return wait / 1000;
    });
    assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
  });

  it('counts each asker alone, and forgets who succeeded', () => {
    const { slow } = throttle(1);
    slow.failed('a');
    assert.equal(slow.wait('a'), 1000);
    assert.equal(slow.wait('b'), 0);
    slow.succeeded('a');
    assert.equal(slow.wait('a'), 0);
  });

  it('counts by a clock that nobody sets', () => {
    const { clock, slow } = throttle(1);
    slow.failed('a');
    clock.jump(86_400_000);
    assert.equal(slow.wait('a'), 1000);
  });

  it('forgets after a quarter of an hour without a failure', () => {
    const { clock, slow } = throttle(1, FORGET_MS * 2);
    for (let n = 0; n < 40; n++) slow.failed('a');
    clock.advance(FORGET_MS);
    assert.ok(slow.wait('a') > 0);
    clock.advance(1);
    assert.equal(slow.wait('a'), 0);
  });

  it('remembers so many at most, those who failed last', () => {
    const { slow } = throttle(1);
    slow.failed('first');
    slow.failed('second');
    slow.failed('first');
    for (let n = 0; n < MAX_ASKERS - 1; n++) slow.failed(`${n}`);
    assert.equal(slow.wait('second'), 0);
    assert.ok(slow.wait('first') > 0);
  });
});
