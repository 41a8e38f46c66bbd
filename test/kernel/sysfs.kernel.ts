import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { FactoryError } from '../../lib/base/errors.ts';
import { ChardevDriver, forgetChardev } from '../../lib/gpio/chardev.ts';
import type { OutputLine } from '../../lib/gpio/driver.ts';
import { createDriver, forgetBoard } from '../../lib/gpio/drivers.ts';
import { findSysfsChip } from '../../lib/gpio/sysfs-chips.ts';
import { forgetSysfs, SysfsDriver } from '../../lib/gpio/sysfs.ts';
import { driverContract } from '../lib/gpio/driver-contract.ts';
import { holder } from './others.ts';
import type { Holder } from './others.ts';
import {
  baseOfChip,
  CHIP,
  freeLines,
  LABEL,
  level,
  levels,
  LINES,
  openRequests,
  plugIn,
  pull,
  sampled,
  traced,
} from './pins.ts';

const BOARD = 'sysfs bench';
const driverOf = (board = BOARD): SysfsDriver =>
  new SysfsDriver(board, { chip: LABEL, consumer: `factory-iot:${board}` });
const output = (line: number, more: Partial<OutputLine> = {}): OutputLine => ({
  line,
  activeLow: false,
  initial: false,
  ...more,
});
const clean = (): void => {
  forgetSysfs(BOARD);
  freeLines();
};
const isExported = (line: number): boolean => existsSync(`/sys/class/gpio/gpio${baseOfChip() + line}`);
const sysfs = (file: 'export' | 'unexport', line: number): void =>
  writeFileSync(`/sys/class/gpio/${file}`, String(baseOfChip() + line));
const fileOf = (line: number, name: string): string => `/sys/class/gpio/gpio${baseOfChip() + line}/${name}`;
const unavailable =
  (words: RegExp) =>
  (error: unknown): boolean =>
    error instanceof FactoryError && error.code === 'unavailable' && words.test(error.toString());
const written = (events: ReadonlyMap<number, string[]>, line: number): string[] =>
  (events.get(line) ?? []).filter((event) => event.startsWith('set'));

driverContract('sysfs on a kernel', [4, 5, 7], () => ({
  driver: () => driverOf(),
  level: (line) => Promise.resolve(level(line)),
  preset: (line, high) => Promise.resolve(pull(line, high)),
  clean: () => Promise.resolve(clean()),
}));

describe('sysfs on a kernel', () => {
  let driver: SysfsDriver;
  before(clean);
  beforeEach(() => (driver = driverOf()));
  afterEach(clean);

  it('finds the base of its chip by label, name, number and path', () => {
    const name = CHIP.replace('/dev/', '');
    const paths = [CHIP, `/sys/class/gpio/gpiochip${baseOfChip()}`];
    for (const chip of [LABEL, name, name.replace('gpiochip', ''), ...paths])
      assert.deepEqual(findSysfsChip(chip), { label: LABEL, base: baseOfChip(), lines: LINES });
    assert.throws(() => findSysfsChip('unknown'), unavailable(/no chip "unknown".*"factory-sim"/));
  });

  it('opens an active low board without a moment in which a relay is on', async () => {
    const lines = [4, 5, 6, 7];
    for (const line of lines) pull(line, true);
    let samples = { low: 0, high: 0 };
    const events = await traced(async () => {
      samples = await sampled(5, () => driver.open(lines.map((line) => output(line, { activeLow: true }))));
    });
    assert.deepEqual(levels(...lines), [true, true, true, true]);
    for (const line of lines) assert.deepEqual(written(events, line), ['set 1'], `line ${line}`);
    assert.equal(samples.low, 0);
    assert.ok(samples.high > 0);
  });

  it('opens a line that is an output already without a moment at another level', async () => {
    sysfs('export', 4);
    writeFileSync(fileOf(4, 'direction'), 'high');
    // As a program leaves it that lets the kernel turn it round.
    writeFileSync(fileOf(4, 'active_low'), '1');
    let samples = { low: 0, high: 0 };
    const events = await traced(async () => {
      samples = await sampled(4, () => driver.open([output(4, { activeLow: true })]));
    });
    assert.deepEqual(written(events, 4), ['set 1']);
    assert.equal(samples.low, 0);
    assert.equal(readFileSync(fileOf(4, 'active_low'), 'utf8').trim(), '0');
    await driver.write(new Map([[4, true]]));
    assert.equal(level(4), false);
    assert.deepEqual(await driver.read([4]), new Map([[4, true]]));
  });

  it('keeps what it finds without writing anything else', async () => {
    pull(4, true);
    sysfs('export', 6);
    writeFileSync(fileOf(6, 'direction'), 'high');
    const events = await traced(() =>
      driver.open([
        output(4, { initial: 'keep' }),
        output(5, { initial: 'keep', activeLow: true }),
        output(6, { initial: 'keep' }),
      ]),
    );
    assert.deepEqual(
      [4, 5, 6].map((line) => written(events, line)),
      [['set 1'], ['set 0'], []],
    );
    assert.deepEqual(levels(4, 5, 6), [true, false, true]);
  });

  it('moves nothing in 20 cycles of letting go and opening, nor in a change of polarity', async () => {
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
        await driver.release();
        await driver.open([output(4, { activeLow: true }), output(5)]);
      });
    });
    assert.deepEqual([...events], []);
    assert.deepEqual(levels(4, 5), [true, false]);
    assert.equal(samples.low, 0);
    assert.deepEqual([...(await driver.read([4, 5])).values()], [false, false]);
  });

  it('leaves the others alone where lines are added and removed', async () => {
    await driver.open([output(4), output(5)]);
    await driver.write(
      new Map([
        [4, true],
        [5, true],
      ]),
    );
    await driver.release();
    driver = driverOf();
    let samples = { low: 0, high: 0 };
    const events = await traced(async () => {
      samples = await sampled(4, () => driver.open([output(4), output(6)]));
    });
    assert.equal(events.has(4), false);
    assert.equal(samples.low, 0);
    assert.deepEqual(levels(4, 6), [true, false]);
    assert.deepEqual([4, 5, 6].map(isExported), [true, false, true]);
    await assert.rejects(driver.read([5]), /line 5 is not open/);
    // Outside it was pulled up meanwhile, and comes back as it is found.
    pull(5, true);
    await driver.open([output(4), output(5), output(6)]);
    assert.deepEqual(levels(4, 5, 6), [true, true, false]);
  });

  it('switches off before it switches on', async () => {
    const lines = [4, 5, 6];
    await driver.open(lines.map((line) => output(line, { initial: line === 6 })));
    const order: string[] = [];
    for (const levelOf6 of [false, true]) {
      const events = await traced(
        () =>
          driver.write(
            new Map([
              [4, !levelOf6],
              [6, levelOf6],
            ]),
          ),
        (line, what) => order.push(`${line} ${what}`),
      );
      assert.equal(events.size, 2);
    }
    assert.deepEqual(order, ['6 set 0', '4 set 1', '4 set 0', '6 set 1']);
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

describe('sysfs on a chip with others on it', () => {
  let other: Holder | undefined;
  let driver: SysfsDriver;
  beforeEach(() => (driver = driverOf()));
  afterEach(async () => {
    await other?.kill();
    other = undefined;
    forgetBoard('other');
    clean();
  });

  it('names who holds a line, and takes none of the others then', async () => {
    other = await holder('other program', '5=0');
    await assert.rejects(
      driver.open([4, 5, 6].map((line) => output(line, { initial: true }))),
      unavailable(/line 5 .* is held by "other program" \(EBUSY\).*gpioinfo/),
    );
    assert.deepEqual(levels(4, 5, 6), [false, false, false]);
    assert.deepEqual([4, 5, 6].map(isExported), [false, false, false]);
    await other.kill();
    other = undefined;
    await driver.open([4, 5, 6].map((line) => output(line, { initial: true })));
    assert.deepEqual(levels(4, 5, 6), [true, true, true]);
  });

  it('leaves a board as it is that asks for a line more than it can have', async () => {
    other = await holder('other program', '5=0');
    await driver.open([output(4, { initial: true })]);
    await assert.rejects(driver.open([output(4), output(5)]), unavailable(/line 5/));
    await assert.rejects(driver.open([output(4), output(LINES)]), unavailable(/no line 16, only 0 to 15/));
    assert.equal(level(4), true);
    assert.equal(isExported(4), true);
  });

  it('gives no line to two boards, which the kernel would', async () => {
    await driver.open([output(4)]);
    await assert.rejects(
      driverOf('other').open([output(4)]),
      unavailable(/line 4 of factory-sim is held by "factory-iot:sysfs bench"/),
    );
    forgetSysfs(BOARD);
    await driverOf('other').open([output(4)]);
    assert.equal(isExported(4), true);
  });

  it('keeps its lines from the character device, which says what to do about lines that were left', async () => {
    await driver.open([output(4, { initial: true })]);
    const chardev = new ChardevDriver('other', { chip: CHIP, consumer: 'second' });
    await assert.rejects(chardev.open([output(4)]), unavailable(/line 4 .* is held by "sysfs".*unexport/));
    assert.equal(level(4), true);
  });

  it('gives its lines to the character device when the board moves there, and back', async () => {
    const first = createDriver('sysfs', 'other', { chip: LABEL, name: 'Cabinet' });
    await first.open([output(4)]);
    await first.release();
    const second = createDriver('chardev', 'other', { chip: LABEL });
    assert.equal(isExported(4), false);
    await second.open([output(4, { initial: true })]);
    assert.equal(level(4), true);
    await second.release();
    const third = createDriver('sysfs', 'other', { chip: LABEL });
    assert.equal(openRequests(), 0);
    await third.open([output(4, { initial: true })]);
    assert.equal(level(4), true);
    await third.release();
    forgetChardev('other');
  });

  it('is unavailable when somebody unexports one of its lines, and opens that one as new', async () => {
    await driver.open([output(4), output(5)]);
    await driver.write(
      new Map([
        [4, true],
        [5, true],
      ]),
    );
    sysfs('unexport', 5);
    await assert.rejects(driver.read([4, 5]), unavailable(/is gone \(ENODEV\).*unexport/));
    await driver.release();
    await driver.open([output(4), output(5)]);
    assert.deepEqual(levels(4, 5), [true, false]);
  });
});

describe('sysfs for a user that is not root', () => {
  const NOBODY = 65534;
  const EXPORT = '/sys/class/gpio/export';
  before(clean);
  afterEach(() => {
    chmodSync(EXPORT, 0o200);
    clean();
  });
  const asNobody = async (act: () => Promise<void>): Promise<void> => {
    process.seteuid!(NOBODY);
    try {
      await act();
    } finally {
      process.seteuid!(0);
    }
  };

  it('says what to do where the lines may not be used', async () => {
    const words = /\/sys\/class\/gpio may not be used by the user .*\(EACCES\).*usermod -aG gpio/;
    await asNobody(() => assert.rejects(driverOf().open([output(4)]), unavailable(words)));
    // Exported, but its files are given to nobody else.
    chmodSync(EXPORT, 0o222);
    await asNobody(() => assert.rejects(driverOf().open([output(4)]), unavailable(words)));
  });

  it('waits until udev has given the files of a line to its group', async () => {
    chmodSync(EXPORT, 0o222);
    const udev = spawn(
      'sh',
      [
        '-c',
        `echo ready; while [ ! -e ${fileOf(4, 'value')} ]; do :; done; cd ${fileOf(4, '.')}; chmod a+rw *`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const ended = once(udev, 'exit');
    await once(udev.stdout, 'data');
    const driver = driverOf();
    await asNobody(async () => {
      await driver.open([output(4, { initial: true })]);
      assert.equal(level(4), true);
      await driver.write(new Map([[4, false]]));
      assert.deepEqual(await driver.read([4]), new Map([[4, false]]));
    });
    assert.equal(level(4), false);
    await ended;
  });
});

describe('sysfs on a chip that is unplugged', () => {
  it('makes its board unavailable until it is back, and is then opened as new', async () => {
    const usb = plugIn('usb-sysfs', 4);
    const driver = new SysfsDriver('usb sysfs', { chip: 'usb-sysfs', consumer: 'test' });
    const lines = [{ line: 1, activeLow: false, initial: false }] as const;
    try {
      await driver.open(lines);
      await driver.write(new Map([[1, true]]));
      assert.equal(level(1, usb.pins), true);
      usb.plug(false);
      await assert.rejects(driver.write(new Map([[1, false]])), unavailable(/is gone.*Connect/));
      await assert.rejects(driver.read([1]), unavailable(/./));
      await driver.release();
      await assert.rejects(driver.open(lines), unavailable(/no chip "usb-sysfs"/));
      usb.plug(true);
      await driver.open(lines);
      assert.deepEqual([...(await driver.read([1])).values()], [false]);
      await driver.release();
    } finally {
      forgetSysfs('usb sysfs');
      usb.remove();
    }
  });
});
