import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { ProcessHealth } from '../../../lib/stats/process-health.ts';

describe('process health', () => {
  let health: ProcessHealth;
  beforeEach(() => {
    health = new ProcessHealth('5.0.7');
  });
  afterEach(() => health.stop());

  it('tells the memory and the uptime that Node.js itself tells, and the version it was given', () => {
    const { heap_used, heap_total, rss, uptime, version } = health.read();
    const now = process.memoryUsage();
    // The heap moves between the two readings: 32 MB of tolerance.
    for (const [ours, theirs] of [
      [heap_used, now.heapUsed],
      [heap_total, now.heapTotal],
      [rss, now.rss],
    ] as const) {
      assert.ok(Math.abs(ours - theirs) < 32 * 2 ** 20, `${ours} and ${theirs} bytes`);
    }
    assert.ok(Math.abs(uptime - process.uptime()) < 1);
    assert.equal(version, '5.0.7');
    assert.equal('version' in new ProcessHealth().read(), false);
  });

  it('says nothing is late before it has looked', () => {
    assert.deepEqual(health.read().event_loop, { mean: 0, p99: 0, max: 0 });
  });

  it('sees a loop that is held up, and forgets it with the reading', async () => {
    // Longer than a busy machine holds it up by itself.
    const HELD_MS = 1500;
    health.start();
    await delay(250);
    assert.ok(health.read().event_loop.max < HELD_MS - 110);
    const end = performance.now() + HELD_MS;
    while (performance.now() < end);
    await delay(150);
    const { mean, p99, max } = health.read().event_loop;
    // Looked at each 100 ms, so up to that much may fall between two looks.
    assert.ok(max >= HELD_MS - 110 && max < HELD_MS + 1100, `max ${max} ms`);
    assert.ok(mean > 0 && mean <= p99 && p99 <= max + 1, `mean ${mean}, p99 ${p99}, max ${max} ms`);
    await delay(250);
    assert.ok(health.read().event_loop.max < HELD_MS - 110);
  });

  it('looks no more once it is stopped', async () => {
    health.start();
    health.stop();
    health.read();
    const end = performance.now() + 250;
    while (performance.now() < end);
    await delay(120);
    assert.equal(health.read().event_loop.max, 0);
  });
});
