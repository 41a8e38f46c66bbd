import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { SAMPLE_TIMEOUT_MS, Sampler } from '../../../lib/stats/sampler.ts';

/** A source that answers when the test says so. */
class FakeSource {
  readonly asked: { resolve: (value: number) => void; reject: (error: unknown) => void }[] = [];

  sample(): Promise<number> {
    return new Promise((resolve, reject) => void this.asked.push({ resolve, reject }));
  }

  async answer(value: number): Promise<void> {
    this.asked.at(-1)!.resolve(value);
    await turn();
  }

  async fail(message: string): Promise<void> {
    this.asked.at(-1)!.reject(new Error(message));
    await turn();
  }
}

describe('sampler', () => {
  let clock: FakeClock;
  let source: FakeSource;
  let sampler: Sampler<number>;
  let heard: (number | string)[];

  beforeEach(() => {
    clock = new FakeClock();
    source = new FakeSource();
    sampler = new Sampler({ source, clock, interval: 2000 });
    heard = [];
    sampler.events.on('sample', (sample) => heard.push(sample));
    sampler.events.on('error', (error) => heard.push(error.message));
  });
  afterEach(() => {
    sampler.stop();
    assert.equal(clock.pending, 0);
  });

  it('samples at once and then each interval', async () => {
    sampler.start();
    assert.equal(source.asked.length, 1);
    await source.answer(1);
    clock.advance(1999);
    assert.equal(source.asked.length, 1);
    clock.advance(1);
    assert.equal(source.asked.length, 2);
    await source.answer(2);
    assert.deepEqual(heard, [1, 2]);
  });

  it('never samples twice at a time: what an overlong sample covers is left out', async () => {
    sampler.start();
    clock.advance(7000);
    assert.equal(source.asked.length, 1);
    await source.answer(1);
    assert.equal(source.asked.length, 1);
    clock.advance(1000);
    assert.equal(source.asked.length, 2);
    await source.answer(2);
    assert.deepEqual(heard, [1, 2]);
  });

  it('tells an error and goes on; the same error is told again only after a sample', async () => {
    sampler.start();
    await source.fail('no sensor');
    clock.advance(2000);
    await source.fail('no sensor');
    clock.advance(2000);
    await source.fail('no disk');
    clock.advance(2000);
    await source.answer(1);
    clock.advance(2000);
    await source.fail('no disk');
    assert.deepEqual(heard, ['no sensor', 'no disk', 1, 'no disk']);
  });

  it('survives a source that throws instead of rejecting', async () => {
    let calls = 0;
    const throwing = new Sampler<number>({
      clock,
      interval: 2000,
      source: {
        sample() {
          if (calls++ === 0) throw new Error('broken');
          return Promise.resolve(7);
        },
      },
    });
    throwing.events.on('sample', (sample) => heard.push(sample));
    throwing.events.on('error', (error) => heard.push(error.message));
    throwing.start();
    await turn();
    clock.advance(2000);
    await turn();
    throwing.stop();
    assert.deepEqual(heard, ['broken', 7]);
  });

  it('says once that a source hangs, asks it nothing more, and goes on when it answers after all', async () => {
    sampler.start();
    clock.advance(SAMPLE_TIMEOUT_MS - 1);
    await turn();
    assert.deepEqual(heard, []);
    clock.advance(60_001);
    await turn();
    assert.deepEqual(heard, ['no statistics within 10 s']);
    assert.equal(source.asked.length, 1);
    await source.answer(1);
    clock.advance(2000);
    assert.equal(source.asked.length, 2);
    await source.answer(2);
    assert.deepEqual(heard, ['no statistics within 10 s', 2]);
  });

  it('samples out of turn, once for all who ask meanwhile', async () => {
    const both = Promise.all([sampler.sample(), sampler.sample()]);
    assert.equal(source.asked.length, 1);
    await source.answer(5);
    assert.deepEqual(await both, [5, 5]);
    assert.deepEqual(heard, []);
  });

  it('lets who asks out of turn share the sample under way, and its error', async () => {
    sampler.start();
    const asked = sampler.sample();
    await source.answer(1);
    assert.equal(await asked, 1);
    clock.advance(2000);
    const failing = assert.rejects(sampler.sample(), { message: 'no disk' });
    await source.fail('no disk');
    await failing;
    assert.deepEqual(heard, [1, 'no disk']);
  });

  it('answers at once with the reason while the source hangs', async () => {
    const first = assert.rejects(sampler.sample(), { code: 'timeout' });
    clock.advance(SAMPLE_TIMEOUT_MS);
    await first;
    await assert.rejects(sampler.sample(), { code: 'timeout' });
    assert.equal(source.asked.length, 1);
    await source.answer(1);
  });

  it('is silent after it was stopped, also about the sample under way', async () => {
    sampler.start();
    sampler.stop();
    assert.equal(clock.pending, 0);
    await source.answer(1);
    clock.advance(10_000);
    assert.equal(source.asked.length, 1);
    assert.deepEqual(heard, []);
  });

  it('starts once, and again after a stop', async () => {
    sampler.start();
    sampler.start();
    assert.equal(source.asked.length, 1);
    await source.answer(1);
    sampler.stop();
    sampler.start();
    await source.answer(2);
    clock.advance(2000);
    await source.answer(3);
    assert.deepEqual(heard, [1, 2, 3]);
  });
});
