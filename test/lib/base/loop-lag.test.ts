import assert from 'node:assert/strict';
import type { Clock } from '../../../lib/base/clock.ts';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { LoopLag, loopLag, PROBE_EACH_MS, TURNS_AFTERWARDS } from '../../../lib/base/loop-lag.ts';

describe('the age of what a loop sees only now', () => {
  /** A clock whose time goes on while its timers do not run, as in a process that hangs. */
  class HangingClock extends FakeClock {
    #hung = 0;
    #late: (() => void) | undefined;

    override monotonic(): number {
      return super.monotonic() + this.#hung;
    }

    override every(ms: number, run: () => void): ReturnType<Clock['every']> {
      this.#late = run;
      return super.every(ms, run);
    }

    hang(ms: number): void {
      this.#hung += ms;
    }

    /** The timer that is late runs. */
    wake(): void {
      this.#late?.();
    }
  }

  function start(): { clock: HangingClock; lag: LoopLag; turn: (times?: number) => void } {
    const clock = new HangingClock();
    const turns: (() => void)[] = [];
    const lag = new LoopLag({ clock, turn: (run) => turns.push(run) }).start();
    const turn = (times = 1): void => {
      for (let time = 0; time < times; time++) for (const run of turns.splice(0)) run();
    };
    return { clock, lag, turn };
  }

  it('is none while the loop runs', () => {
    const { clock, lag } = start();
    for (let ms = 0; ms < 1000; ms += 10) {
      clock.advance(10);
      assert.equal(lag.age, 0);
    }
  });

  it('is the time that the loop was away, whether connections or timers come first', () => {
    const { clock, lag } = start();
    clock.advance(PROBE_EACH_MS);
    clock.hang(8000);
    assert.equal(lag.age, 8000);
    clock.wake();
    assert.equal(lag.age, 8000);
  });

  it('goes on growing while what was left is worked off, and ends a few turns later', () => {
    const { clock, lag, turn } = start();
    clock.hang(3000);
    clock.wake();
    turn(TURNS_AFTERWARDS - 1);
    clock.hang(50);
    assert.equal(lag.age, 3050);
    turn();
    assert.equal(lag.age, 0);
  });

  it('counts from the first of two times away where nothing was read between them', () => {
    const { clock, lag, turn } = start();
    clock.hang(3000);
    clock.wake();
    turn();
    clock.hang(2000);
    clock.wake();
    assert.equal(lag.age, 5000);
    turn(TURNS_AFTERWARDS);
    assert.equal(lag.age, 0);
    clock.hang(1000);
    clock.wake();
    assert.equal(lag.age, 1000);
  });

  it('is none where nobody looks', () => {
    const { clock, lag } = start();
    lag.stop();
    clock.hang(5000);
    assert.equal(lag.age, 0);
    assert.equal(clock.pending, 0);
  });

  it('is seen of a real loop that was busy', async () => {
    loopLag.start();
    const from = performance.now();
    while (performance.now() - from < 500);
    const { age } = loopLag;
    assert.ok(age >= 400, `${age} ms`);
    while (loopLag.age > 0) await new Promise((resolve) => void setImmediate(resolve));
  });
});
