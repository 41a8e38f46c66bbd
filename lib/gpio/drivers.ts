import type { Clock } from '../base/clock.ts';
import { FactoryError } from '../base/errors.ts';
import { checkText, quote } from '../base/text.ts';
import { ChardevDriver, forgetChardev } from './chardev.ts';
import type { GpioDriver } from './driver.ts';
import { BIASES } from './line-set.ts';
import type { Bias } from './line-set.ts';
import { forgetMessages } from './message-port.ts';
import { parseMessageSettings } from './message-settings.ts';
import { MessageDriver } from './message.ts';
import { forgetSimulated, SimulatedDriver } from './simulated.ts';
import { forgetSysfs, SysfsDriver } from './sysfs.ts';

/** How long the name of a chip may be. */
const MAX_CHIP = 100;

/** What a board says of its hardware, as it was typed in; a driver takes what concerns it. */
export interface DriverSettings {
  /** Of `chardev` and `sysfs`: a path, a number, a name or a label. */
  readonly chip?: unknown;
  /** Of `chardev`: 'as-is' unless said otherwise. */
  readonly bias?: unknown;
  /** What people call the board; other programs see it as the holder of the lines. */
  readonly name?: unknown;
  /** Of `message`: see `parseMessageSettings`. */
  readonly readBack?: unknown;
  readonly answerWithin?: unknown;
  readonly staleAfter?: unknown;
  /** What time is measured by; left out: the system's clock. */
  readonly clock?: Clock;
}

type Create = (board: string, settings: DriverSettings) => GpioDriver;

/** The drivers that a board may choose, by name. */
const DRIVERS: ReadonlyMap<string, Create> = new Map<string, Create>([
  ['simulated', (board: string) => new SimulatedDriver(board)],
  ['chardev', chardev],
  ['sysfs', sysfs],
  ['message', (board, settings) => new MessageDriver(board, parseMessageSettings(settings), settings.clock)],
]);

/**
 * A driver of this kind for the board with this id. Throws `config` for a kind that there is none of (one driver in
 * the place of another would move what it should not, or nothing where it should), and for settings that it cannot
 * work with.
 */
export function createDriver(kind: string, board: string, settings: DriverSettings = {}): GpioDriver {
  const create = makerOf(kind);
  // A board that moved elsewhere must not hold lines which it can no longer switch.
  if (kind !== 'chardev') forgetChardev(board);
  if (kind !== 'sysfs') forgetSysfs(board);
  if (kind !== 'message') forgetMessages(board);
  return create(board, settings);
}

/** Throws as {@link createDriver} would, and touches nothing. */
export function checkDriver(kind: string, settings: DriverSettings = {}): void {
  const create = makerOf(kind);
  // This one has a place for its messages from when it is made; any other that is never opened has done nothing.
  if (kind === 'message') parseMessageSettings(settings);
  else create('', settings);
}

function makerOf(kind: string): (board: string, settings: DriverSettings) => GpioDriver {
  const create = DRIVERS.get(kind);
  if (create) return create;
  const known = Array.from(DRIVERS.keys(), quote).join(', ');
  throw new FactoryError('config', `there is no driver ${quote(kind)}`, {
    remedy: `Open the board and choose one of ${known}`,
  });
}

/** Lets go of whatever a board has, when it is gone for good: neither levels nor lines are kept. */
export function forgetBoard(board: string): void {
  forgetSimulated(board);
  forgetChardev(board);
  forgetSysfs(board);
  forgetMessages(board);
}

function chardev(board: string, { chip, bias = 'as-is', name }: DriverSettings): GpioDriver {
  return new ChardevDriver(board, {
    chip: chipOf(chip),
    bias: biasOf(bias),
    consumer: consumerOf(board, name),
  });
}

/** It has no bias: whoever needs one sets it in the device tree. */
function sysfs(board: string, { chip, name }: DriverSettings): GpioDriver {
  return new SysfsDriver(board, { chip: chipOf(chip), consumer: consumerOf(board, name) });
}

function consumerOf(board: string, name: unknown): string {
  return `factory-iot:${typeof name === 'string' && name !== '' ? name : board}`;
}

function chipOf(chip: unknown): string {
  const given = typeof chip === 'number' ? String(chip) : (chip ?? '');
  try {
    checkText('the chip', given, MAX_CHIP);
  } catch (error) {
    throw config((error as FactoryError).message);
  }
  const trimmed = given.trim();
  if (trimmed === '') throw config('the board does not say on which chip its lines are');
  if (trimmed.includes('\0')) throw config(`there can be no chip ${quote(trimmed)}`);
  return trimmed;
}

function biasOf(bias: unknown): Bias {
  const known = BIASES.find((each) => each === bias);
  if (known) return known;
  throw config(`the bias must be one of ${BIASES.map(quote).join(', ')}`);
}

function config(message: string): FactoryError {
  return new FactoryError('config', message, {
    remedy: 'Open the board and choose its chip, such as /dev/gpiochip0, and its bias',
  });
}
