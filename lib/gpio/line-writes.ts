import { FactoryError } from '../base/errors.ts';
import type { OwnWords } from '../base/switch-word.ts';
import { quote } from '../base/text.ts';
import type { LineTopic, NamedLine } from './line-topic.ts';

/** Notations of a level in a message: true and false, 1 and 0, or a word; `own`: the far end's own words, as set. */
export const NOTATIONS = ['boolean', 'number', 'ON', 'on', 'own'] as const;
export type Notation = (typeof NOTATIONS)[number];

export interface WriteForm {
  /** One message with an array for all lines of the board, or one for each line. */
  readonly together: boolean;
  readonly topic: LineTopic;
  readonly notation: Notation;
  /** The words of the notation `own`. */
  readonly words?: OwnWords | undefined;
  /** The payload of the message that asks what a line is; undefined: nothing is asked. Left out: an empty one. */
  readonly question?: string | undefined;
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
  { together, topic, first, ...form }: WriteForm,
): LineMessage[] {
  if (together) {
    const [some] = lines;
    if (!some) return [];
    return [{ topic: topic.isOfLine ? '' : topic.fill(some), payload: inARow(lines, all, form, first) }];
  }
  return lines.flatMap((each) => {
    const level = levels.get(each.line);
    if (level === undefined) return [];
    const { id, line } = each;
    return [{ topic: topic.fill(each), payload: written(level, form), relay: id, line }];
  });
}

/** The messages that ask what these lines are; none where the far end cannot be asked. */
export function askMessages(
  lines: readonly NamedLine[],
  asked: readonly number[],
  form: WriteForm,
): LineMessage[] {
  const { together, topic } = form;
  const payload = 'question' in form ? form.question : '';
  const of = lines.filter(({ line }) => asked.includes(line));
  const [some] = of;
  if (payload === undefined || !some) return [];
  if (together) return [{ topic: topic.isOfLine ? '' : topic.fill(some), payload }];
  return of.map((each) => ({ topic: topic.fill(each), payload, relay: each.id, line: each.line }));
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
  form: Written,
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
    row.push(level === undefined ? hole(line) : written(level, form));
  }
  return row;
}

type Written = Pick<WriteForm, 'notation' | 'words'>;

function written(level: boolean, { notation, words }: Written): boolean | number | string {
  if (notation === 'boolean') return level;
  if (notation === 'number') return level ? 1 : 0;
  const { on, off } = (notation === 'own' ? words : undefined) ?? USUAL;
  const word = level ? on : off;
  return notation === 'ON' ? String(word).toUpperCase() : word;
}

const USUAL: OwnWords = { on: 'on', off: 'off' };
