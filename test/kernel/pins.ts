/** The instruments of the bench: pins as the world outside sees them, and all that the kernel writes to them. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

/** The chip that init.sh has made. */
export const CHIP = process.env['SIM_CHIP']!;
export const LABEL = 'factory-sim';
export const LINES = 16;
const PINS = process.env['SIM_PINS']!;
const TRACING = '/sys/kernel/tracing';

/** The electrical level of a pin, true for high. */
export function level(line: number, pins = PINS): boolean {
  return readFileSync(valueFile(line, pins), 'utf8').trim() === '1';
}

export function levels(...lines: number[]): boolean[] {
  return lines.map((line) => level(line));
}

/** What the world outside does to a pin. It counts while nobody drives the line. */
export function pull(line: number, high: boolean): void {
  writeFileSync(join(PINS, `sim_gpio${line}/pull`), high ? 'pull-up' : 'pull-down');
}

/** Every pin as a chip without wires has it. */
export function pullAllDown(): void {
  for (let line = 0; line < LINES; line++) pull(line, false);
}

/**
 * Every line as a chip has it that was never used: nobody's, and an input that is pulled down. Otherwise a line that
 * somebody let go of may still be an output.
 */
export function freeLines(): void {
  for (let line = 0; line < LINES; line++) {
    const number = baseOfChip() + line;
    if (!existsSync(`/sys/class/gpio/gpio${number}`)) writeFileSync('/sys/class/gpio/export', String(number));
    writeFileSync(`/sys/class/gpio/gpio${number}/direction`, 'in');
    writeFileSync('/sys/class/gpio/unexport', String(number));
  }
  pullAllDown();
}

/** How many requests for lines this process has open. */
export function openRequests(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === 'anon_inode:gpio-line';
    } catch {
      return false;
    }
  }).length;
}

/** Another chip, which can be unplugged. */
export interface Plug {
  /** Where its pins are; it has another place each time that it is plugged in. */
  readonly pins: string;
  plug(on: boolean): void;
  remove(): void;
}

export function plugIn(label: string, lines: number): Plug {
  const folder = `/sys/kernel/config/gpio-sim/${label}`;
  const text = (file: string): string => readFileSync(join(folder, file), 'utf8').trim();
  const plug = (on: boolean): void => writeFileSync(`${folder}/live`, on ? '1' : '0');
  mkdirSync(`${folder}/bank0`, { recursive: true });
  writeFileSync(`${folder}/bank0/num_lines`, String(lines));
  writeFileSync(`${folder}/bank0/label`, label);
  plug(true);
  return {
    pins: `/sys/devices/platform/${text('dev_name')}/${text('bank0/chip_name')}`,
    plug,
    remove: () => {
      plug(false);
      rmdirSync(`${folder}/bank0`);
      rmdirSync(folder);
    },
  };
}

/**
 * What the kernel wrote to a line of the chip, or made of it, while `act` was under way: each single time. `each` is told
 * all of it in its order, and when: milliseconds by the kernel's clock.
 */
export async function traced(
  act: () => Promise<void>,
  each: (line: number, what: string, at: number) => void = () => {},
): Promise<Map<number, string[]>> {
  const base = baseOfChip();
  writeFileSync(join(TRACING, 'trace'), '');
  writeFileSync(join(TRACING, 'events/gpio/enable'), '1');
  try {
    await act();
  } finally {
    writeFileSync(join(TRACING, 'events/gpio/enable'), '0');
  }
  const events = new Map<number, string[]>();
  const trace = readFileSync(join(TRACING, 'trace'), 'utf8');
  for (const [, at, kind, number, what] of trace.matchAll(
    / (\d+\.\d+): gpio_(value|direction): (\d+) +(.*)$/gm,
  )) {
    // What is read is no event for a pin.
    if (kind === 'value' && what!.startsWith('get')) continue;
    const line = Number(number) - base;
    events.set(line, [...(events.get(line) ?? []), what!.trim()]);
    each(line, what!.trim(), Number(at) * 1000);
  }
  return events;
}

/** The kernel's trace, and /sys/class/gpio, count the lines of all chips together. */
export function baseOfChip(): number {
  const folder = join(PINS, '../gpio');
  return Number(readFileSync(join(folder, readdirSync(folder)[0]!, 'base'), 'utf8'));
}

export interface Samples {
  readonly low: number;
  readonly high: number;
}

/**
 * Looks at a pin as often as a thread of its own can while `act` is under way. Sees what the trace does not: what
 * becomes of a line that nobody drives. A pulse shorter than the time between two looks may escape it. A `pause` between
 * two looks (milliseconds) leaves the processor to those who are looked at.
 */
export async function sampled(line: number, act: () => Promise<void>, pause = 0): Promise<Samples> {
  const shared = new Int32Array(new SharedArrayBuffer(12));
  const worker = new Worker(new URL('./sampler.ts', import.meta.url), {
    workerData: { file: valueFile(line, PINS), shared, pause },
  });
  await new Promise((resolve) => worker.once('message', resolve));
  try {
    await act();
    // The pin as it was left is looked at as well.
    const seen = shared[0]! + shared[1]!;
    while (shared[0]! + shared[1]! < seen + 10) await new Promise((resolve) => setTimeout(resolve, 5));
  } finally {
    Atomics.store(shared, 2, 1);
    await new Promise((resolve) => worker.once('exit', resolve));
  }
  return { low: shared[0]!, high: shared[1]! };
}

function valueFile(line: number, pins: string): string {
  return join(pins, `sim_gpio${line}/value`);
}
