import { FactoryError } from '../base/errors.ts';
import type { GpioDriver, OutputLine } from './driver.ts';
import type { Holding } from './holding.ts';

/**
 * The pins of simulated boards, true for high, by board and line. They outlive their driver as real pins do,
 * so that a redeploy finds the levels it left.
 */
const pins = new Map<string, Map<number, boolean>>();

/** Clears what a simulated board's pins were at, when the board is gone for good. */
export function forgetSimulated(board: string): void {
  pins.delete(board);
}

/** The pins of a simulated board as an instrument would see them: true for high. */
export function simulatedPins(board: string): ReadonlyMap<number, boolean> {
  return new Map(pins.get(board));
}

/** What the board with this id holds, for who looks ahead; undefined: nothing. */
export function simulatedHolding(board: string): Holding | undefined {
  const lines = Array.from(simulatedPins(board).keys());
  return lines.length === 0 ? undefined : { chip: '', place: '', lines, remembered: [] };
}

/** What can be made to go wrong on a simulated board. */
export interface Faults {
  /** Calls of these kinds reject as missing hardware does. */
  failing: Set<'open' | 'write' | 'read'>;
  /** These lines do not follow what is written. */
  stuck: Set<number>;
  /** Each call waits for this first: a slow bus. */
  wait: (() => Promise<void>) | undefined;
}

/** A board without hardware, and openly so. Untouched, its lines rest with their relays off. */
export class SimulatedDriver implements GpioDriver {
  readonly simulated = true;
  readonly verified = 'line';
  readonly faults: Faults = { failing: new Set(), stuck: new Set(), wait: undefined };
  readonly #board: string;
  #lines = new Map<number, OutputLine>();
  #released = new Map<number, OutputLine>();

  /** `board` names whose pins these are: two drivers of one name move the same ones. */
  constructor(board: string) {
    this.#board = board;
  }

  async open(lines: readonly OutputLine[]): Promise<void> {
    await this.#call('open');
    const board = pins.get(this.#board) ?? new Map<number, boolean>();
    pins.set(this.#board, board);
    for (const { line, activeLow, initial } of lines) {
      if (!board.has(line)) board.set(line, (initial === true) !== activeLow);
    }
    this.#lines = new Map(lines.map((line) => [line.line, line]));
  }

  async write(levels: ReadonlyMap<number, boolean>): Promise<void> {
    await this.#call('write');
    const taken = Array.from(levels, ([line, on]) => ({ ...this.#taken(line), on }));
    for (const { line, on } of taken) {
      if (!this.faults.stuck.has(line)) this.move(line, on);
    }
  }

  async read(lines: readonly number[]): Promise<Map<number, boolean>> {
    await this.#call('read');
    return new Map(lines.map((line) => [line, this.#pins().get(line) !== this.#taken(line).activeLow]));
  }

  writeHeld(levels: ReadonlyMap<number, boolean>): void {
    for (const line of levels.keys()) {
      if (!this.#lines.has(line) && !this.#released.has(line)) throw unavailable(`line ${line} is not open`);
    }
    if (this.faults.failing.has('write')) throw unavailable('the simulated board is made to fail at write');
    this.setAtExit(levels);
  }

  setAtExit(levels: ReadonlyMap<number, boolean>): void {
    for (const [line, on] of levels) {
      const known = this.#lines.get(line) ?? this.#released.get(line);
      if (known && !this.faults.stuck.has(line)) pins.get(this.#board)?.set(line, on !== known.activeLow);
    }
  }

  async release(): Promise<void> {
    this.#released = this.#lines;
    this.#lines = new Map();
  }

  /** Moves a line past the driver, as a person with a screwdriver does. */
  move(line: number, on: boolean): void {
    this.#pins().set(line, on !== this.#taken(line).activeLow);
  }

  async #call(kind: 'open' | 'write' | 'read'): Promise<void> {
    await this.faults.wait?.();
    if (this.faults.failing.has(kind)) throw unavailable(`the simulated board is made to fail at ${kind}`);
  }

  #pins(): Map<number, boolean> {
    const board = pins.get(this.#board);
    if (board) return board;
    throw unavailable('the simulated board is removed');
  }

  #taken(line: number): OutputLine {
    const taken = this.#lines.get(line);
    if (taken) return taken;
    throw unavailable(`line ${line} is not open`);
  }
}

function unavailable(message: string): FactoryError {
  return new FactoryError('unavailable', message);
}
