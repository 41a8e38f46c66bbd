import { FactoryError } from '../../lib/base/errors.ts';
import type { ReadForm } from '../../lib/gpio/line-reads.ts';
import { parseLineTopic } from '../../lib/gpio/line-topic.ts';
import { parseNotation, type WriteForm } from '../../lib/gpio/line-writes.ts';
import { MAX_LINE } from '../../lib/relays/limits.ts';

/** The node's settings as they were typed in. */
export interface IoSettings {
  /** One message for each line, or one with an array for all. */
  send?: unknown;
  notation?: unknown;
  writeTopic?: unknown;
  readTopic?: unknown;
  /** The line that arrays begin with. */
  first?: unknown;
}

/** How messages leave and what arriving ones look like. Throws `config` with what is wrong. */
export function parseIoSettings(given: IoSettings): { write: WriteForm; read: ReadForm } {
  const first = parseFirst(given.first);
  const { send = 'each' } = given;
  if (send !== 'each' && send !== 'all') throw config('a message is sent for each line, or for all lines');
  return {
    write: {
      together: send === 'all',
      topic: parseLineTopic(textOf(given.writeTopic) || '{id}', 'write'),
      notation: parseNotation(given.notation || undefined),
      first,
    },
    read: { topic: parseReadTopic(textOf(given.readTopic)), first },
  };
}

/** Undefined for an empty one: a relay's id or the number of its line is enough. */
export function parseReadTopic(text: string): ReadForm['topic'] {
  return text === '' ? undefined : parseLineTopic(text, 'read');
}

/** A dialog gives numbers as text. */
export function parseFirst(value: unknown): number {
  if (value === undefined || value === '') return 0;
  const line = typeof value === 'string' ? Number(value) : value;
  if (typeof line === 'number' && Number.isInteger(line) && line >= 0 && line <= MAX_LINE) return line;
  throw config(`arrays begin with a line from 0 to ${MAX_LINE}`);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}

function config(message: string): FactoryError {
  return new FactoryError('config', message, { remedy: 'Open the node and correct it' });
}
