import { mkdtempSync, openSync, readlinkSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FLAGS, IOCTL } from '../../../lib/gpio/layout.ts';
import { SystemError } from '../../../lib/gpio/system.ts';
import type { Ioctl } from '../../../lib/gpio/system.ts';

interface Pin {
  high: boolean;
  isOutput: boolean;
  /** Undefined while nobody has it. */
  consumer: string | undefined;
}

interface Request {
  readonly fd: number;
  readonly file: string;
  readonly pins: readonly Pin[];
  activeLow: readonly boolean[];
}

/**
 * The GPIO character device of a kernel, as far as outputs go, with chips that fall back to low what nobody holds. Chips and
 * requests are files, so that opening and closing them is what it is; a request that is closed is noticed when the kernel is
 * next asked. The tests in a virtual machine hold the driver against a real kernel.
 */
export class FakeKernel {
  readonly #folder = realpathSync(mkdtempSync(join(tmpdir(), 'factory-iot-kernel-')));
  readonly #chips = new Map<string, Pin[]>();
  readonly #requests = new Map<number, Request>();
  #count = 0;

  /** A new chip with 8 lines that are low; its path. */
  plug(): string {
    const path = join(this.#folder, `chip${++this.#count}`);
    writeFileSync(path, '');
    this.#chips.set(
      path,
      Array.from({ length: 8 }, () => ({ high: false, isOutput: false, consumer: undefined })),
    );
    return path;
  }

  pin(path: string, line: number): Pin {
    this.#settle();
    return this.#chips.get(path)![line]!;
  }

  clean(): void {
    rmSync(this.#folder, { recursive: true });
  }

  readonly ioctl: Ioctl = (fd, command, argument) => {
    this.#settle();
    const path = readlinkSync(`/proc/self/fd/${fd}`);
    const chip = this.#chips.get(path);
    if (chip) this.#askChip(path, chip, command, argument);
    else this.#askRequest(this.#requests.get(fd), command, argument);
  };

  #askChip(path: string, chip: Pin[], command: number, argument: Buffer): void {
    if (command === IOCTL.chipInfo) {
      argument.write(path.slice(-5), 32);
      argument.writeUInt32LE(chip.length, 64);
    } else if (command === IOCTL.lineInfo) {
      const { consumer, isOutput } = chip[argument.readUInt32LE(64)]!;
      argument.write(consumer ?? '', 32);
      argument.writeBigUInt64LE(
        (consumer === undefined ? 0n : FLAGS.used) | (isOutput ? FLAGS.output : FLAGS.input),
        72,
      );
    } else if (command === IOCTL.getLine) {
      const lines = Array.from({ length: argument.readUInt32LE(560) }, (_, index) =>
        argument.readUInt32LE(index * 4),
      );
      const pins = lines.map((line) => chip[line]!);
      if (pins.some(({ consumer }) => consumer !== undefined)) throw new SystemError('EBUSY');
      const file = join(this.#folder, `request${++this.#count}`);
      const request: Request = { fd: openSync(file, 'w'), file, pins, activeLow: [] };
      const consumer = argument.toString('utf8', 256, 288).replace(/\0.*$/, '');
      for (const pin of pins) pin.consumer = consumer;
      this.#configure(request, argument.subarray(288));
      this.#requests.set(request.fd, request);
      argument.writeInt32LE(request.fd, 588);
    } else throw new SystemError('ENOTTY');
  }

  #askRequest(request: Request | undefined, command: number, argument: Buffer): void {
    if (!request) throw new SystemError('ENOTTY');
    const { pins, activeLow } = request;
    if (command === IOCTL.setConfig) this.#configure(request, argument);
    else if (command === IOCTL.getValues) {
      const bits = pins.map(({ high }, index) => (high !== activeLow[index] ? 1n << BigInt(index) : 0n));
      argument.writeBigUInt64LE(bits.reduce((sum, bit) => sum | bit, 0n) & argument.readBigUInt64LE(8), 0);
    } else if (command === IOCTL.setValues) {
      this.#write(request, argument.readBigUInt64LE(0), argument.readBigUInt64LE(8));
    } else throw new SystemError('ENOTTY');
  }

  #configure(request: Request, config: Buffer): void {
    const flags = config.readBigUInt64LE(0);
    const attributes = Array.from({ length: config.readUInt32LE(8) }, (_, index) => 32 + index * 24);
    const low = attributes.find((at) => config.readUInt32LE(at) === 1);
    const mask = low === undefined ? 0n : config.readBigUInt64LE(low + 16);
    request.activeLow = request.pins.map((_, index) => (mask & (1n << BigInt(index))) !== 0n);
    if ((flags & FLAGS.output) === 0n) return;
    for (const pin of request.pins) pin.isOutput = true;
    for (const at of attributes.filter((each) => config.readUInt32LE(each) === 2))
      this.#write(request, config.readBigUInt64LE(at + 8), config.readBigUInt64LE(at + 16));
  }

  #write({ pins, activeLow }: Request, bits: bigint, mask: bigint): void {
    pins.forEach((pin, index) => {
      const bit = 1n << BigInt(index);
      if ((mask & bit) !== 0n) pin.high = ((bits & bit) !== 0n) !== activeLow[index];
    });
  }

  /** What was closed since is nobody's, and falls back. */
  #settle(): void {
    for (const { fd, file, pins } of Array.from(this.#requests.values())) {
      if (fileOf(fd) === file) continue;
      this.#requests.delete(fd);
      for (const pin of pins) Object.assign(pin, { high: false, isOutput: false, consumer: undefined });
    }
  }
}

function fileOf(fd: number): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined;
  }
}
