import { FactoryError } from './errors.ts';

/** Letters, digits and marks of any script (Persian and Hindi need the marks), then also `_ . : -`. */
const NAMING = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}_.:-]*$/u;
/** Names that have a meaning of their own on every JavaScript object: a client may keep records in one. */
const RESERVED: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Throws `invalid` unless `name` may name something (an id, a key), `limit` where it is too long. */
export function checkNaming(what: string, name: string, max: number): void {
  if (name.length > max) throw tooLong(what, name.length, max);
  if (RESERVED.has(name)) throw new FactoryError('invalid', `the ${what} ${quote(name)} is reserved`);
  if (NAMING.test(name)) return;
  throw new FactoryError(
    'invalid',
    `the ${what} ${quote(name)} must begin with a letter or digit and go on with letters, digits or _ . : -`,
  );
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
