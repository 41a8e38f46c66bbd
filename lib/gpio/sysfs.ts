import type { GpioDriver, OutputLine } from './driver.ts';
import { notOpen } from './held-lines.ts';
import { SysfsLines } from './sysfs-lines.ts';

export interface SysfsOptions {
  /** A path, a number, a name or a label: see `findSysfsChip`. */
  readonly chip: string;
  /** What other boards of this process see as the holder of the lines; the kernel says "sysfs" of all alike. */
  readonly consumer: string;
}

/** What boards hold in this process. It outlives their drivers, so that a redeploy moves nothing. */
const boards = new Map<string, SysfsLines>();

/** Lets go of the lines of a board that is gone for good. What they become is up to the chip. */
export function forgetSysfs(board: string): void {
  boards.get(board)?.drop();
  boards.delete(board);
}

/**
 * The lines of a chip through /sys/class/gpio, for systems that are too old for the character device. Each line is moved
 * by itself, nobody is kept away from it, and it stays exported and at its level when the process ends, however that
 * ends; only {@link forgetSysfs} lets go of it.
 */
export class SysfsDriver implements GpioDriver {
  readonly simulated = false;
  readonly verified = 'line';
  readonly #board: string;
  readonly #options: SysfsOptions;

  /** `board` names whose lines these are: of two drivers of one name the one that opened last has them. */
  constructor(board: string, options: SysfsOptions) {
    this.#board = board;
    this.#options = options;
  }

  async open(lines: readonly OutputLine[]): Promise<void> {
    const held = boards.get(this.#board) ?? new SysfsLines();
    boards.set(this.#board, held);
    await held.take(this.#options.chip, this.#options.consumer, lines);
    held.owner = this;
  }

  async write(levels: ReadonlyMap<number, boolean>): Promise<void> {
    this.#held(levels.keys())?.write(levels);
  }

  async read(lines: readonly number[]): Promise<Map<number, boolean>> {
    return this.#held(lines)?.read(lines) ?? new Map();
  }

  writeHeld(levels: ReadonlyMap<number, boolean>): void {
    const held = boards.get(this.#board);
    if (!held) throw notOpen([...levels.keys()][0]!);
    held.write(levels);
  }

  setAtExit(levels: ReadonlyMap<number, boolean>): void {
    boards.get(this.#board)?.writeAtExit(levels);
  }

  async release(): Promise<void> {
    const held = boards.get(this.#board);
    if (held?.owner === this) held.owner = undefined;
  }

  #held(lines: Iterable<number>): SysfsLines | undefined {
    const held = boards.get(this.#board);
    if (held?.owner === this) return held;
    for (const line of lines) throw notOpen(line);
    return undefined;
  }
}
