import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { FactoryError } from '../base/errors.ts';
import { quote } from '../base/text.ts';
import { chipNames, pathOf } from './chips.ts';

/** A chip as /sys/class/gpio has it: its lines are counted from `base`, together with those of all other chips. */
export interface SysfsChip {
  readonly label: string;
  readonly base: number;
  /** How many lines it has. */
  readonly lines: number;
}

interface Found extends SysfsChip {
  /** `gpiochip` and its base, which is no name of the character device. */
  readonly name: string;
  /** The hardware behind it; undefined where the kernel does not say. */
  readonly device: string | undefined;
}

/**
 * The chip that a person means by a path (`/dev/gpiochip0`, `/sys/class/gpio/gpiochip512`), a number (`0`), a name
 * (`gpiochip0`) or a label (`pinctrl-bcm2711`). Numbers and names are those of the character device, so that a board
 * means the same chip with both drivers; only a kernel without character devices (before 4.8) has none but those of
 * /sys/class/gpio. Throws `unavailable` where no chip, or more than one, is meant. `sys` is where sysfs is mounted.
 */
export function findSysfsChip(chip: string, sys = '/sys'): SysfsChip {
  const folder = join(sys, 'class/gpio');
  if (!existsSync(folder)) {
    throw new FactoryError('unavailable', 'this kernel has no /sys/class/gpio', {
      remedy: 'Newer systems leave it out: choose the driver "chardev" for this board',
    });
  }
  const all = chipNames(readdirSync(folder)).map((name) => look(folder, name));
  const [match, ...more] = matching(chip, all, sys);
  if (match && more.length === 0) {
    const { label, base, lines } = match;
    return { label, base, lines };
  }
  const known = all.map(({ label }) => quote(label)).join(', ') || 'none';
  if (!match) {
    throw new FactoryError(
      'unavailable',
      `/sys/class/gpio has no chip ${quote(chip)}; its labels: ${known}`,
      {
        remedy: 'Choose one of these labels',
      },
    );
  }
  const names = [match, ...more].map(({ name, label }) => `/sys/class/gpio/${name} (${label})`);
  throw new FactoryError('unavailable', `${quote(chip)} may be each of ${names.join(', ')}`, {
    remedy: 'Choose one of them by its label, or by this path',
  });
}

function matching(chip: string, all: readonly Found[], sys: string): Found[] {
  const path = pathOf(chip);
  if (path === undefined) return all.filter(({ label }) => label === chip);
  const byName = (name: string): Found[] => all.filter((found) => found.name === name);
  if (path.startsWith('/sys/class/gpio/')) return byName(basename(path));
  const devices = join(sys, 'bus/gpio/devices');
  // A kernel without character devices.
  if (!existsSync(devices)) return byName(basename(path));
  const device = real(join(devices, basename(real(path) ?? path)));
  // The chip of a character device hangs on the same hardware as that of /sys/class/gpio, or is it.
  return device === undefined
    ? []
    : all.filter((found) => found.device === device || found.device === dirname(device));
}

function look(folder: string, name: string): Found {
  const text = (file: string): string => readFileSync(join(folder, name, file), 'utf8').trim();
  return {
    name,
    label: text('label'),
    base: Number(text('base')),
    lines: Number(text('ngpio')),
    device: real(join(folder, name, 'device')),
  };
}

function real(path: string): string | undefined {
  return existsSync(path) ? realpathSync(path) : undefined;
}
