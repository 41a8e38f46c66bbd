import { FactoryError } from '../base/errors.ts';
import { findChip } from './chips.ts';
import type { OutputLine } from './driver.ts';
import { explain, isGone } from './gpio-errors.ts';
import type { Holding } from './holding.ts';
import { LineSet } from './line-set.ts';
import type { Bias } from './line-set.ts';
import { checkLines, requestLines } from './request-lines.ts';
import type { Ioctl } from './system.ts';
import { Chip } from './uapi.ts';
import type { LineRequest } from './uapi.ts';

export interface TakeOptions {
  readonly chip: string;
  readonly consumer: string;
  readonly bias: Bias;
  readonly lines: readonly OutputLine[];
}

/** A request that is open. */
interface Taken {
  readonly chip: string;
  readonly path: string;
  readonly bias: Bias;
  readonly set: LineSet;
  readonly request: LineRequest;
}

/**
 * The lines that one board holds in this process, from its first opening until it is forgotten. What the kernel does
 * with a line that nobody holds is up to the chip (some go back to their pull), so between two deploys the request
 * stays open: that alone makes sure that no output moves. Nothing in here waits, so nobody comes between.
 */
export class HeldLines {
  /** Whose lines these are now; undefined between a release and the next opening. */
  owner: object | undefined;
  #taken: Taken | undefined;
  /** The path of the chip that its lines are on, or were last; empty: there were none. */
  #place = '';
  /** High or low, of lines that had to be let go of and are to be as they were. 'keep': as they are found. */
  readonly #resume = new Map<number, boolean | 'keep'>();

  /** What is held now, for who looks ahead. */
  get holding(): Holding {
    const { chip = '', set } = this.#taken ?? {};
    const remembered = Array.from(this.#resume.keys());
    return { chip, place: this.#place, lines: set?.numbers ?? [], remembered };
  }

  /** Takes the lines, or leaves all as it was and throws `unavailable`. Levels that it knows outlive it. */
  take(options: TakeOptions, ioctl: Ioctl): void {
    const set = new LineSet(options.lines);
    const before = this.#alive();
    let path = options.chip;
    try {
      path = before?.chip === options.chip ? before.path : findChip(options.chip, ioctl);
      // What lines of another chip were says nothing of these.
      if (this.#place !== path) this.drop();
      else if (before && set.sameNumbers(before.set)) {
        this.#adopt(before, set, options);
        return;
      }
      this.#request(path, set, options, ioctl);
    } catch (error) {
      throw explain(error, path);
    }
  }

  write(levels: ReadonlyMap<number, boolean>): void {
    this.#use(levels.keys(), ({ set, request }) => request.set(set.bits(levels), set.mask(levels.keys())));
  }

  read(lines: readonly number[]): Map<number, boolean> {
    return this.#use(lines, ({ set, request }) => set.levels(request.get(set.mask(lines)), lines));
  }

  /** Lets go of everything and remembers nothing. */
  drop(): void {
    this.#taken?.request.close();
    this.#taken = undefined;
    this.#place = '';
    this.#resume.clear();
  }

  #use<T>(lines: Iterable<number>, use: (taken: Taken) => T): T {
    const numbers = [...lines];
    const taken = this.#taken;
    const missing = numbers.find((line) => !taken?.set.has(line));
    if (missing !== undefined) throw notOpen(missing);
    try {
      // A request without lines is none, and there is nothing to ask it.
      return use(taken!);
    } catch (error) {
      if (isGone(error)) this.drop();
      throw explain(error, taken!.path);
    }
  }

  /** What is held, unless the hardware behind it went away: then nothing is known of it any more. */
  #alive(): Taken | undefined {
    try {
      this.#taken?.request.get(this.#taken.set.mask(this.#taken.set.numbers));
    } catch (error) {
      if (isGone(error)) this.drop();
      else throw explain(error, this.#taken!.path);
    }
    return this.#taken;
  }

  /** Takes over a request of the same lines. Even another polarity or bias moves no pin. */
  #adopt(before: Taken, set: LineSet, { chip, bias }: TakeOptions): void {
    if (!set.equals(before.set) || bias !== before.bias) {
      const levels = before.set.turned(this.#levels(before));
      before.request.configure(set.outputs(bias, set.turned(levels)));
    }
    this.#taken = { ...before, chip, bias, set };
  }

  #request(path: string, set: LineSet, options: TakeOptions, ioctl: Ioctl): void {
    const chip = new Chip(path, ioctl);
    try {
      // Before anything is let go of.
      checkLines(chip, set, (line) => this.#taken?.set.has(line) ?? false);
      const before = this.#taken;
      if (before) {
        // Lines can only be added to a request by making another one. Until then they are nobody's for a moment.
        for (const [line, high] of before.set.turned(this.#levels(before))) this.#resume.set(line, high);
        before.request.close();
        this.#taken = undefined;
      }
      this.#place = path;
      if (set.lines.length > 0) {
        const request = this.#open(chip, set, options);
        this.#taken = { chip: options.chip, path, bias: options.bias, set, request };
      }
      // Those that are left out now are let go of for good: should they come back, they are what they are then.
      for (const line of this.#resume.keys()) this.#resume.set(line, 'keep');
      for (const line of set.numbers) this.#resume.set(line, 'keep');
    } finally {
      chip.close();
    }
  }

  #open(chip: Chip, set: LineSet, { lines, bias, consumer }: TakeOptions): LineRequest {
    const wanted = new Map<number, boolean>();
    for (const { line, activeLow, initial } of lines) {
      const level = this.#resume.get(line) ?? (initial === 'keep' ? initial : initial !== activeLow);
      if (level !== 'keep') wanted.set(line, level !== activeLow);
    }
    const isAll = wanted.size === lines.length;
    const request = requestLines(chip, set, consumer, isAll ? set.outputs(bias, wanted) : set.untouched());
    if (isAll) return request;
    try {
      // Nobody else can move them now, so they are read, and become outputs at just that.
      const found = set.levels(request.get(set.mask(set.numbers)), set.numbers);
      request.configure(set.outputs(bias, new Map([...found, ...wanted])));
      return request;
    } catch (error) {
      request.close();
      throw error;
    }
  }

  #levels({ set, request }: Taken): Map<number, boolean> {
    return set.levels(request.get(set.mask(set.numbers)), set.numbers);
  }
}

export function notOpen(line: number): FactoryError {
  return new FactoryError('unavailable', `line ${line} is not open`);
}
