import { FactoryError } from '../base/errors.ts';
import { readSwitchWord } from '../base/switch-word.ts';
import { kind, quote } from '../base/text.ts';
import type { LineTopic, NamedLine } from './line-topic.ts';

/** Characters of a reason that are kept. */
const MAX_REASON = 200;

export interface ReadForm {
  /** What topics of single lines look like; undefined: the relay's id or the line's number alone. */
  readonly topic: LineTopic | undefined;
  /** The line that an array begins with. */
  readonly first: number;
}

/** What a message of the far end says, as it may be found on any wire. */
export interface FarMessage {
  readonly topic?: unknown;
  readonly payload?: unknown;
  /** As Catch nodes leave it. */
  readonly error?: unknown;
  readonly quality?: unknown;
  /** Whether the far end is there at all. */
  readonly online?: unknown;
  readonly factory?: { readonly line?: unknown; readonly quality?: unknown };
}

/** Electrical levels by line, which lines failed and why, or that the far end is there, perhaps again. */
export type FarReport =
  | { readonly levels: ReadonlyMap<number, boolean> }
  | { readonly failed: readonly number[]; readonly reason: string }
  | { readonly back: true };

/**
 * Reads a message of the far end: a level of one line, an array of levels from the line `first` on (more of them than the
 * board has lines are of no account), or an object of levels by relay id or line number. With an `error`, a payload of null,
 * `online: false` or the quality `bad` its lines have failed; all of them where it names none. Throws `unknown-relay` for a line that the
 * board has not, `invalid` for what is no level.
 */
export function parseFarMessage(message: FarMessage, lines: readonly NamedLine[], form: ReadForm): FarReport {
  const { payload } = message;
  const reason = failureOf(message);
  if (reason !== undefined) {
    const one = lineOf(message, lines, form.topic);
    return { failed: one ? [one.line] : lines.map(({ line }) => line), reason };
  }
  if (message.online === true) return { back: true };
  if (Array.isArray(payload)) return { levels: inARow(payload, lines, form.first) };
  if (typeof payload === 'object' && payload !== null) return { levels: byName(payload, lines) };
  const level = levelOf(payload, 'the payload');
  const one =
    lineOf(message, lines, form.topic) ?? (hasTopic(message) || lines.length !== 1 ? undefined : lines[0]);
  if (one) return { levels: new Map([[one.line, level]]) };
  const what = hasTopic(message) ? `the topic ${quote(String(message.topic))} names` : 'nothing names';
  throw new FactoryError('unknown-relay', `${what} no relay of this board`, {
    remedy:
      'Let the topic be the relay’s id or its line, as the node has it, or let the payload be an object or an array',
  });
}

function failureOf({ error, payload, quality, online, factory }: FarMessage): string | undefined {
  if (error) {
    const { message = error } = error as { message?: unknown };
    return (typeof message === 'string' ? message : JSON.stringify(message)).slice(0, MAX_REASON);
  }
  if (online === false) return 'it is offline';
  if (payload === null) return 'it says that it knows nothing of its outputs';
  if (quality === 'bad' || factory?.quality === 'bad')
    return 'it says that the quality of what it reads is bad';
  return undefined;
}

function hasTopic({ topic }: FarMessage): boolean {
  return typeof topic === 'string' && topic !== '';
}

function lineOf(
  { topic, factory }: FarMessage,
  lines: readonly NamedLine[],
  form: LineTopic | undefined,
): NamedLine | undefined {
  const text = typeof topic === 'number' ? String(topic) : topic;
  const byTopic =
    typeof text !== 'string' || text === '' ? undefined : (form?.find(text, lines) ?? named(text, lines));
  // An answer to, or a failure of, a message of ours still bears what that was about.
  return byTopic ?? lines.find(({ line }) => line === factory?.line);
}

/** An id before a number: a relay may be called 2. */
function named(name: string, lines: readonly NamedLine[]): NamedLine | undefined {
  return lines.find(({ id }) => id === name) ?? lines.find(({ line }) => String(line) === name);
}

function inARow(
  payload: readonly unknown[],
  lines: readonly NamedLine[],
  first: number,
): Map<number, boolean> {
  const levels = new Map<number, boolean>();
  for (const { line } of lines) {
    const index = line - first;
    if (index >= 0 && index < payload.length) levels.set(line, levelOf(payload[index], `element ${index}`));
  }
  if (levels.size > 0) return levels;
  throw new FactoryError(
    'invalid',
    `none of ${payload.length} levels from line ${first} on is of this board`,
    {
      remedy: 'Set with which line the array begins',
    },
  );
}

function byName(payload: object, lines: readonly NamedLine[]): Map<number, boolean> {
  const levels = new Map<number, boolean>();
  for (const [name, value] of Object.entries(payload)) {
    const line = named(name, lines);
    if (!line) {
      throw new FactoryError('unknown-relay', `${quote(name)} names no relay of this board`, {
        remedy: 'Name levels by relay id or line number, and leave all else out',
      });
    }
    levels.set(line.line, levelOf(value, quote(name)));
  }
  if (levels.size > 0) return levels;
  throw new FactoryError('invalid', 'the object names no relay');
}

function levelOf(value: unknown, what: string): boolean {
  const level = readSwitchWord(value);
  if (level !== undefined) return level;
  const given = typeof value === 'string' || typeof value === 'number' ? quote(String(value)) : kind(value);
  throw new FactoryError('invalid', `${what} is ${given}, which is no level`, {
    remedy: 'Levels are true and false, 1 and 0, or on and off; null says that the far end failed',
  });
}
