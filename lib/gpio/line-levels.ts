import { FactoryError } from '../base/errors.ts';
import { readSwitchWord, type OwnWords } from '../base/switch-word.ts';
import { kind, quote } from '../base/text.ts';
import { named, type NamedLine } from './line-topic.ts';

/** The electrical levels that a payload says, by line. */
export interface Readings {
  readonly levels: ReadonlyMap<number, boolean>;
  /** Reasons why lines are not known whose levels are not understood. */
  readonly failed: ReadonlyMap<number, string>;
  /** Names in it that are of no line. */
  readonly unknown: readonly string[];
}

/** Reads one level; the reason, for a person, where it is none. */
export function readLevel(value: unknown, words: OwnWords | undefined): boolean | string {
  const plain = Buffer.isBuffer(value) ? textOf(value, words) : value;
  return readSwitchWord(plain, words) ?? `it says ${shown(plain)}, which is neither on nor off`;
}

/** Reads levels from the line `first` on. Throws `invalid` where none of them is of a line of the board. */
export function readRow(
  row: ArrayLike<unknown>,
  lines: readonly NamedLine[],
  { first, words }: { readonly first: number; readonly words?: OwnWords | undefined },
): Readings {
  const given = lines
    .filter(({ line }) => line >= first && line - first < row.length)
    .map(({ line }): [number, unknown] => [line, row[line - first]]);
  if (given.length > 0) return sorted(given, words, []);
  throw new FactoryError('invalid', `none of ${row.length} levels from line ${first} on is of this board`, {
    remedy: 'Set with which line the array begins',
  });
}

/** Reads levels by relay id or line number; undefined where no name is of a line of the board. */
export function readNames(
  payload: object,
  lines: readonly NamedLine[],
  words: OwnWords | undefined,
): Readings | undefined {
  const given: [number, unknown][] = [];
  const unknown: string[] = [];
  for (const [name, value] of Object.entries(payload)) {
    const line = named(name, lines);
    if (line) given.push([line.line, value]);
    else unknown.push(name);
  }
  return given.length > 0 ? sorted(given, words, unknown) : undefined;
}

/** The levels in a Buffer: one byte or one bit each, the lowest bit of the first byte first. */
export function readBuffer(buffer: Buffer, form: 'bytes' | 'bits' = 'bytes'): readonly unknown[] {
  if (form === 'bytes') return [...buffer];
  return [...buffer].flatMap((byte) => Array.from({ length: 8 }, (_, bit) => ((byte >> bit) & 1) === 1));
}

function sorted(
  given: readonly (readonly [number, unknown])[],
  words: OwnWords | undefined,
  unknown: readonly string[],
): Readings {
  const levels = new Map<number, boolean>();
  const failed = new Map<number, string>();
  for (const [line, value] of given) {
    const level = readLevel(value, words);
    if (typeof level === 'boolean') levels.set(line, level);
    else failed.set(line, level);
  }
  return { levels, failed, unknown };
}

/** A Buffer of one line is text, or one byte. */
function textOf(buffer: Buffer, words: OwnWords | undefined): unknown {
  const text = buffer.toString('utf8');
  return readSwitchWord(text, words) === undefined && buffer.length === 1 ? buffer[0] : text;
}

function shown(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number') return quote(String(value));
  if (typeof value !== 'object' || value === null) return kind(value);
  return quote(JSON.stringify(value));
}
