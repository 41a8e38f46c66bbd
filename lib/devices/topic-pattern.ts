import { FactoryError } from '../base/errors.ts';
import { checkAttributeKey, quote } from './limits.ts';

/** Characters of a pattern. */
export const MAX_PATTERN_LENGTH = 256;

export interface TopicMatch {
  readonly id: string;
  /** What stood at the other names in braces. */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface TopicPattern {
  readonly text: string;
  /** What a topic says, or undefined for a topic of another form. */
  match(topic: string): TopicMatch | undefined;
}

/** What one level of a topic must be. */
type Level = { readonly name: string } | { readonly text: string } | 'any' | 'rest';

const REMEDY =
  'Write it as plant/{area}/{id}: a level is a name in braces, text, + (any) or, last, # (the rest)';

/**
 * Reads a pattern of topics such as `plant/{area}/{id}`. `{id}` stands for the device's id, other names in
 * braces become attributes, `+` is any one level and `#`, as the last, all that follow, as MQTT has them.
 * Throws `config` for what cannot be a pattern, and for one without `{id}` where it needs one; else `id` is empty then.
 */
export function parseTopicPattern(text: string, { needsId = true } = {}): TopicPattern {
  if (text.length > MAX_PATTERN_LENGTH) {
    throw config(`a topic pattern has at most ${MAX_PATTERN_LENGTH} characters, not ${text.length}`);
  }
  const levels = text.split('/').map((level) => parseLevel(level));
  const names = levels.flatMap((level) => (typeof level === 'object' && 'name' in level ? [level.name] : []));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw config(`the topic pattern ${quote(text)} has {${twice}} twice`);
  if (needsId && !names.includes('id')) throw config(`the topic pattern ${quote(text)} has no {id}`);
  if (levels.slice(0, -1).includes('rest')) throw config(`in the topic pattern ${quote(text)} # is not last`);
  return { text, match: (topic) => match(levels, topic) };
}

function parseLevel(level: string): Level {
  if (level === '+') return 'any';
  if (level === '#') return 'rest';
  const name = /^\{(.*)\}$/.exec(level)?.[1];
  if (name === undefined) {
    if (/[{}+#]/.test(level)) throw config(`${quote(level)} is no level of a topic pattern`);
    return { text: level };
  }
  try {
    checkAttributeKey(name);
  } catch (cause) {
    throw config(`${quote(level)} names nothing that an attribute can be called`, cause);
  }
  return { name };
}

function match(levels: readonly Level[], topic: string): TopicMatch | undefined {
  const given = topic.split('/');
  const open = levels.at(-1) === 'rest';
  if (open ? given.length < levels.length - 1 : given.length !== levels.length) return undefined;
  const found: Record<string, string> = {};
  for (const [index, level] of levels.entries()) {
    if (typeof level === 'string') continue;
    const text = given[index]!;
    if ('text' in level ? text !== level.text : text === '') return undefined;
    if ('name' in level) found[level.name] = text;
  }
  const { id = '', ...attributes } = found;
  return { id, attributes };
}

function config(message: string, cause?: unknown): FactoryError {
  return new FactoryError('config', message, { remedy: REMEDY, cause });
}
