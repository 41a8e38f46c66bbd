import type { Bias } from './bias.ts';
import { FLAGS } from './layout.ts';
import type { LineConfig } from './layout.ts';

export { BIASES, type Bias } from './bias.ts';

const BIAS_FLAGS: Readonly<Record<Bias, bigint>> = {
  'as-is': 0n,
  'pull-up': FLAGS.pullUp,
  'pull-down': FLAGS.pullDown,
  disabled: FLAGS.biasDisabled,
};

/** A line as a request holds it. */
export interface TakenLine {
  readonly line: number;
  readonly activeLow: boolean;
}

/** The lines of one request, by their numbers: between line numbers and the bits of the kernel. */
export class LineSet {
  readonly lines: readonly TakenLine[];
  readonly #index: ReadonlyMap<number, number>;

  constructor(lines: readonly TakenLine[]) {
    this.lines = lines
      .map(({ line, activeLow }) => ({ line, activeLow }))
      .toSorted((one, other) => one.line - other.line);
    this.#index = new Map(this.lines.map(({ line }, index) => [line, index]));
  }

  get numbers(): number[] {
    return this.lines.map(({ line }) => line);
  }

  has(line: number): boolean {
    return this.#index.has(line);
  }

  /** The mask of these lines, each of which it has. */
  mask(lines: Iterable<number>): bigint {
    let mask = 0n;
    for (const line of lines) mask |= this.#bit(line);
    return mask;
  }

  /** What is on and off as bits; a line that is not mentioned is 0. */
  bits(on: ReadonlyMap<number, boolean>): bigint {
    return this.mask([...on].filter(([, value]) => value).map(([line]) => line));
  }

  levels(bits: bigint, lines: Iterable<number>): Map<number, boolean> {
    return new Map(Array.from(lines, (line) => [line, (bits & this.#bit(line)) !== 0n]));
  }

  /** Turned round where a line is active low: from on and off to high and low, and back. */
  turned(levels: ReadonlyMap<number, boolean>): Map<number, boolean> {
    return new Map(
      this.lines.flatMap(({ line, activeLow }) => {
        const level = levels.get(line);
        return level === undefined ? [] : [[line, level !== activeLow]];
      }),
    );
  }

  /** The lines as outputs that are on and off from their first moment. */
  outputs(bias: Bias, on: ReadonlyMap<number, boolean>): LineConfig {
    const config = this.#config(FLAGS.output | BIAS_FLAGS[bias]);
    const values = { id: 'values', value: this.bits(on), mask: this.mask(this.numbers) } as const;
    return { ...config, attributes: [...config.attributes, values] };
  }

  /** The lines as inputs that tell both of their edges; `debounce` in microseconds. */
  inputs(bias: Bias, debounce: number): LineConfig {
    const config = this.#config(FLAGS.input | FLAGS.edgeRising | FLAGS.edgeFalling | BIAS_FLAGS[bias]);
    if (debounce === 0) return config;
    const attribute = { id: 'debounce', value: BigInt(debounce), mask: this.mask(this.numbers) } as const;
    return { ...config, attributes: [...config.attributes, attribute] };
  }

  /** The lines as they are found, input or output. */
  untouched(): LineConfig {
    return this.#config(0n);
  }

  equals(other: LineSet): boolean {
    return (
      this.sameNumbers(other) &&
      this.lines.every(({ activeLow }, index) => activeLow === other.lines[index]?.activeLow)
    );
  }

  /** The same lines, whatever their polarity. */
  sameNumbers(other: LineSet): boolean {
    return (
      this.lines.length === other.lines.length &&
      this.lines.every(({ line }, index) => line === other.lines[index]?.line)
    );
  }

  /** Only the lines that are active low have flags of their own: the kernel takes few attributes. */
  #config(flags: bigint): LineConfig {
    const low = this.mask(this.lines.filter(({ activeLow }) => activeLow).map(({ line }) => line));
    if (low === 0n) return { flags, attributes: [] };
    return { flags, attributes: [{ id: 'flags', value: flags | FLAGS.activeLow, mask: low }] };
  }

  #bit(line: number): bigint {
    return 1n << BigInt(this.#index.get(line)!);
  }
}
