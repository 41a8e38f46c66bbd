import assert from 'node:assert/strict';
import { Deadlines } from '../../../lib/base/deadlines.ts';

describe('Deadlines', () => {
  it('gives the earliest first, in whatever order they came', () => {
    const deadlines = new Deadlines<number>();
    // A fixed sequence that looks random, with equal ones in it.
    const moments = Array.from({ length: 1000 }, (_, i) => (i * 7919) % 499);
    for (const moment of moments) deadlines.add(moment, moment);
    assert.equal(deadlines.size, 1000);
    const taken: number[] = [];
    while (deadlines.size > 0) {
      assert.equal(deadlines.next, Math.min(deadlines.next, 499));
      taken.push(deadlines.take()!);
    }
    assert.deepEqual(
      taken,
      moments.toSorted((a, b) => a - b),
    );
  });

  it('has nothing due where it is empty', () => {
    const deadlines = new Deadlines<string>();
    assert.deepEqual([deadlines.next, deadlines.take(), deadlines.size], [Infinity, undefined, 0]);
    deadlines.add(5, 'a');
    deadlines.clear();
    assert.deepEqual([deadlines.next, deadlines.take()], [Infinity, undefined]);
  });
});
