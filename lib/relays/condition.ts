import { FactoryError } from '../base/errors.ts';
import { canonicalName, checkNaming, checkText, kind, quote } from '../base/text.ts';
import { MAX_RELAY_ID_LENGTH, MAX_WHY_LENGTH } from './limits.ts';

export const SOURCES = ['device', 'input', 'topic'] as const;
export type Source = (typeof SOURCES)[number];

/** Comparisons. `bad` holds while the value cannot be relied on. */
export const TESTS = ['is', 'is-not', 'above', 'below', 'bad'] as const;
export type Test = (typeof TESTS)[number];

/** Effects of a source that is not known: it counts as a cause of a trip, or is ignored. */
export const LOST = ['trip', 'ignore'] as const;
export type Lost = (typeof LOST)[number];

export type ConditionValue = number | string | boolean;

/** A condition on a device, an input or a topic, under which a relay trips or is permitted. */
export interface Condition {
  readonly source: Source;
  /** Id of the device or input, or the topic. */
  readonly id: string;
  readonly op: Test;
  /** Compared with its type: the text "5" is not the number 5. Null with `bad` alone. */
  readonly value: ConditionValue | null;
  /** For people, such as "tank empty"; empty: the comparison itself is told. */
  readonly reason: string;
  readonly lost: Lost;
}

/** The most conditions of one kind at one channel. */
export const MAX_CONDITIONS = 8;
export const MAX_TOPIC_LENGTH = 256;
export const MAX_DEVICE_ID_LENGTH = 128;

const PROPERTIES: ReadonlySet<string> = new Set(['source', 'id', 'op', 'value', 'reason', 'lost']);

export type ConditionKind = 'trips' | 'permits';

/** Reads the conditions of a channel that trip it or permit it; none where they are left out. Throws `config`. */
export function parseConditions(value: unknown, list: ConditionKind, where: string): readonly Condition[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw config(`${list} of ${where} must be an array, not ${kind(value)}`);
  if (value.length > MAX_CONDITIONS)
    throw config(`${list} of ${where} are ${value.length}, at most ${MAX_CONDITIONS} are allowed`);
  return value.map((entry, index) => {
    const at = `condition ${index + 1} of the ${list} of ${where}`;
    const condition = parseCondition(entry, at);
    if (list === 'permits' && condition.op === 'bad')
      throw config(`${at}: a value that cannot be relied on permits nothing`);
    return condition;
  });
}

function parseCondition(entry: unknown, at: string): Condition {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
    throw config(`${at} must be an object, not ${kind(entry)}`);
  const strange = Object.keys(entry).find((name) => !PROPERTIES.has(name));
  if (strange !== undefined) throw config(`${at} has no ${quote(strange)}`);
  const given = entry as Readonly<Record<string, unknown>>;
  const source = parseWord(given['source'], SOURCES, `the source of ${at}`);
  const op = parseWord(given['op'], TESTS, `the comparison of ${at}`);
  return {
    source,
    id: parseSourceId(given['id'], source, at),
    op,
    value: parseValue(given['value'], source, op, at),
    reason: parseReason(given['reason'], at),
    lost: parseWord(given['lost'] ?? 'trip', LOST, `what ${at} does where its source is not known`),
  };
}

function parseWord<T extends string>(value: unknown, known: readonly T[], what: string): T {
  const found = known.find((name) => name === value);
  if (found) return found;
  const given = typeof value === 'string' ? quote(value) : kind(value);
  throw config(`${what} must be one of ${known.map(quote).join(', ')}, not ${given}`);
}

function parseSourceId(id: unknown, source: Source, at: string): string {
  try {
    if (typeof id !== 'string') throw new Error(`it must name its ${source}, not ${kind(id)}`);
    if (source === 'topic') return parseTopic(id);
    checkNaming(`${source} id`, id, source === 'device' ? MAX_DEVICE_ID_LENGTH : MAX_RELAY_ID_LENGTH);
    return canonicalName(id);
  } catch (error) {
    throw config(`${at}: ${(error as Error).message}`);
  }
}

/** A topic is compared as it is, so it cannot stand for several. */
function parseTopic(topic: string): string {
  checkText('the topic', topic, MAX_TOPIC_LENGTH);
  if (topic === '' || topic !== topic.trim())
    throw new Error('the topic must not be empty, nor end in spaces');
  if (/[+#\p{Cc}]/u.test(topic)) throw new Error(`the topic ${quote(topic)} must have no wildcard (+ or #)`);
  return topic;
}

function parseValue(value: unknown, source: Source, op: Test, at: string): ConditionValue | null {
  if (op === 'bad') {
    if (value === undefined || value === null) return null;
    throw config(`${at} compares with no value`);
  }
  if (op === 'above' || op === 'below') {
    if (source === 'input')
      throw config(`${at}: an input is true or false, neither above nor below anything`);
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw config(`${at} must compare with a number, not ${kind(value)}`);
  }
  if (source === 'input' && typeof value !== 'boolean')
    throw config(`${at}: an input is true or false, not ${kind(value)}`);
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return value;
  if (typeof value === 'string' && value.length <= MAX_WHY_LENGTH) return value;
  throw config(
    `${at} must compare with a number, true, false or text of at most ${MAX_WHY_LENGTH} characters`,
  );
}

function parseReason(reason: unknown, at: string): string {
  if (reason === undefined || reason === null) return '';
  if (typeof reason === 'string' && reason.length <= MAX_WHY_LENGTH) return reason.trim();
  throw config(`the reason of ${at} must be text of at most ${MAX_WHY_LENGTH} characters`);
}

function config(message: string): FactoryError {
  return new FactoryError('config', message, { remedy: 'Open the board and correct its channels' });
}
