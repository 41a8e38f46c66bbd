import { FactoryError } from '../base/errors.ts';
import type { GpioDriver } from '../gpio/driver.ts';
import type { Move } from './relay.ts';
import type { Outcome } from './result.ts';

export interface Switched {
  /** What the line was. */
  readonly before: boolean;
  readonly wanted: boolean;
  /** True if the line was written, also where it had that level already but uncertainly. */
  readonly isWritten: boolean;
  /** What it is now, as read back. */
  readonly after: boolean;
}

/**
 * Carries out an action on one line. What the line is, is read and never remembered: someone may have moved
 * it. Where `judge` says no once that is known, that is the outcome, and nothing was moved. Rejects as the driver
 * does.
 */
export async function switchLine(
  driver: GpioDriver,
  line: number,
  move: Move,
  judge: (wanted: boolean) => Promise<Outcome | undefined>,
): Promise<Switched | Outcome> {
  const before = await readLine(driver, line);
  const wanted = move === 'toggle' ? !before : move === 'on';
  // What is uncertain is written all the same: only a fresh read-back tells that it is so.
  if (before === wanted && driver.doubt?.(line) === undefined) {
    return { before, wanted, after: before, isWritten: false };
  }
  const refused = await judge(wanted);
  if (refused) return { ...refused, state: before };
  await driver.write(new Map([[line, wanted]]));
  return { before, wanted, after: await readLine(driver, line), isWritten: true };
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
