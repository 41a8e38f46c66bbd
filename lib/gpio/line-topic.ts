import { FactoryError } from '../base/errors.ts';
import { nameKey, quote } from '../base/text.ts';

/** Characters of a topic's pattern. */
export const MAX_TOPIC_LENGTH = 256;

/** A line with the name that people know it by. */
export interface NamedLine {
  /** The relay's id. */
  readonly id: string;
  readonly line: number;
}

/**
 * Topics of lines: text, with `{id}` for the relay's id or `{line}` for the number of its line. Text without either is the
 * topic of a board's only relay.
 */
export interface LineTopic {
  /** Whether it is another topic for each line. */
  readonly isOfLine: boolean;
  fill(line: NamedLine): string;
  /** The line that a topic of this form is of, by what stands in the place of `{id}` or `{line}`. */
  find(topic: string, lines: readonly NamedLine[]): NamedLine | undefined;
}

const REMEDY =
  'Write it as stat/{id}/POWER: text, {id} or {line} at most once, and, to read, + for any level';
const PLACE = /\{(id|line)\}/;

/**
 * Reads a pattern of topics. `+` is any one level, as MQTT has it: for topics that are only read. Throws `config` for what
 * cannot be one.
 */
export function parseLineTopic(text: string, use: 'read' | 'write'): LineTopic {
  if (text.length > MAX_TOPIC_LENGTH) {
    throw config(`a topic has at most ${MAX_TOPIC_LENGTH} characters, not ${text.length}`);
  }
  const [before = '', name, after = ''] = text.split(PLACE, 3);
  const rest = name === undefined ? '' : text.slice(before.length + name.length + 2);
  if (/[{}]/.test(before + rest))
    throw config(`the topic ${quote(text)} has braces other than one {id} or {line}`);
  if (text === '') throw config('the topic is empty');
  const isWild = (level: string): boolean => level !== '+' && /[+#]/.test(level);
  if (use === 'write' ? /[+#]/.test(text) : text.split('/').some(isWild)) {
    throw config(`the topic ${quote(text)} has + or # where it cannot be`);
  }
  const valueOf = (of: NamedLine): string => String(name === 'id' ? of.id : of.line);
  const fill = (of: NamedLine): string => (name === undefined ? text : before + valueOf(of) + after);
  return {
    isOfLine: name !== undefined,
    fill,
    find: (topic, lines) => {
      const found = lines.filter((line) => fits(fill(line), topic));
      return name === undefined && found.length > 1 ? undefined : found[0];
    },
  };
}

/** Topics with a table of those relays, by id, that have one of their own; the others have the topic of the form, if any. */
export function tableTopic(
  rows: ReadonlyMap<string, LineTopic>,
  form: LineTopic | undefined,
): LineTopic | undefined {
  if (rows.size === 0) return form;
  const topics = new Map(Array.from(rows, ([id, topic]) => [nameKey(id), topic]));
  const own = ({ id }: NamedLine): LineTopic | undefined => topics.get(nameKey(id));
  return {
    isOfLine: true,
    fill: (line) => (own(line) ?? form)?.fill(line) ?? line.id,
    find: (topic, lines) =>
      lines.find((line) => own(line)?.find(topic, [line])) ??
      form?.find(
        topic,
        lines.filter((line) => !own(line)),
      ),
  };
}

/** The line of a relay with this id, or with this number: an id before a number, as a relay may be called 2. */
export function named(name: string, lines: readonly NamedLine[]): NamedLine | undefined {
  const key = nameKey(name);
  return lines.find(({ id }) => nameKey(id) === key) ?? lines.find(({ line }) => String(line) === name);
}

/** Whether a topic is of this form, in which no more is open than whole levels. */
function fits(form: string, topic: string): boolean {
  const [levels, given] = [nameKey(form).split('/'), nameKey(topic).split('/')];
  return (
    levels.length === given.length &&
    levels.every((level, index) => (level === '+' ? given[index] !== '' : level === given[index]))
  );
}

function config(message: string): FactoryError {
  return new FactoryError('config', message, { remedy: REMEDY });
}
