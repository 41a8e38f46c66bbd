import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { watchEdges } from '../../lib/gpio/edges.ts';
import type { EdgeListener, EdgeWatch, WatchOptions } from '../../lib/gpio/edges.ts';
import type { LineEvent } from '../../lib/gpio/layout.ts';
import { CHIP, openRequests, pull, pullAllDown } from './pins.ts';

describe('edges on a kernel', () => {
  let edges: LineEvent[];
  let missed: number;
  let watch: EdgeWatch | undefined;
  let wake: () => void;

  const listener: EdgeListener = {
    edge: (edge) => {
      edges.push(edge);
      wake();
    },
    missed: (count) => void (missed += count),
    failed: (error) => assert.fail(error),
  };
  const open = async (more: Partial<WatchOptions> = {}): Promise<EdgeWatch> => {
    const lines = [
      { line: 8, activeLow: false },
      { line: 9, activeLow: true },
    ];
    return (watch = await watchEdges({ chip: CHIP, consumer: 'test inputs', lines, ...more }, listener));
  };
  const until = async (count: number): Promise<void> => {
    while (edges.length < count) await new Promise<void>((resolve) => (wake = resolve));
  };

  beforeEach(() => {
    pullAllDown();
    edges = [];
    missed = 0;
    wake = () => {};
  });
  afterEach(async () => {
    await watch?.close();
    watch = undefined;
    pullAllDown();
    assert.equal(openRequests(), 0);
  });

  it('are told as on and off, in their order, with their time', async () => {
    const before = process.hrtime.bigint();
    const inputs = await open();
    assert.deepEqual([...inputs.read().values()], [false, true]);
    // One after the other: what follows within microseconds the kernel may tell as one.
    pull(8, true);
    await until(1);
    pull(9, true);
    await until(2);
    pull(8, false);
    await until(3);
    assert.deepEqual(
      edges.map(({ line, on }) => [line, on]),
      [
        [8, true],
        [9, false],
        [8, false],
      ],
    );
    const times = [before, ...edges.map(({ nanoseconds }) => nanoseconds), process.hrtime.bigint()];
    assert.deepEqual(
      times,
      times.toSorted((one, other) => (one < other ? -1 : 1)),
    );
    assert.deepEqual([...inputs.read().values()], [false, false]);
    assert.equal(missed, 0);
  });

  it('leave the event loop alone while there are none', async () => {
    await open();
    let turns = 0;
    const counting = setInterval(() => turns++, 10);
    await new Promise((resolve) => setTimeout(resolve, 300));
    clearInterval(counting);
    assert.ok(turns >= 5, `${turns} turns`);
    pull(8, true);
    await until(1);
  });

  it('end with what the line is, however fast they came', async () => {
    const inputs = await open();
    const count = 401;
    for (let edge = 0; edge < count; edge++) pull(8, edge % 2 === 0);
    // The last one is told after the last change, at what the line is then.
    for (let seen = -1; seen < edges.length; await new Promise((resolve) => setTimeout(resolve, 300)))
      seen = edges.length;
    assert.equal(edges.at(-1)?.on, true);
    assert.equal(inputs.read().get(8), true);
    assert.ok(edges.length + missed <= count);
    console.log(`      of ${count} edges in a burst ${edges.length} were told, ${missed} counted as missed`);
  });

  it('are debounced by the kernel', async () => {
    await open({ debounceMs: 50 });
    pull(8, true);
    pull(8, false);
    // Long enough to come to rest.
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(edges.length, 0);
    pull(8, true);
    await until(1);
    assert.deepEqual([edges[0]!.line, edges[0]!.on], [8, true]);
  });

  it('end when they are closed, as often as one likes', async () => {
    for (let turn = 0; turn < 3; turn++) {
      const inputs = await open();
      await inputs.close();
      await inputs.close();
    }
    pull(8, true);
    assert.equal(edges.length, 0);
  });

  it('keep no process from its end', async () => {
    const script = join(import.meta.dirname, 'exiting.ts');
    const child = spawn(process.execPath, [script, CHIP, '8'], { stdio: 'inherit' });
    const late = setTimeout(() => child.kill('SIGKILL'), 40_000);
    const [code] = (await once(child, 'exit')) as [number | null];
    clearTimeout(late);
    assert.equal(code, 3, 'it ended by itself');
  });

  it('refuse lines that somebody else has', async () => {
    await open();
    const lines = [{ line: 8, activeLow: false }];
    await assert.rejects(
      watchEdges({ chip: CHIP, consumer: 'second', lines }, listener),
      /line 8 .* is held by "test inputs"/,
    );
  });
});
