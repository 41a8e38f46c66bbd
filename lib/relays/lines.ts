import { FactoryError } from '../base/errors.ts';
import type { GpioDriver } from '../gpio/driver.ts';
import type { Action } from './relay.ts';

export interface Switched {
  /** What the line was. */
  readonly before: boolean;
  readonly wanted: boolean;
  /** What it is now, as read back. */
  readonly after: boolean;
}

/**
 * Carries out an action on one line. What the line is, is read and never remembered: someone may have moved
 * it. Undefined, with nothing moved, where it is no longer valid once that is read: a bus may be slow. Rejects as
 * the driver does.
 */
export async function switchLine(
  driver: GpioDriver,
  line: number,
  action: Action,
  isStillValid: () => boolean,
): Promise<Switched | undefined> {
  const before = await readLine(driver, line);
  const wanted = action === 'toggle' ? !before : action === 'on';
  if (before === wanted) return { before, wanted, after: before };
  if (!isStillValid()) return undefined;
  await driver.write(new Map([[line, wanted]]));
  return { before, wanted, after: await readLine(driver, line) };
}

/** What all these lines are. Rejects as the driver does, and with `unavailable` where it leaves one out. */
export async function readLines(
  driver: GpioDriver,
  lines: readonly number[],
): Promise<ReadonlyMap<number, boolean>> {
  const levels = await driver.read(lines);
  const missing = lines.find((line) => !levels.has(line));
  if (missing === undefined) return levels;
  throw new FactoryError('unavailable', `the driver does not tell what line ${missing} is`);
}

async function readLine(driver: GpioDriver, line: number): Promise<boolean> {
  return (await readLines(driver, [line])).get(line)!;
}
