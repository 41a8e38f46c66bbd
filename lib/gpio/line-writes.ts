import { FactoryError } from '../base/errors.ts';
import { quote } from '../base/text.ts';
import type { LineTopic, NamedLine } from './line-topic.ts';

/** How a level is written in a message: true and false, 1 and 0, or a word. */
export const NOTATIONS = ['boolean', 'number', 'ON', 'on'] as const;
export type Notation = (typeof NOTATIONS)[number];

export interface WriteForm {
  /** One message with an array for all lines of the board, or one for each line. */
  readonly together: boolean;
  readonly topic: LineTopic;
  readonly notation: Notation;
  /** The line that an array begins with. */
  readonly first: number;
}

/** A message for the far end, and which line it is of; an array is of all lines. */
export interface LineMessage {
  readonly topic: string;
  readonly payload: unknown;
  readonly relay?: string;
  readonly line?: number;
}

/**
 * The messages that ask the far end for these electrical levels, by line; `all` has every line of the board as it is to be.
 * Throws `unavailable` where an array would have to say what a line is to be that is no relay's, or not known.
 */
export function writeMessages(
  lines: readonly NamedLine[],
  levels: ReadonlyMap<number, boolean>,
  all: ReadonlyMap<number, boolean>,
  { together, topic, notation, first }: WriteForm,
): LineMessage[] {
  if (together) {
    const [some] = lines;
    if (!some) return [];
    return [{ topic: topic.isOfLine ? '' : topic.fill(some), payload: inARow(lines, all, notation, first) }];
  }
  return lines.flatMap((each) => {
    const level = levels.get(each.line);
    if (level === undefined) return [];
    const { id, line } = each;
    return [{ topic: topic.fill(each), payload: written(level, notation), relay: id, line }];
  });
}

/** The messages that ask what these lines are, with an empty payload, as MQTT devices want it. */
export function askMessages(
  lines: readonly NamedLine[],
  asked: readonly number[],
  { together, topic }: WriteForm,
): LineMessage[] {
  const of = lines.filter(({ line }) => asked.includes(line));
  const [some] = of;
  if (together) return some ? [{ topic: topic.isOfLine ? '' : topic.fill(some), payload: '' }] : [];
  return of.map((each) => ({ topic: topic.fill(each), payload: '', relay: each.id, line: each.line }));
}

/** Throws `config` unless it is one of {@link NOTATIONS}; left out: true and false. */
export function parseNotation(value: unknown = 'boolean'): Notation {
  const known = NOTATIONS.find((each) => each === value);
  if (known) return known;
  throw new FactoryError('config', `levels are written as one of ${NOTATIONS.map(quote).join(', ')}`);
}

function inARow(
  lines: readonly NamedLine[],
  all: ReadonlyMap<number, boolean>,
  notation: Notation,
  first: number,
): unknown[] {
  const last = Math.max(...lines.map(({ line }) => line));
  const least = Math.min(...lines.map(({ line }) => line));
  const hole = (line: number): never => {
    throw new FactoryError('unavailable', `one message for all lines has to say what line ${line} is to be`, {
      remedy: `Let the board have every line from ${first} on, or send a message for each line`,
    });
  };
  // Asked first: lines may be tens of thousands apart.
  if (least < first || last - least >= lines.length || least > first) hole(least > first ? first : least);
  const row: unknown[] = [];
  for (let line = first; line <= last; line++) {
    const level = all.get(line);
    row.push(level === undefined ? hole(line) : written(level, notation));
  }
  return row;
}

function written(level: boolean, notation: Notation): boolean | number | string {
  if (notation === 'boolean') return level;
  if (notation === 'number') return level ? 1 : 0;
  const word = level ? 'on' : 'off';
  return notation === 'ON' ? word.toUpperCase() : word;
}
