import { closeSync, openSync } from 'node:fs';
import * as layout from './layout.ts';
import type { LineConfig } from './layout.ts';
import type { Ioctl } from './system.ts';

/** What a line is now, whoever holds it. */
export interface LineInfo {
  readonly line: number;
  /** As the device tree names it; often empty. */
  readonly name: string;
  readonly used: boolean;
  /** What the holder calls itself; empty where nobody does, or does not say. */
  readonly consumer: string;
  readonly direction: 'input' | 'output';
  readonly activeLow: boolean;
}

/**
 * An open chip. Everything here is one system call, made at once: memory of the processor for the chips of a board,
 * a message of a millisecond for those on I2C. Throws what the kernel refuses, unexplained.
 */
export class Chip {
  readonly path: string;
  readonly name: string;
  readonly label: string;
  readonly lines: number;
  readonly #ioctl: Ioctl;
  readonly #fd: number;

  constructor(path: string, ioctl: Ioctl) {
    this.path = path;
    this.#ioctl = ioctl;
    this.#fd = openSync(path, 'r+');
    try {
      const info = Buffer.alloc(layout.SIZES.chipInfo);
      ioctl(this.#fd, layout.IOCTL.chipInfo, info);
      ({ name: this.name, label: this.label, lines: this.lines } = layout.decodeChipInfo(info));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  lineInfo(line: number): LineInfo {
    const buffer = layout.encodeLineInfo(line);
    this.#ioctl(this.#fd, layout.IOCTL.lineInfo, buffer);
    const { flags, ...info } = layout.decodeLineInfo(buffer);
    return {
      ...info,
      used: (flags & layout.FLAGS.used) !== 0n,
      direction: (flags & layout.FLAGS.output) === 0n ? 'input' : 'output',
      activeLow: (flags & layout.FLAGS.activeLow) !== 0n,
    };
  }

  /** Takes these lines, all or none. They stay taken when the chip is closed. */
  request(lines: readonly number[], consumer: string, config: LineConfig): LineRequest {
    const buffer = layout.encodeRequest({ lines, consumer, config });
    this.#ioctl(this.#fd, layout.IOCTL.getLine, buffer);
    return new LineRequest(layout.decodeRequestFd(buffer), this.#ioctl);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** Lines that are taken, until it is closed. Bit n of values and masks is the n-th line of the request. */
export class LineRequest {
  readonly fd: number;
  readonly #ioctl: Ioctl;
  #closed = false;

  constructor(fd: number, ioctl: Ioctl) {
    this.fd = fd;
    this.#ioctl = ioctl;
  }

  /** What is on the lines: active or not, which is low or high where a line is active low. */
  get(mask: bigint): bigint {
    const values = layout.encodeValues(0n, mask);
    this.#ioctl(this.fd, layout.IOCTL.getValues, values);
    return layout.decodeValues(values);
  }

  /** Sets the lines of the mask, all at once where the chip can. */
  set(bits: bigint, mask: bigint): void {
    this.#ioctl(this.fd, layout.IOCTL.setValues, layout.encodeValues(bits, mask));
  }

  /** Changes what the lines are without letting go of them. */
  configure(config: LineConfig): void {
    this.#ioctl(this.fd, layout.IOCTL.setConfig, layout.encodeConfig(config));
  }

  /** Lets go of the lines. What they become then is up to the chip's driver in the kernel. */
  close(): void {
    // A second time it would close whatever has got the number meanwhile.
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.fd);
  }
}
