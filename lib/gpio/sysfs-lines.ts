import { asError, FactoryError } from '../base/errors.ts';
import { quote } from '../base/text.ts';
import { listChips } from './chips.ts';
import type { OutputLine } from './driver.ts';
import { busy, codeOf, explain, isGone } from './gpio-errors.ts';
import { notOpen } from './held-lines.ts';
import { findSysfsChip } from './sysfs-chips.ts';
import type { SysfsChip } from './sysfs-chips.ts';
import { exportLine, isExported, permitted, SysfsLine, unexportLine } from './sysfs-line.ts';

/** Whose each exported line is, by its number in the kernel: sysfs itself gives one line to everyone who asks. */
const holders = new Map<number, SysfsLines>();

/**
 * The lines that one board holds in this process through sysfs, from its first opening until it is forgotten. They stay
 * exported between two deploys, and the files of their values open.
 */
export class SysfsLines {
  /** Whose lines these are now; undefined between a release and the next opening. */
  owner: object | undefined;
  /** What other boards call this one. */
  consumer = '';
  #chip: SysfsChip | undefined;
  readonly #lines = new Map<number, SysfsLine>();
  /** Which lines are open, and which of them are on while they are low. */
  #open = new Map<number, boolean>();
  /** Lines that were open once and are to be as they are found, should they be so again. */
  readonly #known = new Set<number>();

  /** Takes the lines, or leaves all as it was and rejects with `unavailable`. */
  async take(name: string, consumer: string, outputs: readonly OutputLine[]): Promise<void> {
    const chip = findSysfsChip(name);
    this.#letGoOfLost();
    for (const { line } of outputs) this.#check(chip, line);
    // Only when it is clear that the others can be had.
    if (this.#chip && (this.#chip.base !== chip.base || this.#chip.label !== chip.label)) this.drop();
    this.#chip = chip;
    this.consumer = consumer;
    const added = outputs.filter(({ line }) => !this.#lines.has(line));
    const exported: number[] = [];
    try {
      for (const { line } of added) {
        if (!isExported(chip.base + line)) {
          await this.#export(chip, line);
          exported.push(line);
        }
        await permitted(chip.base + line);
        this.#add(line, new SysfsLine(chip.base + line));
      }
      for (const [line, level] of this.#levels(outputs)) this.#lines.get(line)!.drive(level);
    } catch (error) {
      // Nobody else's: a line that was exported before keeps what it has.
      for (const line of exported) {
        if (this.#lines.has(line)) this.#remove(line);
        else unexportLine(chip.base + line);
      }
      throw refusal(error, chip);
    }
    this.#open = new Map(outputs.map(({ line, activeLow }) => [line, activeLow]));
    for (const { line } of outputs) this.#known.add(line);
    for (const line of this.#lines.keys()) if (!this.#open.has(line)) this.#remove(line);
  }

  /** One after the other, what goes off first: of an interlock two must not be on for a moment. */
  write(levels: ReadonlyMap<number, boolean>): void {
    const offFirst = [...levels].toSorted(([, one], [, other]) => Number(one) - Number(other));
    this.#use(levels.keys(), () => {
      for (const [line, on] of offFirst) this.#lines.get(line)!.high = on !== this.#open.get(line);
    });
  }

  /** Sets what can be set of these lines, and says nothing of the others. */
  writeAtExit(levels: ReadonlyMap<number, boolean>): void {
    for (const [line, on] of levels) {
      try {
        this.write(new Map([[line, on]]));
      } catch {
        // The process ends all the same, and the others are still to be set.
      }
    }
  }

  read(lines: readonly number[]): Map<number, boolean> {
    return this.#use(
      lines,
      () => new Map(lines.map((line) => [line, this.#lines.get(line)!.high !== this.#open.get(line)])),
    );
  }

  /** Lets go of everything and remembers nothing. */
  drop(): void {
    for (const line of this.#lines.keys()) this.#remove(line);
    this.#open.clear();
    this.#known.clear();
  }

  #check(chip: SysfsChip, line: number): void {
    if (line >= chip.lines) {
      const last = chip.lines - 1;
      throw new FactoryError('unavailable', `${chip.label} has no line ${line}, only 0 to ${last}`, {
        remedy: 'Choose another line, or another chip',
      });
    }
    const holder = holders.get(chip.base + line);
    if (holder && holder !== this) throw busy(line, holder.consumer, chip.label);
  }

  async #export(chip: SysfsChip, line: number): Promise<void> {
    try {
      exportLine(chip.base + line);
    } catch (error) {
      if (codeOf(error) !== 'EBUSY') throw error;
      throw busy(line, await consumerOf(chip, line), chip.label);
    }
  }

  /** What each line is to be driven at, what goes off first; undefined: as it is found. */
  #levels(outputs: readonly OutputLine[]): [line: number, high: boolean | undefined][] {
    return outputs
      .toSorted((one, other) => Number(one.initial === true) - Number(other.initial === true))
      .map(({ line, activeLow, initial }) => [
        line,
        this.#known.has(line) || initial === 'keep' ? undefined : initial !== activeLow,
      ]);
  }

  #use<T>(lines: Iterable<number>, use: () => T): T {
    for (const line of lines) if (!this.#open.has(line)) throw notOpen(line);
    try {
      return use();
    } catch (error) {
      if (isGone(error)) this.#letGoOfLost();
      throw refusal(error, this.#chip!);
    }
  }

  /** Lines whose chip was unplugged, or that somebody else unexported: nothing is known of them any more. */
  #letGoOfLost(): void {
    for (const [line, each] of this.#lines) {
      try {
        void each.high;
      } catch (error) {
        if (!isGone(error)) throw refusal(error, this.#chip!);
        this.#remove(line);
        this.#open.delete(line);
        this.#known.delete(line);
      }
    }
  }

  #add(line: number, added: SysfsLine): void {
    this.#lines.set(line, added);
    holders.set(this.#chip!.base + line, this);
  }

  #remove(line: number): void {
    this.#lines.get(line)?.unexport();
    this.#lines.delete(line);
    holders.delete(this.#chip!.base + line);
  }
}

/** What a person can do about it. */
function refusal(error: unknown, { label }: SysfsChip): FactoryError {
  if (error instanceof FactoryError) return error;
  const code = codeOf(error);
  if (isGone(error) || code === 'ENOENT') {
    return new FactoryError('unavailable', `a line of ${quote(label)} is gone (${code})`, {
      remedy:
        'Connect the hardware again, and let no other program unexport its lines; it is looked for each few seconds',
      cause: error,
    });
  }
  if (code === 'EACCES' || code === 'EPERM') return explain(error, '/sys/class/gpio');
  return new FactoryError(
    'unavailable',
    `the kernel refuses a line of ${quote(label)}: ${asError(error).message}`,
    {
      remedy: 'Check that the line can be an output, and look into the log of the kernel (dmesg)',
      cause: error,
    },
  );
}

/** Who has a line, as the character device tells it; empty where it, or koffi, is not there. */
async function consumerOf({ label, lines }: SysfsChip, line: number): Promise<string> {
  try {
    const chips = (await listChips()).filter((chip) => chip.label === label && chip.lines.length === lines);
    return chips.length === 1 ? (chips[0]!.lines[line]?.consumer ?? '') : '';
  } catch {
    return '';
  }
}
