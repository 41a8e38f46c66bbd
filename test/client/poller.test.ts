import assert from 'node:assert/strict';
import { Poller } from '../../client/poller.ts';
import { FakeClock } from '../../lib/base/fake-clock.ts';

/** Lets what has been resolved run on. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the browser client’s polling', () => {
  let clock: FakeClock;
  let poller: Poller;
  let asked: { signal: AbortSignal; answer: (answered: boolean) => void }[];
  beforeEach(() => {
    clock = new FakeClock();
    asked = [];
    const poll = (signal: AbortSignal): Promise<boolean> =>
      new Promise((answer) => asked.push({ signal, answer }));
    poller = new Poller({ clock, every: 2000, poll });
  });
  const answer = async (answered: boolean): Promise<void> => {
    asked.at(-1)!.answer(answered);
    await settle();
  };
  /** How long it waits until it asks again. */
  const waits = (): number => {
    const [count, from] = [asked.length, clock.monotonic()];
    while (asked.length === count && clock.monotonic() - from < 60_000) clock.advance(1);
    return clock.monotonic() - from;
  };

  it('asks at once, and again some time after the answer', async () => {
    poller.start();
    poller.start();
    assert.equal(asked.length, 1);
    clock.advance(60_000);
    assert.equal(asked.length, 1, 'while it is being answered');
    const delays: number[] = [];
    for (let i = 0; i < 20; i++) {
      await answer(true);
      delays.push(waits());
    }
    assert.ok(delays.every((delay) => delay >= 1800 && delay <= 2201));
    assert.ok(new Set(delays).size > 1, 'not all in step');
  });

  it('asks more rarely while nothing answers, but never gives up, and is quick again after an answer', async () => {
    poller.start();
    const delays: number[] = [];
    for (let i = 0; i < 50; i++) {
      await answer(false);
      delays.push(waits());
    }
    assert.ok(delays[0]! <= 2001);
    assert.ok(delays.slice(2).every((delay) => delay >= 4000 && delay <= 5001));
    await answer(true);
    assert.ok(waits() <= 2201);
  });

  it('hurries only where it runs, and drops what is under way', async () => {
    poller.hurry();
    assert.equal(asked.length, 0);
    poller.start();
    poller.hurry();
    assert.deepEqual(
      asked.map(({ signal }) => signal.aborted),
      [true, false],
    );
    asked[0]!.answer(true);
    await settle();
    assert.equal(clock.pending, 0, 'the dropped one goes on');
    await answer(true);
    poller.hurry();
    assert.equal(asked.length, 3);
  });

  it('stops', async () => {
    poller.start();
    await answer(true);
    poller.stop();
    assert.equal(clock.pending, 0);
    poller.start();
    poller.stop();
    assert.ok(asked[1]!.signal.aborted);
    await answer(true);
    assert.equal(clock.pending, 0);
  });
});
