import { FactoryError } from './errors.ts';

/**
 * Letters, digits and marks of any script (Persian and Hindi need the marks), then also `_ . : -`, and between two letters
 * the joiners ZWNJ and ZWJ, with which Persian and Hindi are written. No other invisible character, so none that turns the
 * order of a line.
 */
const NAMING = /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}_.:-]|(?<=[\p{L}\p{M}])[\u200c\u200d](?=\p{L}))*$/u;
/** Names that have a meaning of their own on every JavaScript object: a client may keep records in one. */
const RESERVED: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Throws `invalid` unless `name` may name something (an id, a key), `limit` where it is too long. */
export function checkNaming(what: string, name: string, max: number): void {
  if (name.length > max) throw tooLong(what, name.length, max);
  if (RESERVED.has(name)) throw new FactoryError('invalid', `the ${what} ${quote(name)} is reserved`);
  if (NAMING.test(canonicalName(name))) return;
  throw new FactoryError(
    'invalid',
    `the ${what} ${quote(name)} must begin with a letter or digit and go on with letters, digits or _ . : -`,
  );
}

const PLAIN = /^[\x20-\x7e]*$/;

/** The form in which a name is kept and shown: NFC, so that a composed `ä` and a decomposed one are the same text. */
export function canonicalName(name: string): string {
  return PLAIN.test(name) ? name : name.normalize('NFC');
}

/** Letters and digits that an Arabic keyboard types for their Persian twins, which look the same. */
const TWINS: ReadonlyMap<string, string> = new Map([
  ['\u064a', '\u06cc'],
  ['\u0643', '\u06a9'],
  ...Array.from({ length: 10 }, (_, digit): [string, string] => [
    String.fromCharCode(0x660 + digit),
    String.fromCharCode(0x6f0 + digit),
  ]),
]);

/**
 * The form in which names are compared and looked up: two names with the same key are the same name. Composed and decomposed
 * letters are the same, and so are Arabic and Persian yeh, kaf and digits; joiners, which cannot be
 * seen, do not count. Letter case does.
 */
export function nameKey(name: string): string {
  if (PLAIN.test(name)) return name;
  return name
    .normalize('NFC')
    .replace(/[\u064a\u0643\u0660-\u0669\u200c\u200d]/gu, (letter) => TWINS.get(letter) ?? '');
}

/** Throws `invalid` unless it is text, `limit` where it is too long. */
export function checkText(what: string, value: unknown, max: number): asserts value is string {
  if (typeof value !== 'string')
    throw new FactoryError('invalid', `${what} must be text, not ${kind(value)}`);
  if (value.length > max) throw tooLong(what, value.length, max);
}

/** What a value is, in the words of an error message. */
export function kind(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'number') return Number.isFinite(value) ? 'a number' : String(value);
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** Whatever somebody has set, as an error message shows it. */
export function shown(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? quote(String(value)) : kind(value);
}

/** A value as an error message quotes it: short, on one line. */
export function quote(value: string): string {
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
}

export function tooLong(what: string, length: number, max: number): FactoryError {
  return new FactoryError('limit', `${what} has ${length} characters, at most ${max} are allowed`);
}

/**
 * A stranger's text as a log can bear it: cut, on one line, without control characters, and without those that turn the order
 * in which the rest of the line is read.
 */
export function oneLine(text: string, max: number): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, ' ');
  return line.length > max ? `${line.slice(0, max)}…` : line;
}
