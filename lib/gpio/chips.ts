import { readdirSync, realpathSync } from 'node:fs';
import { FactoryError } from '../base/errors.ts';
import { quote } from '../base/text.ts';
import { codeOf, explain } from './gpio-errors.ts';
import { loadIoctl } from './system.ts';
import type { Ioctl } from './system.ts';
import { Chip } from './uapi.ts';
import type { LineInfo } from './uapi.ts';

/** A chip with its lines, as a dialog shows it. */
export interface ChipInfo {
  readonly path: string;
  readonly name: string;
  readonly label: string;
  readonly lines: readonly LineInfo[];
}

const DEVICES = '/dev';

/**
 * The chips of this machine; none is no error. Rejects with `unavailable` where lines cannot be reached at all, or
 * none of the chips may be used.
 */
export async function listChips(): Promise<ChipInfo[]> {
  const { found, refused } = lookAtAll(await loadIoctl(), infoOf);
  if (found.length === 0 && refused) throw refused;
  return found;
}

/** The chip that a person means, with its lines. Rejects with `unavailable` where it cannot be looked at. */
export async function lookAtChip(wanted: string): Promise<ChipInfo> {
  const ioctl = await loadIoctl();
  const path = findChip(wanted, ioctl);
  try {
    const chip = new Chip(path, ioctl);
    try {
      return infoOf(chip);
    } finally {
      chip.close();
    }
  } catch (error) {
    throw explain(error, path);
  }
}

/**
 * The path that a person means by a path (`/dev/gpiochip0`), a number (`0`), a name (`gpiochip0`) or a label
 * (`pinctrl-bcm2711`). Labels stay where numbers move from one kernel to the next. Throws `unavailable` where no
 * chip, or more than one, has the label.
 */
export function findChip(chip: string, ioctl: Ioctl): string {
  const direct = pathOf(chip);
  if (direct !== undefined) return direct;
  const { found, refused } = lookAtAll(ioctl, ({ path, label }) => ({ path, label }));
  const [match, ...more] = found.filter(({ label }) => label === chip);
  if (match && more.length === 0) return match.path;
  if (match) {
    const paths = [match, ...more].map(({ path }) => path).join(', ');
    throw new FactoryError('unavailable', `the label ${quote(chip)} is that of ${paths}`, {
      remedy: 'Choose one of them by its path',
    });
  }
  if (refused) throw refused;
  const labels = found.map(({ label }) => quote(label)).join(', ');
  throw new FactoryError(
    'unavailable',
    found.length === 0
      ? 'this machine shows no GPIO chip'
      : `no GPIO chip has the label ${quote(chip)}; there are ${labels}`,
    {
      remedy:
        found.length === 0
          ? 'Check that /dev/gpiochip0 is there; a container must be given it (--device)'
          : 'Choose one of these labels, or a path',
    },
  );
}

/** The path that needs no looking; undefined for a label. */
export function pathOf(chip: string): string | undefined {
  if (chip.startsWith('/')) return chip;
  const number = /^(?:gpiochip)?(\d{1,4})$/.exec(chip)?.[1];
  return number === undefined ? undefined : `${DEVICES}/gpiochip${Number(number)}`;
}

function infoOf(chip: Chip): ChipInfo {
  return {
    path: chip.path,
    name: chip.name,
    label: chip.label,
    lines: Array.from({ length: chip.lines }, (_, line) => chip.lineInfo(line)),
  };
}

/** The chips among the names of a folder of devices, in the order of their numbers. */
export function chipNames(names: readonly string[]): string[] {
  const number = (name: string): number => Number(name.slice('gpiochip'.length));
  return names
    .filter((name) => /^gpiochip\d+$/.test(name))
    .toSorted((one, other) => number(one) - number(other));
}

/** What `look` makes of each chip, and why the first of the others could not be opened. */
function lookAtAll<T>(ioctl: Ioctl, look: (chip: Chip) => T): { found: T[]; refused?: FactoryError } {
  const seen = new Set<string>();
  const found: T[] = [];
  let refused: FactoryError | undefined;
  for (const name of chipNames(readdirSync(DEVICES))) {
    const path = `${DEVICES}/${name}`;
    try {
      // Some systems give a chip a second name by a link.
      const real = realpathSync(path);
      if (seen.has(real)) continue;
      seen.add(real);
      const chip = new Chip(path, ioctl);
      try {
        found.push(look(chip));
      } finally {
        chip.close();
      }
    } catch (error) {
      // Unplugged while we look: not there is not refused.
      if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'ENODEV') refused ??= explain(error, path);
    }
  }
  return refused ? { found, refused } : { found };
}
