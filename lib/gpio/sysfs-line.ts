import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Gpio } from 'onoff';
import { codeOf } from './gpio-errors.ts';
import { loadOnoff } from './onoff.ts';

const ROOT = '/sys/class/gpio';
/** How long udev may take to give the files of a line to the group "gpio", milliseconds. */
const PERMISSION_MS = 2000;
const PERMISSION_EACH_MS = 20;

const fileOf = (number: number, file: string): string => `${ROOT}/gpio${number}/${file}`;

/** Whether a line is exported, by whomever: sysfs does not say. */
export function isExported(number: number): boolean {
  return existsSync(`${ROOT}/gpio${number}`);
}

/**
 * Exports a line; its pin stays as it is. Throws what the kernel refuses, EBUSY where someone holds the line. By
 * ourselves, because onoff would make it an input or an output in the same breath, before anyone knows what it was.
 */
export function exportLine(number: number): void {
  writeFileSync(`${ROOT}/export`, String(number));
}

/** Undoes {@link exportLine} where nothing came of it. */
export function unexportLine(number: number): void {
  try {
    writeFileSync(`${ROOT}/unexport`, String(number));
  } catch {
    // It is gone already.
  }
}

/** Waits until this user may use an exported line. Rejects with what the kernel refuses, once udev had its time. */
export async function permitted(number: number): Promise<void> {
  const files = ['value', 'direction', 'active_low']
    .map((name) => fileOf(number, name))
    // A chip of outputs only has no direction.
    .filter((file) => existsSync(file));
  const deadline = performance.now() + PERMISSION_MS;
  for (;;) {
    try {
      for (const file of files) accessSync(file, constants.R_OK | constants.W_OK);
      return;
    } catch (error) {
      if (performance.now() >= deadline) throw error;
      await delay(PERMISSION_EACH_MS);
    }
  }
}

/** An exported line, in high and low: what is on and off is for who uses it. Throws what the kernel refuses. */
export class SysfsLine {
  readonly #number: number;
  readonly #gpio: Gpio;

  /** Moves no pin: the direction that onoff is asked for is the one that the line has. */
  constructor(number: number) {
    this.#number = number;
    const { Gpio } = loadOnoff();
    this.#gpio = new Gpio(number, this.#isOutput() ? 'out' : 'in', undefined, {
      activeLow: false,
      reconfigureDirection: false,
    });
  }

  get high(): boolean {
    return this.#gpio.readSync() === 1;
  }

  set high(high: boolean) {
    this.#gpio.writeSync(high ? 1 : 0);
  }

  /**
   * Makes it an output that is at this level from its first moment on; undefined: at the one that it has, which an output
   * keeps without being written.
   */
  drive(wanted: boolean | undefined): void {
    // Whoever exported it before may have turned it round. That concerns values only, and moves nothing. onoff tries it
    // too, but is silent where it fails.
    if (this.#gpio.activeLow()) this.#gpio.setActiveLow(false);
    if (!this.#isOutput()) this.#gpio.setDirection((wanted ?? this.high) ? 'high' : 'low');
    // Also where it reads so already: what is read may be what the world outside forces upon the pin.
    else if (wanted !== undefined) this.high = wanted;
  }

  /** Gives it back to the kernel. What it becomes is up to the chip. Never throws. */
  unexport(): void {
    try {
      this.#gpio.unexport();
    } catch {
      // It is gone already.
    }
  }

  #isOutput(): boolean {
    try {
      return readFileSync(fileOf(this.#number, 'direction'), 'utf8').trim() === 'out';
    } catch (error) {
      // A chip of outputs only.
      if (codeOf(error) === 'ENOENT' && isExported(this.#number)) return true;
      throw error;
    }
  }
}
