import { FactoryError } from '../../lib/base/errors.ts';
import { parseOwnWords, type OwnWords } from '../../lib/base/switch-word.ts';
import { kind, quote } from '../../lib/base/text.ts';
import { BUFFERS, type ReadForm } from '../../lib/gpio/line-reads.ts';
import {
  named,
  parseLineTopic,
  tableTopic,
  type LineTopic,
  type NamedLine,
} from '../../lib/gpio/line-topic.ts';
import { parseNotation, type WriteForm } from '../../lib/gpio/line-writes.ts';
import { MAX_CHANNELS, MAX_LINE } from '../../lib/relays/limits.ts';

/** Characters of the payload that asks what an output is. */
export const MAX_QUESTION_LENGTH = 256;

/** The node's settings as they were typed in. */
export interface IoSettings {
  /** One message for each line, or one with an array for all. */
  send?: unknown;
  notation?: unknown;
  /** The words of the notation `own`, each with its type: `str` or `num`. */
  onWord?: unknown;
  onWordType?: unknown;
  offWord?: unknown;
  offWordType?: unknown;
  writeTopic?: unknown;
  readTopic?: unknown;
  /** Relays with topics of their own: see {@link TopicRow}. */
  topics?: unknown;
  /** The line that arrays begin with. */
  first?: unknown;
  /** One byte or one bit of a Buffer for each line. */
  buffer?: unknown;
  /** True to request the states of its outputs from the far end; left out: true. */
  asks?: unknown;
  /** The payload of that question; left out: an empty one. */
  question?: unknown;
  /** True to take retained messages as fresh ones. */
  takeRetained?: unknown;
  /** True if the broker sends the node's own messages back, on a topic that is read; left out: true. */
  skipEchoes?: unknown;
}

/** Topics of one relay; an empty one is as for the others. */
export interface TopicRow {
  readonly relay: string;
  readonly write: string;
  readonly read: string;
}

export interface IoForms {
  readonly write: WriteForm;
  readonly read: ReadForm;
  readonly skipEchoes: boolean;
}

/** How messages leave and what arriving ones look like. Throws `config` with what is wrong. */
export function parseIoSettings(given: IoSettings): IoForms {
  const first = parseFirst(given.first);
  const { send = 'each' } = given;
  if (send !== 'each' && send !== 'all') throw config('a message is sent for each line, or for all lines');
  const notation = parseNotation(given.notation || undefined);
  const words = notation === 'own' ? parseWords(given) : undefined;
  const rows = parseTopics(given.topics);
  const own = (use: 'read' | 'write'): ReadonlyMap<string, LineTopic> =>
    new Map(rows.filter((row) => row[use] !== '').map((row) => [row.relay, parseLineTopic(row[use], use)]));
  return {
    write: {
      together: send === 'all',
      topic: tableTopic(own('write'), parseLineTopic(textOf(given.writeTopic) || '{id}', 'write'))!,
      notation,
      words,
      question: given.asks === false ? undefined : parseQuestion(given.question),
      first,
    },
    read: {
      topic: tableTopic(own('read'), parseReadTopic(textOf(given.readTopic))),
      first,
      words,
      buffer: parseBuffer(given.buffer),
      takeRetained: given.takeRetained === true,
    },
    skipEchoes: given.skipEchoes !== false,
  };
}

/** Throws `config` where topics do not tell which of these lines they are of, or name a relay that is not there. */
export function checkTopics(given: IoSettings, lines: readonly NamedLine[]): void {
  const rows = parseTopics(given.topics);
  for (const { relay } of rows) {
    if (!named(relay, lines))
      throw config(`the board has no relay ${quote(relay)}, which has a topic of its own`);
  }
  const text = textOf(given.readTopic);
  const others = lines.filter(
    ({ id }) => !rows.some(({ relay, read }) => read !== '' && named(relay, lines)?.id === id),
  );
  if (text === '' || others.length <= 1 || parseLineTopic(text, 'read').isOfLine) return;
  throw config(
    `the topic ${quote(text)} says nowhere which line it is of, and the board has ${others.length} relays`,
  );
}

/** Undefined for an empty one: a relay's id or the number of its line is enough. */
export function parseReadTopic(text: string): ReadForm['topic'] {
  return text === '' ? undefined : parseLineTopic(text, 'read');
}

/** Throws `config` unless it is a list of rows, each with a relay and topics. */
export function parseTopics(value: unknown): readonly TopicRow[] {
  if (value === undefined || value === '') return [];
  if (!Array.isArray(value)) throw config(`topics of single relays must be a list, not ${kind(value)}`);
  if (value.length > MAX_CHANNELS)
    throw config(`at most ${MAX_CHANNELS} relays can have topics of their own`);
  return value.map((entry: unknown): TopicRow => {
    const { relay, write, read } = (typeof entry === 'object' && entry ? entry : {}) as Record<
      string,
      unknown
    >;
    const row = { relay: textOf(relay), write: textOf(write), read: textOf(read) };
    if (row.relay === '') throw config('a topic of a single relay needs the relay’s id');
    if (row.write !== '') parseLineTopic(row.write, 'write');
    if (row.read !== '') parseLineTopic(row.read, 'read');
    return row;
  });
}

/** A dialog gives numbers as text. */
export function parseFirst(value: unknown): number {
  if (value === undefined || value === '') return 0;
  const line = typeof value === 'string' ? Number(value) : value;
  if (typeof line === 'number' && Number.isInteger(line) && line >= 0 && line <= MAX_LINE) return line;
  throw config(`arrays begin with a line from 0 to ${MAX_LINE}`);
}

/** Throws `config` for a payload that is no text, or too long. */
export function parseQuestion(value: unknown = ''): string {
  if (typeof value === 'string' && value.length <= MAX_QUESTION_LENGTH) return value;
  throw config(`what is asked with must be text of at most ${MAX_QUESTION_LENGTH} characters`);
}

export function parseWords({ onWord, onWordType, offWord, offWordType }: IoSettings): OwnWords {
  return parseOwnWords({ value: onWord, type: onWordType }, { value: offWord, type: offWordType });
}

function parseBuffer(value: unknown): (typeof BUFFERS)[number] {
  const known = BUFFERS.find((each) => each === (value || 'bytes'));
  if (known) return known;
  throw config(`a Buffer is read by one of ${BUFFERS.map(quote).join(', ')}`);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}

function config(message: string): FactoryError {
  return new FactoryError('config', message, { remedy: 'Open the node and correct it' });
}
