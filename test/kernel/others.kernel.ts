import assert from 'node:assert/strict';
import { FactoryError } from '../../lib/base/errors.ts';
import { ChardevDriver, forgetChardev } from '../../lib/gpio/chardev.ts';
import { findChip, listChips } from '../../lib/gpio/chips.ts';
import { createDriver, forgetBoard } from '../../lib/gpio/drivers.ts';
import { LineSet } from '../../lib/gpio/line-set.ts';
import { requestLines } from '../../lib/gpio/request-lines.ts';
import { loadIoctl } from '../../lib/gpio/system.ts';
import { Chip } from '../../lib/gpio/uapi.ts';
import { holder } from './others.ts';
import type { Holder } from './others.ts';
import { CHIP, LABEL, level, levels, LINES, openRequests, plugIn, pullAllDown } from './pins.ts';
import type { Plug } from './pins.ts';

const BOARD = 'others';
const output = (line: number) => ({ line, activeLow: false, initial: true }) as const;
const unavailable =
  (words: RegExp) =>
  (error: unknown): boolean =>
    error instanceof FactoryError && error.code === 'unavailable' && words.test(error.toString());
const infoOf = async (line: number) => (await listChips()).find(({ label }) => label === LABEL)!.lines[line]!;

describe('a chip with others on it', () => {
  let other: Holder | undefined;
  let driver: ChardevDriver;
  beforeEach(() => (driver = new ChardevDriver(BOARD, { chip: CHIP, consumer: 'factory-iot:others' })));
  afterEach(async () => {
    await other?.kill();
    other = undefined;
    forgetChardev(BOARD);
    pullAllDown();
  });

  it('is listed with its lines and who holds them', async () => {
    await driver.open([{ line: 4, activeLow: true, initial: false }]);
    assert.deepEqual(await infoOf(4), {
      line: 4,
      name: 'GPIO4',
      used: true,
      consumer: 'factory-iot:others',
      direction: 'output',
      activeLow: true,
    });
    const { used, consumer } = await infoOf(5);
    assert.deepEqual([used, consumer], [false, '']);
    assert.equal((await listChips()).find(({ path }) => path === CHIP)?.lines.length, LINES);
  });

  it('is found by its label, name, number and path', async () => {
    const ioctl = await loadIoctl();
    const name = CHIP.replace('/dev/', '');
    for (const chip of [LABEL, name, name.replace('gpiochip', ''), CHIP])
      assert.equal(findChip(chip, ioctl), CHIP);
    assert.throws(() => findChip('unknown', ioctl), unavailable(/no GPIO chip.*"factory-sim"/));
  });

  it('has no other lines than its own', async () => {
    await assert.rejects(driver.open([output(LINES)]), unavailable(/no line 16, only 0 to 15/));
  });

  it('names who holds a line, and gives none of the others then', async () => {
    other = await holder('other program', '5=0');
    await assert.rejects(
      driver.open([output(4), output(5), output(6)]),
      unavailable(/line 5 .* is held by "other program".*gpioinfo/),
    );
    assert.deepEqual(levels(4, 5, 6), [false, false, false]);
    assert.deepEqual([(await infoOf(4)).used, (await infoOf(6)).used], [false, false]);
    assert.equal(openRequests(), 0);
    await other.kill();
    other = undefined;
    await driver.open([output(4), output(5), output(6)]);
    assert.deepEqual(levels(4, 5, 6), [true, true, true]);
  });

  it('names who took a line in the moment before', async () => {
    other = await holder('other program', '5=0');
    const chip = new Chip(CHIP, await loadIoctl());
    const set = new LineSet([output(4), output(5)]);
    try {
      assert.throws(
        () => requestLines(chip, set, 'too late', set.untouched()),
        unavailable(/line 5 .* is held by "other program"/),
      );
      assert.equal(chip.lineInfo(4).used, false);
    } finally {
      chip.close();
    }
  });

  it('leaves a board as it is that asks for a line more than it can have', async () => {
    other = await holder('other program', '5=0');
    await driver.open([output(4)]);
    await assert.rejects(driver.open([output(4), output(5)]), unavailable(/line 5/));
    assert.equal(level(4), true);
    assert.equal((await infoOf(4)).used, true);
  });

  it('has free lines again when a program is killed that held them', async () => {
    const victim = await holder('victim', '6=1');
    assert.equal(level(6), true);
    await victim.kill();
    assert.equal((await infoOf(6)).used, false);
    // What it becomes is up to the chip, so it is told and not judged: this one goes back to its pull.
    console.log(`      a line that was high when its program was killed is now ${level(6) ? 'high' : 'low'}`);
    await driver.open([output(6)]);
  });

  it('gives a board that moved to another driver no lines to hold', async () => {
    const board = createDriver('chardev', BOARD, { chip: LABEL, name: 'Cabinet' });
    await board.open([output(4)]);
    assert.equal((await infoOf(4)).consumer, 'factory-iot:Cabinet');
    await board.release();
    createDriver('simulated', BOARD);
    assert.equal((await infoOf(4)).used, false);
    forgetBoard(BOARD);
  });
});

describe('a chip that is unplugged', () => {
  let usb: Plug;
  before(() => void (usb = plugIn('usb-gpio', 4)));
  after(() => {
    forgetChardev('usb');
    usb.remove();
  });

  it('makes its board unavailable until it is back, and is then opened as new', async () => {
    const driver = new ChardevDriver('usb', { chip: 'usb-gpio', consumer: 'test' });
    const lines = [{ line: 1, activeLow: false, initial: false }] as const;
    await driver.open(lines);
    await driver.write(new Map([[1, true]]));
    assert.equal(level(1, usb.pins), true);
    usb.plug(false);
    await assert.rejects(driver.write(new Map([[1, false]])), unavailable(/is gone.*Connect/));
    await assert.rejects(driver.read([1]), unavailable(/./));
    await driver.release();
    await assert.rejects(driver.open(lines), unavailable(/no GPIO chip has the label "usb-gpio"/));
    assert.equal(openRequests(), 0);
    usb.plug(true);
    await driver.open(lines);
    assert.deepEqual([...(await driver.read([1])).values()], [false]);
    await driver.release();
  });
});
