import { FactoryError } from '../base/errors.ts';
import type { OwnWords } from '../base/switch-word.ts';
import { quote } from '../base/text.ts';
import { readBuffer, readLevel, readNames, readRow, type Readings } from './line-levels.ts';
import { named, type LineTopic, type NamedLine } from './line-topic.ts';

/** Characters of a reason that are kept. */
const MAX_REASON = 200;

/** Encodings of several lines in a Buffer: one byte each, or one bit each, the lowest first, as Modbus has coils. */
export const BUFFERS = ['bytes', 'bits'] as const;

export interface ReadForm {
  /** What topics of single lines look like; undefined: the relay's id or the line's number alone. */
  readonly topic: LineTopic | undefined;
  /** The line that an array or a Buffer begins with. */
  readonly first: number;
  /** The far end's own words for on and off; left out: the usual ones. */
  readonly words?: OwnWords | undefined;
  /** See {@link BUFFERS}; left out: bytes. */
  readonly buffer?: (typeof BUFFERS)[number];
  /** Retained messages are as good as fresh ones. */
  readonly takeRetained?: boolean;
  /** The board's name, as its own messages bear it. */
  readonly board?: string;
}

/** A message of the far end as it may be found on any wire. */
export interface FarMessage {
  readonly topic?: unknown;
  readonly payload?: unknown;
  /** As Catch nodes leave it. */
  readonly error?: unknown;
  readonly quality?: unknown;
  /** Whether the far end is there at all. */
  readonly online?: unknown;
  /** As mqtt in has it: the broker has kept this message, and delivers it again. */
  readonly retain?: unknown;
  readonly factory?: { readonly board?: unknown; readonly line?: unknown; readonly quality?: unknown };
}

/** Content of a message of the far end. */
export interface FarReport extends Readings {
  /** A broker has kept it: it proves nothing. */
  readonly isReplayed: boolean;
  /** Presence of the far end, the lines that it covers, and the topic that reports it (empty: none). */
  readonly presence?: {
    readonly isThere: boolean;
    readonly lines: readonly number[];
    readonly source: string;
  };
  /** The topic of a message that is about something else. */
  readonly foreign?: string;
}

const NOTHING: Readings = { levels: new Map(), failed: new Map(), unknown: [] };

/**
 * Reads a message of the far end: a level of one line, an array or a Buffer of levels from the line `first` on (more of them
 * than the board has lines are ignored), or an object of levels by relay id or line number. A line whose level is not
 * understood has failed. With an `error`, a payload of null, `online: false` or the quality `bad` its lines have failed; all of
 * them where it names none. Where topics have a form, a message on another topic that names no line is about something else.
 * Throws `unknown-relay` and `invalid` for what says nothing of any line.
 */
export function parseFarMessage(message: FarMessage, lines: readonly NamedLine[], form: ReadForm): FarReport {
  const isReplayed = message.retain === true && form.takeRetained !== true;
  const topic = topicOf(message);
  const one = lineOf(message, lines, form);
  const of = one ? [one.line] : lines.map(({ line }) => line);
  const presence = (isThere: boolean): FarReport => ({
    ...NOTHING,
    isReplayed,
    presence: { isThere, lines: of, source: topic },
  });
  if (message.error) {
    // It is raised now, whatever message it is about.
    if (!one && isOfAnother(message, form)) return { ...NOTHING, isReplayed: false };
    const isOwn = typeof message.factory?.board === 'string';
    if (!one && !isOwn && topic !== '' && form.topic)
      return { ...NOTHING, isReplayed: false, foreign: topic };
    return { ...failing(of, errorOf(message.error)), isReplayed: false };
  }
  if (message.online === false) return presence(false);
  const reason = failureOf(message);
  if (reason !== undefined) return { ...failing(of, reason), isReplayed };
  if (message.online === true) return presence(true);
  const readings = readPayload(message.payload, one, topic, lines, form);
  if (readings) return { ...readings, isReplayed };
  if (topic !== '' && form.topic) return { ...NOTHING, isReplayed, foreign: topic };
  throw nothingNamed(topic);
}

/** Undefined where it says nothing of any line of the board. */
function readPayload(
  payload: unknown,
  one: NamedLine | undefined,
  topic: string,
  lines: readonly NamedLine[],
  form: ReadForm,
): Readings | undefined {
  const single = one ?? (topic === '' && lines.length === 1 ? lines[0] : undefined);
  const ofOne = (value: unknown): Readings => {
    const level = readLevel(value, form.words);
    return typeof level === 'boolean'
      ? { ...NOTHING, levels: new Map([[single!.line, level]]) }
      : failing([single!.line], level);
  };
  if (Buffer.isBuffer(payload)) {
    if (one) return ofOne(payload);
    return readRow(readBuffer(payload, form.buffer), lines, form);
  }
  if (Array.isArray(payload)) return readRow(payload, lines, form);
  if (typeof payload === 'object' && payload !== null) {
    const readings = readNames(payload, lines, form.words);
    if (readings) return readings;
    if (one) return ofOne(payload);
    if (topic !== '' && form.topic) return undefined;
    throw new FactoryError('unknown-relay', `${namesOf(payload)} no relay of this board`, {
      remedy: 'Name levels by relay id or line number',
    });
  }
  if (single) return payload === undefined && !one ? undefined : ofOne(payload);
  if (topic !== '' || payload === undefined || typeof readLevel(payload, form.words) === 'boolean')
    return undefined;
  // The far end speaks of all its lines, and cannot be understood.
  return failing(
    lines.map(({ line }) => line),
    readLevel(payload, form.words) as string,
  );
}

function failing(lines: readonly number[], reason: string): Readings {
  return { ...NOTHING, failed: new Map(lines.map((line) => [line, reason])) };
}

function errorOf(error: unknown): string {
  const { message = error } = error as { message?: unknown };
  return (typeof message === 'string' ? message : JSON.stringify(message)).slice(0, MAX_REASON);
}

function failureOf({ payload, quality, factory }: FarMessage): string | undefined {
  if (payload === null) return 'it says that it knows nothing of its outputs';
  if (quality === 'bad' || factory?.quality === 'bad')
    return 'it says that the quality of what it reads is bad';
  return undefined;
}

/** Empty where there is none. */
function topicOf({ topic }: FarMessage): string {
  return typeof topic === 'string' ? topic : typeof topic === 'number' ? String(topic) : '';
}

function lineOf(message: FarMessage, lines: readonly NamedLine[], form: ReadForm): NamedLine | undefined {
  const topic = topicOf(message);
  const byTopic = topic === '' ? undefined : (form.topic?.find(topic, lines) ?? named(topic, lines));
  if (byTopic || isOfAnother(message, form)) return byTopic;
  // An answer to, or a failure of, a message of this board still bears what that was about.
  return lines.find(({ line }) => line === message.factory?.line);
}

/** Returns whether a message goes back to a message of another board. */
function isOfAnother({ factory }: FarMessage, { board }: ReadForm): boolean {
  return typeof factory?.board === 'string' && board !== undefined && factory.board !== board;
}

function namesOf(payload: object): string {
  const [name] = Object.keys(payload);
  return name === undefined ? 'the empty object names' : `${quote(name)} names`;
}

function nothingNamed(topic: string): FactoryError {
  const what = topic === '' ? 'nothing names' : `the topic ${quote(topic)} names`;
  return new FactoryError('unknown-relay', `${what} no relay of this board`, {
    remedy:
      'Let the topic be the relay’s id or its line, as the node has it, or let the payload be an object or an array',
  });
}
