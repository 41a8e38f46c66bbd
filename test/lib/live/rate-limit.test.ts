import assert from 'node:assert/strict';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { RateLimit } from '../../../lib/live/rate-limit.ts';

const PER_SECOND = 50;
const BURST = 2 * PER_SECOND;

describe('rate limit', () => {
  let clock: FakeClock;
  let rate: RateLimit;
  beforeEach(() => {
    clock = new FakeClock();
    rate = new RateLimit(clock, PER_SECOND);
  });
  const taken = (tries: number): number => Array.from({ length: tries }).filter(() => rate.take()).length;

  it('lets a burst through, and no more', () => {
    assert.equal(taken(10 * BURST), BURST);
  });

  it('fills again by time, up to a burst', () => {
    taken(BURST);
    clock.advance(1000);
    assert.equal(taken(10 * BURST), PER_SECOND);
    clock.advance(3_600_000);
    assert.equal(taken(10 * BURST), BURST);
  });

  it('bears its steady rate for ever', () => {
    for (let second = 0; second < 100; second++) {
      clock.advance(1000);
      assert.equal(taken(PER_SECOND), PER_SECOND);
    }
  });

  it('counts what is dear as several, and what is dearer than a burst as all of it', () => {
    assert.equal(rate.take(BURST - 1), true);
    assert.equal(rate.take(2), false);
    assert.equal(rate.take(), true);
    clock.advance(2000);
    assert.equal(rate.take(10 * BURST), true);
    assert.equal(rate.take(), false);
  });

  it('goes by the monotonic clock: a corrected wall clock gives nothing', () => {
    taken(BURST);
    clock.jump(3_600_000);
    assert.equal(taken(1), 0);
    clock.jump(-7_200_000);
    clock.advance(1000);
    assert.equal(taken(BURST), PER_SECOND);
  });
});
