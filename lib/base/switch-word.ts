import { FactoryError } from './errors.ts';
import { kind, quote } from './text.ts';

/** Words for on and off of a device that speaks neither true and false, 1 and 0, nor ON and OFF: a text or a number each. */
export interface OwnWords {
  readonly on: string | number;
  readonly off: string | number;
}

/** Characters of a word of one's own. */
export const MAX_WORD_LENGTH = 64;

/** The words that are understood where a device has none of its own. */
const WORDS: ReadonlyMap<string, boolean> = new Map([
  ['on', true],
  ['true', true],
  ['1', true],
  ['off', false],
  ['false', false],
  ['0', false],
]);

/** The form in which words are compared: without white space at its ends, in lower case. */
export function wordKey(text: string): string {
  return text.trim().toLowerCase();
}

/**
 * Reads a word for on or off: true, false, 1 or 0, as they are or as text, "on" or "off" in any letter case, with white space
 * around it. With words of one's own, these two alone and true and false as they are. Undefined for anything else.
 */
export function readSwitchWord(value: unknown, own?: OwnWords): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const key = wordKey(String(value));
  if (!own) return WORDS.get(key);
  if (isWord(key, own.on)) return true;
  return isWord(key, own.off) ? false : undefined;
}

function isWord(key: string, word: string | number): boolean {
  return typeof word === 'number' ? key !== '' && Number(key) === word : key === wordKey(word);
}

/** Reads the two words that an integrator has set. Throws `config` for what cannot be one, and where both read the same. */
export function parseOwnWords(on: OwnWord, off: OwnWord): OwnWords {
  const words = { on: parseWord(on, 'on'), off: parseWord(off, 'off') };
  if (readSwitchWord(words.off, words) !== true) return words;
  throw config('the words for on and off are the same');
}

/** One word as a dialog gives it: what was typed, and whether it is meant as text or as a number. */
export interface OwnWord {
  readonly value: unknown;
  readonly type: unknown;
}

function parseWord({ value, type }: OwnWord, what: string): string | number {
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw config(`the word for ${what} must be a text or a number, not ${kind(value)}`);
  }
  const text = String(value);
  if (text.trim() === '') throw config(`there is no word for ${what}`);
  if (text.length > MAX_WORD_LENGTH) {
    throw config(
      `the word for ${what} has ${text.length} characters, at most ${MAX_WORD_LENGTH} are allowed`,
    );
  }
  if (type !== 'num' && typeof value === 'string') return text;
  const number = Number(text);
  if (Number.isFinite(number)) return number;
  throw config(`the word for ${what} is to be a number, and ${quote(text)} is none`);
}

function config(message: string): FactoryError {
  return new FactoryError('config', message, {
    remedy: 'Open the node and correct its words for on and off',
  });
}
