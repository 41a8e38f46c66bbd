import assert from 'node:assert/strict';
import { FactoryError } from '../../../lib/base/errors.ts';
import { ChardevDriver, forgetChardev } from '../../../lib/gpio/chardev.ts';
import { chipNames, findChip, pathOf } from '../../../lib/gpio/chips.ts';
import { createDriver } from '../../../lib/gpio/drivers.ts';
import { busy, explain, isGone } from '../../../lib/gpio/gpio-errors.ts';
import { LineSet } from '../../../lib/gpio/line-set.ts';
import { errnoName, load, loadIoctl, SystemError } from '../../../lib/gpio/system.ts';

const is =
  (code: string, words: RegExp) =>
  (error: unknown): boolean =>
    error instanceof FactoryError && error.code === code && words.test(error.toString());

describe('the character device without hardware', () => {
  // High enough to be nowhere, so that the tests move nothing where there are real chips.
  const chip = '/dev/gpiochip9999';
  const lines = [{ line: 17, activeLow: true, initial: false }] as const;
  const driver = (): ChardevDriver => new ChardevDriver('none', { chip, consumer: 'test' });
  afterEach(() => forgetChardev('none'));

  it('is not simulated', () => assert.equal(driver().simulated, false));

  it('is unavailable, and says what is missing', async () => {
    const none = driver();
    await assert.rejects(none.open(lines), is('unavailable', /no \/dev\/gpiochip9999.*container/));
    await assert.rejects(none.read([17]), is('unavailable', /line 17 is not open/));
    await assert.rejects(none.write(new Map([[17, true]])), is('unavailable', /line 17 is not open/));
    await none.release();
  });

  it('is unavailable where the path is something else', async () => {
    const other = new ChardevDriver('none', { chip: '/dev/null', consumer: 'test' });
    await assert.rejects(other.open(lines), is('unavailable', /\/dev\/null is no GPIO chip/));
  });

  it('is unavailable where no chip has the label', async () => {
    const ioctl = await loadIoctl();
    assert.throws(() => findChip('no such label', ioctl), is('unavailable', /GPIO chip/));
  });

  it('is unavailable on other systems, and without koffi', async () => {
    const nothing = (): Promise<never> => Promise.reject(new Error('Cannot find package "koffi"'));
    await assert.rejects(load('darwin', nothing), is('unavailable', /need Linux, and this is darwin/));
    await assert.rejects(load('linux', nothing), is('unavailable', /koffi.*npm install koffi/));
  });
});

describe('the chips', () => {
  it('are named by path, number and name, and otherwise by label', () => {
    assert.equal(pathOf('/dev/gpiochip4'), '/dev/gpiochip4');
    assert.equal(pathOf('4'), '/dev/gpiochip4');
    assert.equal(pathOf('gpiochip4'), '/dev/gpiochip4');
    for (const label of ['pinctrl-bcm2711', 'gpiochip', 'gpio-sim.0-node0', '4x', ''])
      assert.equal(pathOf(label), undefined);
  });

  it('are found in the order of their numbers', () => {
    assert.deepEqual(chipNames(['gpiochip10', 'null', 'gpiochip2', 'gpiochipx', 'gpiomem', 'gpiochip0']), [
      'gpiochip0',
      'gpiochip2',
      'gpiochip10',
    ]);
  });
});

describe('what the kernel refuses', () => {
  it('has a name', () => {
    assert.equal(errnoName(16), 'EBUSY');
    assert.equal(errnoName(524), 'errno 524');
  });

  const words: [string, RegExp][] = [
    ['EACCES', /may not be used.*usermod -aG gpio/],
    ['EPERM', /may not be used.*usermod -aG gpio/],
    ['ENOENT', /there is no \/dev\/x.*ls \/dev\/gpiochip/],
    ['ENODEV', /\/dev\/x is gone.*Connect/],
    ['EINVAL', /refuses these settings.*5\.10/],
    ['ENOTTY', /no GPIO chip/],
    ['EIO', /\/dev\/x: EIO.*dmesg/],
  ];
  for (const [code, text] of words) {
    it(`is explained: ${code}`, () => {
      const error = explain(new SystemError(code), '/dev/x');
      assert.ok(is('unavailable', text)(error), error.toString());
    });
  }

  it('names who has a line', () => {
    assert.match(busy(4, 'other', '/dev/x').message, /line 4 of \/dev\/x is held by "other"/);
    assert.match(busy(4, '', '/dev/x').message, /held by the kernel or another program/);
  });

  it('tells hardware that is gone from hardware that is busy', () => {
    assert.equal(isGone(new SystemError('ENODEV')), true);
    assert.equal(isGone(new SystemError('EBUSY')), false);
    assert.equal(isGone('ENODEV'), false);
  });
});

describe('a set of lines', () => {
  const set = new LineSet([
    { line: 27, activeLow: true },
    { line: 4, activeLow: false },
    { line: 22, activeLow: true },
  ]);

  it('has its lines in the order of their numbers, whatever the order of the channels', () => {
    assert.deepEqual(set.numbers, [4, 22, 27]);
    assert.equal(set.equals(new LineSet(set.lines.toReversed())), true);
  });

  it('tells bits from levels and back', () => {
    const on = new Map([
      [27, true],
      [4, false],
    ]);
    assert.equal(set.bits(on), 0b100n);
    assert.equal(set.mask(on.keys()), 0b101n);
    assert.deepEqual(set.levels(0b100n, [27, 4]), on);
    assert.deepEqual(
      [...set.turned(on)],
      [
        [4, false],
        [27, false],
      ],
    );
  });

  it('asks for outputs that are active low by flags of their own', () => {
    assert.deepEqual(set.outputs('pull-up', new Map([[22, true]])), {
      flags: 0x108n,
      attributes: [
        { id: 'flags', value: 0x10an, mask: 0b110n },
        { id: 'values', value: 0b010n, mask: 0b111n },
      ],
    });
  });
});

describe('createDriver with settings', () => {
  it('makes a driver of real lines', () => {
    for (const chip of ['/dev/gpiochip0', ' 0 ', 0, 'pinctrl-bcm2711'])
      assert.equal(createDriver('chardev', 'none', { chip, bias: 'pull-up' }).simulated, false);
  });

  const wrong: [string, object, RegExp][] = [
    ['no chip', {}, /on which chip.*Open the board/],
    ['an empty chip', { chip: ' ' }, /on which chip/],
    ['a chip that is no text', { chip: {} }, /must be text/],
    ['a chip with a long name', { chip: 'x'.repeat(101) }, /at most 100/],
    ['a bias that there is not', { chip: '0', bias: 'up' }, /bias must be one of "as-is"/],
  ];
  for (const [what, settings, text] of wrong) {
    it(`refuses ${what}`, () => {
      assert.throws(() => createDriver('chardev', 'none', settings), is('config', text));
    });
  }
});
