import assert from 'node:assert/strict';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { Window, WINDOW_MS } from '../../../lib/live/window.ts';

describe('window', () => {
  let clock: FakeClock;
  let runs: number[];
  let window: Window;
  beforeEach(() => {
    clock = new FakeClock();
    runs = [];
    window = new Window(clock, () => runs.push(clock.monotonic()));
  });

  it('lets a single change through at once', () => {
    window.poke();
    assert.deepEqual(runs, [0]);
    clock.advance(10 * WINDOW_MS);
    assert.deepEqual(runs, [0]);
    assert.equal(clock.pending, 0);
  });

  it('is as long as it is told to be', () => {
    const long = new Window(clock, () => runs.push(clock.monotonic()), 1000);
    long.poke();
    long.poke();
    clock.advance(999);
    assert.deepEqual(runs, [0]);
    clock.advance(1);
    assert.deepEqual(runs, [0, 1000]);
    long.close();
  });

  it('gathers a burst: the first at once, the rest in one at the end of the window', () => {
    for (let ms = 0; ms < 90; ms += 10) {
      window.poke();
      clock.advance(10);
    }
    assert.deepEqual(runs, [0]);
    clock.advance(1000);
    assert.deepEqual(runs, [0, WINDOW_MS]);
  });

  it('runs at most once a window while changes keep coming', () => {
    for (let ms = 0; ms < 1000; ms++) {
      window.poke();
      clock.advance(1);
    }
    assert.equal(runs.length, 1000 / WINDOW_MS + 1);
  });

  it('lets the first change after a quiet time through at once again', () => {
    window.poke();
    clock.advance(WINDOW_MS);
    clock.advance(1);
    window.poke();
    assert.deepEqual(runs, [0, WINDOW_MS + 1]);
  });

  it('leaves no timer behind when it is closed', () => {
    window.poke();
    window.poke();
    window.close();
    clock.advance(1000);
    assert.deepEqual(runs, [0]);
    assert.equal(clock.pending, 0);
  });
});
