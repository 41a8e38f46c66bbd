/**
 * The structures and requests of the Linux GPIO character device, version 2, as <linux/gpio.h> lays them out since
 * Linux 5.10. They are the same on every platform with little-endian numbers, 32 and 64 bits wide.
 */

/** How many lines one request holds. */
export const MAX_LINES = 64;
/** Names of lines, labels of chips and consumers, with the zero at their end. */
const NAME_SIZE = 32;

export const SIZES = {
  chipInfo: 68,
  lineInfo: 256,
  lineConfig: 272,
  lineRequest: 592,
  lineValues: 16,
  lineEvent: 48,
} as const;

const READ = 2;
const WRITE = 1;
/** _IOC of <asm-generic/ioctl.h> with the type of GPIO. */
const command = (way: number, nr: number, size: number): number =>
  ((way << 30) | (size << 16) | (0xb4 << 8) | nr) >>> 0;

export const IOCTL = {
  chipInfo: command(READ, 0x01, SIZES.chipInfo),
  lineInfo: command(READ | WRITE, 0x05, SIZES.lineInfo),
  getLine: command(READ | WRITE, 0x07, SIZES.lineRequest),
  setConfig: command(READ | WRITE, 0x0d, SIZES.lineConfig),
  getValues: command(READ | WRITE, 0x0e, SIZES.lineValues),
  setValues: command(READ | WRITE, 0x0f, SIZES.lineValues),
} as const;

/** GPIO_V2_LINE_FLAG_*. A line that is neither input nor output in a request stays what it is. */
export const FLAGS = {
  used: 1n << 0n,
  activeLow: 1n << 1n,
  input: 1n << 2n,
  output: 1n << 3n,
  edgeRising: 1n << 4n,
  edgeFalling: 1n << 5n,
  pullUp: 1n << 8n,
  pullDown: 1n << 9n,
  biasDisabled: 1n << 10n,
} as const;

/** GPIO_V2_LINE_ATTR_ID_*. */
const ATTRIBUTES = { flags: 1, values: 2, debounce: 3 } as const;
const OFFSETS = { consumer: 256, config: 288, numLines: 560, fd: 588 } as const;

/** Something that differs from line to line; bit n of `mask` and of values is the n-th line of the request. */
export interface LineAttribute {
  /** `debounce` is in microseconds. */
  readonly id: keyof typeof ATTRIBUTES;
  readonly value: bigint;
  readonly mask: bigint;
}

export interface LineConfig {
  readonly flags: bigint;
  readonly attributes: readonly LineAttribute[];
}

export interface LineRequestData {
  readonly lines: readonly number[];
  readonly consumer: string;
  readonly config: LineConfig;
}

export function encodeConfig({ flags, attributes }: LineConfig): Buffer {
  const config = Buffer.alloc(SIZES.lineConfig);
  config.writeBigUInt64LE(flags, 0);
  config.writeUInt32LE(attributes.length, 8);
  attributes.forEach(({ id, value, mask }, index) => {
    const at = 32 + index * 24;
    config.writeUInt32LE(ATTRIBUTES[id], at);
    // A debounce period has 32 bits and the rest of its place is unused: little-endian, that is one number.
    config.writeBigUInt64LE(value, at + 8);
    config.writeBigUInt64LE(mask, at + 16);
  });
  return config;
}

export function encodeRequest({ lines, consumer, config }: LineRequestData): Buffer {
  const request = Buffer.alloc(SIZES.lineRequest);
  lines.forEach((line, index) => request.writeUInt32LE(line, index * 4));
  // Buffer.write leaves out what would be half a character.
  request.write(consumer, OFFSETS.consumer, NAME_SIZE - 1);
  encodeConfig(config).copy(request, OFFSETS.config);
  request.writeUInt32LE(lines.length, OFFSETS.numLines);
  return request;
}

/** The file descriptor that the kernel has put into a request. */
export function decodeRequestFd(request: Buffer): number {
  return request.readInt32LE(OFFSETS.fd);
}

export function decodeChipInfo(info: Buffer): { name: string; label: string; lines: number } {
  return { name: text(info, 0), label: text(info, NAME_SIZE), lines: info.readUInt32LE(64) };
}

export function encodeLineInfo(line: number): Buffer {
  const info = Buffer.alloc(SIZES.lineInfo);
  info.writeUInt32LE(line, 64);
  return info;
}

export function decodeLineInfo(info: Buffer): {
  line: number;
  name: string;
  consumer: string;
  flags: bigint;
} {
  return {
    line: info.readUInt32LE(64),
    name: text(info, 0),
    consumer: text(info, NAME_SIZE),
    flags: info.readBigUInt64LE(72),
  };
}

export function encodeValues(bits: bigint, mask: bigint): Buffer {
  const values = Buffer.alloc(SIZES.lineValues);
  values.writeBigUInt64LE(bits, 0);
  values.writeBigUInt64LE(mask, 8);
  return values;
}

export function decodeValues(values: Buffer): bigint {
  return values.readBigUInt64LE(0);
}

/** An edge as the kernel tells it. */
export interface LineEvent {
  /** When, by the clock of `process.hrtime.bigint()`. */
  readonly nanoseconds: bigint;
  /** The line became active; where it is active low, by falling. */
  readonly on: boolean;
  readonly line: number;
  /** Counts all edges of the request from 1: what is left out was lost. */
  readonly sequence: number;
}

const RISING = 1;

/** The events that one read has given, which are whole ones. */
export function decodeEvents(events: Buffer): LineEvent[] {
  return Array.from({ length: Math.floor(events.length / SIZES.lineEvent) }, (_, index) => {
    const at = index * SIZES.lineEvent;
    return {
      nanoseconds: events.readBigUInt64LE(at),
      on: events.readUInt32LE(at + 8) === RISING,
      line: events.readUInt32LE(at + 12),
      sequence: events.readUInt32LE(at + 16),
    };
  });
}

/** How many edges there were since the one with this sequence number that these do not tell. */
export function missedBetween(last: number, edges: readonly LineEvent[]): number {
  const newest = edges.at(-1)?.sequence ?? last;
  // The count has 32 bits and begins anew after that.
  return ((newest - last) >>> 0) - edges.length;
}

function text(from: Buffer, at: number): string {
  const field = from.subarray(at, at + NAME_SIZE);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? NAME_SIZE : end);
}
