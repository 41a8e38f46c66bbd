import assert from 'node:assert/strict';
import { ChardevDriver, forgetChardev } from '../../lib/gpio/chardev.ts';
import type { OutputLine } from '../../lib/gpio/driver.ts';
import { HeldLines } from '../../lib/gpio/held-lines.ts';
import type { Bias } from '../../lib/gpio/line-set.ts';
import { loadIoctl } from '../../lib/gpio/system.ts';
import { driverContract } from '../lib/gpio/driver-contract.ts';
import { CHIP, level, levels, openRequests, pull, pullAllDown, sampled, traced } from './pins.ts';

const BOARD = 'bench';
const driverOf = (bias: Bias = 'as-is'): ChardevDriver =>
  new ChardevDriver(BOARD, { chip: CHIP, consumer: 'factory-iot:bench', bias });
const output = (line: number, more: Partial<OutputLine> = {}): OutputLine => ({
  line,
  activeLow: false,
  initial: false,
  ...more,
});
const clean = (): void => {
  forgetChardev(BOARD);
  pullAllDown();
};

driverContract('chardev on a kernel', [4, 5, 7], () => ({
  driver: () => driverOf(),
  level: (line) => Promise.resolve(level(line)),
  preset: (line, high) => Promise.resolve(pull(line, high)),
  clean: () => Promise.resolve(clean()),
}));

describe('chardev on a kernel', () => {
  let driver: ChardevDriver;
  beforeEach(() => (driver = driverOf()));
  afterEach(clean);

  it('has instruments that see each switching', async () => {
    pull(4, true);
    let samples = { low: 0, high: 0 };
    const events = await traced(async () => {
      samples = await sampled(4, () => driver.open([output(4, { activeLow: true, initial: true })]));
    });
    assert.ok(samples.high > 0 && samples.low > 0, JSON.stringify(samples));
    assert.ok(events.get(4)?.includes('set 0'), JSON.stringify([...events]));
  });

  it('opens an active low board without a moment in which a relay is on', async () => {
    const lines = [4, 5, 6, 7];
    for (const line of lines) pull(line, true);
    let samples = { low: 0, high: 0 };
    const events = await traced(async () => {
      samples = await sampled(5, () => driver.open(lines.map((line) => output(line, { activeLow: true }))));
    });
    assert.deepEqual(levels(...lines), [true, true, true, true]);
    for (const line of lines) {
      const written = events.get(line)?.filter((event) => event.startsWith('set'));
      assert.deepEqual(written, ['set 1'], `line ${line}`);
    }
    assert.equal(samples.low, 0);
    assert.ok(samples.high > 0);
  });

  it('keeps what it finds without writing anything else', async () => {
    pull(4, true);
    const events = await traced(() =>
      driver.open([output(4, { initial: 'keep' }), output(5, { initial: 'keep', activeLow: true })]),
    );
    const written = [4, 5].map((line) => events.get(line)?.filter((event) => event.startsWith('set')));
    assert.deepEqual(written, [['set 1'], ['set 0']]);
    assert.deepEqual(levels(4, 5), [true, false]);
  });

  it('holds all its lines in one request', async () => {
    await driver.open([4, 5, 6, 7].map((line) => output(line)));
    assert.equal(openRequests(), 1);
    await driver.release();
    assert.equal(openRequests(), 1);
    forgetChardev(BOARD);
    assert.equal(openRequests(), 0);
  });

  it('sets and reads several lines with one system call', async () => {
    const ioctl = await loadIoctl();
    let calls = 0;
    const held = new HeldLines();
    const lines = [output(4), output(5, { initial: true }), output(6)];
    held.take({ chip: CHIP, consumer: 'counted', bias: 'as-is', lines }, (...call) => {
      calls++;
      ioctl(...call);
    });
    try {
      calls = 0;
      held.write(
        new Map([
          [4, true],
          [5, false],
        ]),
      );
      assert.equal(calls, 1);
      assert.deepEqual(levels(4, 5, 6), [true, false, false]);
      held.read([4, 5, 6]);
      assert.equal(calls, 2);
    } finally {
      held.drop();
    }
  });

  it('moves nothing in 20 cycles of letting go and opening', async () => {
    const lines = [output(4), output(5, { activeLow: true })];
    await driver.open(lines);
    await driver.write(
      new Map([
        [4, true],
        [5, true],
      ]),
    );
    let samples = { low: 0, high: 0 };
    const events = await traced(async () => {
      samples = await sampled(4, async () => {
        for (let cycle = 0; cycle < 20; cycle++) {
          await driver.release();
          driver = driverOf();
          await driver.open(lines.toReversed());
        }
      });
    });
    assert.deepEqual([...events], []);
    assert.deepEqual(levels(4, 5), [true, false]);
    assert.equal(samples.low, 0);
    assert.equal((await driver.read([4])).get(4), true);
  });

  it('changes polarity and bias without moving a pin', async () => {
    await driver.open([output(4, { initial: true }), output(5)]);
    await driver.release();
    driver = driverOf('pull-up');
    let samples = { low: 0, high: 0 };
    const events = await traced(async () => {
      samples = await sampled(4, () => driver.open([output(4, { activeLow: true }), output(5)]));
    });
    assert.ok(events.get(4)?.every((event) => event !== 'set 0'));
    assert.equal(samples.low, 0);
    assert.deepEqual([...(await driver.read([4, 5])).values()], [false, false]);
    assert.deepEqual(levels(4, 5), [true, false]);
  });

  it('carries levels over where lines are added and removed', async () => {
    await driver.open([output(4), output(5)]);
    await driver.write(
      new Map([
        [4, true],
        [5, true],
      ]),
    );
    await driver.release();
    driver = driverOf();
    await driver.open([output(4), output(6)]);
    assert.deepEqual(levels(4, 6), [true, false]);
    assert.deepEqual([...(await driver.read([4, 6])).values()], [true, false]);
    await assert.rejects(driver.read([5]), /line 5 is not open/);
    // Outside it was pulled up meanwhile, and comes back as it is found.
    pull(5, true);
    await driver.open([output(4), output(5), output(6)]);
    assert.deepEqual(levels(4, 5, 6), [true, true, false]);
  });

  it('belongs to the driver that opened last', async () => {
    await driver.open([output(4)]);
    const next = driverOf();
    await next.open([output(4)]);
    await driver.release();
    await assert.rejects(driver.write(new Map([[4, true]])), /line 4 is not open/);
    await next.write(new Map([[4, true]]));
    assert.equal(level(4), true);
  });
});
