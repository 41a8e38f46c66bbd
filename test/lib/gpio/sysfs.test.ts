import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FactoryError } from '../../../lib/base/errors.ts';
import { createDriver } from '../../../lib/gpio/drivers.ts';
import { busy } from '../../../lib/gpio/gpio-errors.ts';
import { loadOnoff } from '../../../lib/gpio/onoff.ts';
import { findSysfsChip } from '../../../lib/gpio/sysfs-chips.ts';

const is =
  (code: string, words: RegExp) =>
  (error: unknown): boolean =>
    error instanceof FactoryError && error.code === code && words.test(error.toString());

describe('the base of a chip in /sys/class/gpio', () => {
  let sys: string;
  beforeEach(() => (sys = mkdtempSync(join(tmpdir(), 'factory-iot-sys-'))));
  afterEach(() => rmSync(sys, { recursive: true }));

  /** As the kernel shows a chip; `device` is the hardware, `name` that of its character device. */
  function chip(label: string, base: number, device: string, name?: string): void {
    const hardware = join(sys, 'devices', device);
    const folder = join(hardware, `gpio/gpiochip${base}`);
    mkdirSync(folder, { recursive: true });
    for (const [file, text] of Object.entries({ label, base, ngpio: 54 }))
      writeFileSync(join(folder, file), `${text}\n`);
    symlinkSync(hardware, join(folder, 'device'));
    mkdirSync(join(sys, 'class/gpio'), { recursive: true });
    symlinkSync(folder, join(sys, 'class/gpio', `gpiochip${base}`));
    if (name === undefined) return;
    mkdirSync(join(hardware, name));
    mkdirSync(join(sys, 'bus/gpio/devices'), { recursive: true });
    symlinkSync(join(hardware, name), join(sys, 'bus/gpio/devices', name));
  }
  /** A Raspberry Pi 4 with a kernel that counts from 512. */
  function raspberryPi(): void {
    chip('pinctrl-bcm2711', 512, 'fe200000.gpio', 'gpiochip0');
    chip('raspberrypi-exp-gpio', 570, 'expgpio', 'gpiochip1');
  }

  it('is found by the label', () => {
    raspberryPi();
    const found = { label: 'pinctrl-bcm2711', base: 512, lines: 54 };
    assert.deepEqual(findSysfsChip('pinctrl-bcm2711', sys), found);
    assert.equal(findSysfsChip('raspberrypi-exp-gpio', sys).base, 570);
  });

  it('is found by what the character device is called', () => {
    raspberryPi();
    for (const name of ['/dev/gpiochip1', 'gpiochip1', '1']) assert.equal(findSysfsChip(name, sys).base, 570);
    assert.throws(() => findSysfsChip('gpiochip512', sys), is('unavailable', /no chip "gpiochip512"/));
  });

  it('is found by the path that sysfs has for it', () => {
    raspberryPi();
    assert.equal(findSysfsChip('/sys/class/gpio/gpiochip570', sys).label, 'raspberrypi-exp-gpio');
  });

  it('is that of the name where the kernel is too old for character devices', () => {
    chip('pinctrl-bcm2835', 0, '20200000.gpio');
    for (const name of ['gpiochip0', '0', 'pinctrl-bcm2835'])
      assert.equal(findSysfsChip(name, sys).label, 'pinctrl-bcm2835');
  });

  it('is none where nothing is called so', () => {
    raspberryPi();
    assert.throws(
      () => findSysfsChip('pinctrl', sys),
      is('unavailable', /no chip "pinctrl"; its labels: "pinctrl-bcm2711", "raspberrypi-exp-gpio"/),
    );
  });

  it('is none where more than one is meant', () => {
    chip('bank', 400, 'one', 'gpiochip0');
    chip('bank', 410, 'two', 'gpiochip1');
    assert.throws(
      () => findSysfsChip('bank', sys),
      is('unavailable', /each of \/sys\/class\/gpio\/gpiochip400 \(bank\), .*gpiochip410.*this path/),
    );
    assert.equal(findSysfsChip('1', sys).base, 410);
  });

  it('sends to the character device where the kernel has no /sys/class/gpio', () => {
    assert.throws(
      () => findSysfsChip('0', sys),
      is('unavailable', /no \/sys\/class\/gpio.*driver "chardev"/),
    );
  });
});

describe('onoff', () => {
  it('is loaded without anything that was compiled, and only for us', () => {
    const require = createRequire(import.meta.url);
    const path = require.resolve('onoff');
    const before = require.cache[path];
    assert.equal(typeof loadOnoff('linux').Gpio, 'function');
    assert.equal(loadOnoff('linux'), loadOnoff('linux'));
    assert.equal(require.cache[path], before);
    assert.equal(require.cache[createRequire(path).resolve('epoll')], undefined);
  });

  it('is not looked for on other systems', () => {
    assert.throws(() => loadOnoff('darwin'), is('unavailable', /need Linux, and this is darwin/));
  });
});

describe('the driver "sysfs"', () => {
  it('is made with a chip, and is not simulated', () => {
    assert.equal(createDriver('sysfs', 'none', { chip: 'pinctrl-bcm2711' }).simulated, false);
    assert.throws(() => createDriver('sysfs', 'none'), is('config', /on which chip/));
  });

  it('is unavailable where the chip is not there, and lets go without harm', async () => {
    const driver = createDriver('sysfs', 'none', { chip: 'no such label' });
    const lines = [{ line: 17, activeLow: true, initial: false }] as const;
    await assert.rejects(driver.open(lines), is('unavailable', /\/sys\/class\/gpio/));
    await assert.rejects(driver.read([17]), is('unavailable', /line 17 is not open/));
    await assert.rejects(driver.write(new Map([[17, true]])), is('unavailable', /line 17 is not open/));
    driver.setAtExit(new Map([[17, true]]));
    await driver.release();
  });

  it('says of lines that were left exported what ends that', () => {
    assert.match(busy(4, 'sysfs', '/dev/x').toString(), /held by "sysfs".*"unexport"/);
  });
});
