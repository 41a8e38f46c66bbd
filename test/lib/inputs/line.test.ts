import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { isoTime } from '../../../lib/base/clock.ts';
import { FactoryError } from '../../../lib/base/errors.ts';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import type { EdgeListener, EdgeWatch, WatchOptions } from '../../../lib/gpio/edges.ts';
import { READ_EACH_MS, REOPEN_MS } from '../../../lib/gpio/limits.ts';
import { Input, type InputChange } from '../../../lib/inputs/input.ts';
import { InputLine } from '../../../lib/inputs/line.ts';

const gone = (): FactoryError =>
  new FactoryError('unavailable', '/dev/gpiochip0 is gone', { remedy: 'Plug' });
const source = {
  kind: 'chardev',
  chip: 'gpiochip0',
  line: 5,
  bias: 'pull-up',
  activeLow: true,
  debounce: 20,
} as const;

/** The kernel's place: a line that can be taken once at a time, moved, held by somebody else and unplugged. */
class Bench {
  readonly clock = new FakeClock();
  readonly input = new Input({ id: 'door1', clock: this.clock, debounce: 0 });
  readonly told: InputChange[] = [];
  readonly options: WatchOptions[] = [];
  level = false;
  trouble: FactoryError | undefined;
  open = 0;
  listener: EdgeListener | undefined;
  /** Holds the next attempt until it is resolved. */
  gate: Promise<void> | undefined;
  readonly line = new InputLine({
    source,
    input: this.input,
    clock: this.clock,
    consumer: 'factory-iot:door1',
    watch: (options, listener) => this.watch(options, listener),
    nanoseconds: () => BigInt(this.clock.monotonic()) * 1_000_000n,
  });

  constructor() {
    this.input.events.on('change', (change) => this.told.push(change));
  }

  async watch(options: WatchOptions, listener: EdgeListener): Promise<EdgeWatch> {
    this.options.push(options);
    await this.gate;
    if (this.trouble) throw this.trouble;
    assert.equal(this.open, 0, 'the one before has let go');
    this.open += 1;
    this.listener = listener;
    return {
      read: () => {
        if (this.trouble) throw this.trouble;
        return new Map([[5, this.level]]);
      },
      close: async () => {
        await turn();
        this.open -= 1;
      },
    };
  }

  /** The kernel tells of an edge `late` milliseconds after it. */
  edge(on: boolean, late = 0): void {
    this.level = on;
    const nanoseconds = BigInt(this.clock.monotonic() - late) * 1_000_000n;
    this.listener!.edge({ line: 5, on, nanoseconds, sequence: 1 });
  }

  levels(): unknown[] {
    return this.told.map(({ input }) => input?.level);
  }
}

const pass = async (clock: FakeClock, ms: number): Promise<void> => {
  clock.advance(ms);
  for (let round = 0; round < 5; round++) await turn();
};

describe("an input's line", () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench();
    bench.clock.advance(10_000);
  });
  afterEach(async () => {
    await bench.line.close();
    assert.equal(bench.open, 0, 'the line is let go of');
    assert.equal(bench.clock.pending, 0, 'no timer is left behind');
  });

  it('is taken as it is set, and tells what it is and each edge with its time', async () => {
    await bench.line.open();
    assert.deepEqual(bench.options, [
      {
        chip: 'gpiochip0',
        consumer: 'factory-iot:door1',
        bias: 'pull-up',
        lines: [{ line: 5, activeLow: true }],
        debounceMs: 20,
      },
    ]);
    assert.deepEqual(bench.levels(), [false]);
    await pass(bench.clock, 100);
    bench.edge(true, 3);
    assert.deepEqual(bench.levels(), [false, true]);
    assert.equal(bench.input.state.since, isoTime(bench.clock.now() - 3));
  });

  it('is looked at each second, and edges that a look has seen already are no news', async () => {
    await bench.line.open();
    bench.level = true;
    await pass(bench.clock, READ_EACH_MS);
    assert.deepEqual(bench.levels(), [false, true]);
    await pass(bench.clock, 5);
    bench.edge(true, 50);
    assert.deepEqual(bench.levels(), [false, true]);
    bench.edge(false, 0);
    assert.deepEqual(bench.levels(), [false, true, false]);
  });

  it('is looked at where edges were missed', async () => {
    await bench.line.open();
    bench.level = true;
    bench.listener!.missed(3);
    assert.deepEqual(bench.levels(), [false, true]);
  });

  it('is tried again while another program has it, and says who', async () => {
    bench.trouble = new FactoryError('unavailable', 'line 5 is held by "other"', { remedy: 'End it' });
    await bench.line.open();
    assert.deepEqual(bench.input.state.reason, 'line 5 is held by "other". End it');
    await pass(bench.clock, REOPEN_MS);
    assert.equal(bench.options.length, 2);
    assert.equal(bench.told.length, 1, 'the same reason is told once');
    bench.trouble = undefined;
    await pass(bench.clock, REOPEN_MS - 1);
    assert.equal(bench.input.state.level, null);
    await pass(bench.clock, 1);
    assert.deepEqual(bench.levels(), [null, false]);
  });

  for (const [how, lose] of [
    ['by a look at it', () => bench.clock.advance(READ_EACH_MS)],
    ['by who waits for edges', () => bench.listener!.failed(gone())],
  ] as const) {
    it(`that is unplugged is noticed ${how}, and taken anew when it is back`, async () => {
      await bench.line.open();
      const { listener } = bench;
      bench.trouble = gone();
      lose();
      await pass(bench.clock, 0);
      assert.deepEqual(bench.levels(), [false, null]);
      assert.match(bench.input.state.reason!, /is gone\. Plug/);
      assert.equal(bench.open, 0);
      listener!.edge({ line: 5, on: true, nanoseconds: 0n, sequence: 2 });
      listener!.failed(gone());
      assert.equal(bench.told.length, 2, 'what an earlier attempt still tells is of no concern');
      bench.trouble = undefined;
      bench.level = true;
      await pass(bench.clock, REOPEN_MS);
      assert.deepEqual(bench.levels(), [false, null, true]);
      assert.equal(bench.open, 1);
    });
  }

  it('that is closed while it is being opened is let go of, and tells nothing', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    bench.gate = promise;
    const opening = bench.line.open();
    await turn();
    const closing = bench.line.close();
    resolve();
    await Promise.all([opening, closing]);
    assert.deepEqual(bench.told, []);
    assert.equal(bench.options.length, 1);
  });
});
