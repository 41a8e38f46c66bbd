import assert from 'node:assert/strict';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { Wake } from '../../../lib/base/wake.ts';

describe('a wake', () => {
  let clock: FakeClock;
  let woken: number[];
  let wake: Wake;
  beforeEach(() => {
    clock = new FakeClock();
    woken = [];
    wake = new Wake(clock, () => woken.push(clock.monotonic()));
  });
  afterEach(() => assert.equal(clock.pending, 0));

  it('comes once, at the earliest moment that was asked for', () => {
    wake.by(100);
    wake.by(300);
    wake.by(50);
    assert.equal(clock.pending, 1);
    clock.advance(1000);
    assert.deepEqual(woken, [50]);
  });

  it('comes at once where the moment is past, and again when asked again', () => {
    clock.advance(500);
    wake.by(100);
    clock.advance(0);
    wake.by(600);
    clock.advance(100);
    assert.deepEqual(woken, [500, 600]);
  });

  it('does not come once it is stopped, until it is asked again', () => {
    wake.by(100);
    wake.stop();
    clock.advance(1000);
    wake.by(1100);
    clock.advance(100);
    assert.deepEqual(woken, [1100]);
  });
});
