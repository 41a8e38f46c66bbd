import type { GpioDriver, OutputLine } from './driver.ts';
import type { Holding } from './holding.ts';
import { HeldLines, notOpen } from './held-lines.ts';
import type { Bias } from './line-set.ts';
import { loadIoctl } from './system.ts';

export interface ChardevOptions {
  /** A path, a number, a name or a label: see `findChip`. */
  readonly chip: string;
  /** What other programs see as the holder of the lines; the first 31 bytes of it. */
  readonly consumer: string;
  readonly bias?: Bias;
}

/** What the board with this id holds, for who looks ahead; undefined: nothing. */
export function chardevHolding(board: string): Holding | undefined {
  return boards.get(board)?.holding;
}

/** What boards hold in this process. It outlives their drivers, so that a redeploy moves nothing. */
const boards = new Map<string, HeldLines>();

/** Lets go of the lines of a board that is gone for good. What they become is up to the chip. */
export function forgetChardev(board: string): void {
  boards.get(board)?.drop();
  boards.delete(board);
}

/**
 * The lines of a chip through the kernel's GPIO character device. All lines are one request: they are taken together
 * or not at all, and are at their level from the moment they are outputs. A driver that lets go keeps the request
 * open for the next one of the same board; only the end of the process, or {@link forgetChardev}, really lets go.
 */
export class ChardevDriver implements GpioDriver {
  readonly simulated = false;
  readonly verified = 'line';
  readonly #board: string;
  readonly #options: ChardevOptions;

  /** `board` names whose lines these are: of two drivers of one name the one that opened last has them. */
  constructor(board: string, options: ChardevOptions) {
    this.#board = board;
    this.#options = options;
  }

  async open(lines: readonly OutputLine[]): Promise<void> {
    const ioctl = await loadIoctl();
    const held = boards.get(this.#board) ?? new HeldLines();
    const { chip, consumer, bias = 'as-is' } = this.#options;
    held.take({ chip, consumer, bias, lines }, ioctl);
    held.owner = this;
    boards.set(this.#board, held);
  }

  async write(levels: ReadonlyMap<number, boolean>): Promise<void> {
    const held = this.#held(levels.keys());
    if (levels.size > 0) held?.write(levels);
  }

  async read(lines: readonly number[]): Promise<Map<number, boolean>> {
    const held = this.#held(lines);
    return held && lines.length > 0 ? held.read(lines) : new Map();
  }

  writeHeld(levels: ReadonlyMap<number, boolean>): void {
    const held = boards.get(this.#board);
    if (!held) throw notOpen([...levels.keys()][0]!);
    held.write(levels);
  }

  setAtExit(levels: ReadonlyMap<number, boolean>): void {
    try {
      boards.get(this.#board)?.write(levels);
    } catch {
      // The process ends all the same.
    }
  }

  async release(): Promise<void> {
    const held = boards.get(this.#board);
    if (held?.owner === this) held.owner = undefined;
  }

  #held(lines: Iterable<number>): HeldLines | undefined {
    const held = boards.get(this.#board);
    if (held?.owner === this) return held;
    for (const line of lines) throw notOpen(line);
    return undefined;
  }
}
