import { openSync, readSync, writeSync } from 'node:fs';
import { FactoryError } from '../../lib/base/errors.ts';
import type { GpioDriver, OutputLine } from '../../lib/gpio/driver.ts';

/**
 * Pins that outlive the process that moves them, as those of a real chip do: one byte a line in a file, '1' for high.
 * What was written is with the kernel, and so there after a SIGKILL.
 */
export class PinsInAFile implements GpioDriver {
  readonly simulated = true;
  readonly verified = 'line';
  readonly #file: number;
  readonly #lines = new Map<number, OutputLine>();

  /** The file is there and holds a byte for each line. */
  constructor(path: string) {
    this.#file = openSync(path, 'r+');
  }

  async open(lines: readonly OutputLine[]): Promise<void> {
    for (const line of lines) {
      // A line that this process had before is found as it was left.
      const isNew = !this.#lines.has(line.line);
      this.#lines.set(line.line, line);
      if (isNew && line.initial !== 'keep') this.#set(line, line.initial);
    }
  }

  async write(levels: ReadonlyMap<number, boolean>): Promise<void> {
    for (const [line, on] of levels) this.#set(this.#taken(line), on);
  }

  async read(lines: readonly number[]): Promise<Map<number, boolean>> {
    return new Map(lines.map((line) => [line, this.#get(this.#taken(line))]));
  }

  setAtExit(levels: ReadonlyMap<number, boolean>): void {
    for (const [line, on] of levels) this.#set(this.#taken(line), on);
  }

  async release(): Promise<void> {}

  #set({ line, activeLow }: OutputLine, on: boolean): void {
    writeSync(this.#file, on !== activeLow ? '1' : '0', line);
  }

  #get({ line, activeLow }: OutputLine): boolean {
    const byte = Buffer.alloc(1);
    readSync(this.#file, byte, 0, 1, line);
    return (byte.toString() === '1') !== activeLow;
  }

  #taken(line: number): OutputLine {
    const taken = this.#lines.get(line);
    if (taken) return taken;
    throw new FactoryError('unavailable', `line ${line} is not open`);
  }
}
