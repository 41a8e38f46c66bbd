import assert from 'node:assert/strict';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { isoTime, systemClock } from '../../../lib/base/clock.ts';

describe('clock', () => {
  it('runs fake timers in the order in which they are due, each at its own moment', () => {
    const clock = new FakeClock();
    const seen: [string, number][] = [];
    const note = (name: string) => () => void seen.push([name, clock.monotonic()]);
    clock.after(30, note('late'));
    const cancel = clock.every(10, note('tick'));
    clock.after(10, note('early'));
    clock.advance(30);
    cancel();
    clock.advance(100);
    assert.deepEqual(seen, [
      ['tick', 10],
      ['early', 10],
      ['tick', 20],
      ['late', 30],
      ['tick', 30],
    ]);
    assert.equal(clock.pending, 0);
  });

  it('lets the wall clock jump without moving monotonic time', () => {
    const clock = new FakeClock(0);
    clock.jump(3_600_000);
    assert.equal(clock.now(), 3_600_000);
    assert.equal(clock.monotonic(), 0);
  });

  // The fake stands for the real clock in every other test, so the real one is held to the same promises.
  for (const [name, make] of [
    [
      'system',
      () => ({
        clock: systemClock,
        pass: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)),
      }),
    ],
    [
      'fake',
      () => {
        const fake = new FakeClock();
        return { clock: fake, pass: (ms: number) => Promise.resolve(fake.advance(ms)) };
      },
    ],
  ] as const) {
    it(`${name}: calls once or repeatedly, and never after a cancel`, async () => {
      const { clock, pass } = make();
      let once = 0;
      let often = 0;
      let never = 0;
      clock.after(1, () => once++);
      let secondTime: () => void;
      const twice = new Promise<void>((resolve) => (secondTime = resolve));
      const stop = clock.every(2, () => {
        if (++often === 2) secondTime();
      });
      const cancel = clock.after(1, () => never++);
      cancel();
      cancel();
      const before = clock.monotonic();
      // A busy machine may hold the process back: the real clock is waited for, within mocha's own limit.
      await pass(40);
      await twice;
      stop();
      const heard = often;
      await pass(10);
      assert.equal(once, 1);
      assert.equal(never, 0);
      assert.ok(heard > 1, `repeated ${heard} times`);
      assert.equal(often, heard);
      assert.ok(clock.monotonic() > before);
    });
  }

  it('writes time with its zone', () => {
    // What was written last is remembered, and nothing else is told for it.
    const moments = [0, 1, 1, 0, 1_769_850_000_123, 0];
    assert.deepEqual(
      moments.map(isoTime),
      moments.map((moment) => new Date(moment).toJSON()),
    );
    assert.throws(() => isoTime(NaN), RangeError);
    assert.equal(isoTime(0), '1970-01-01T00:00:00.000Z');
  });
});
