import { FactoryError } from '../base/errors.ts';
import type { Value } from './device.ts';

/** How much a plant may hold. What exceeds a limit is refused as a whole, never cut. Lengths in UTF-16 units. */
export const MAX_DEVICES = 100_000;
export const MAX_ID_LENGTH = 128;
export const MAX_NAME_LENGTH = 200;
export const MAX_TYPE_LENGTH = 64;
export const MAX_UNIT_LENGTH = 32;
export const MAX_VALUE_LENGTH = 4096;
export const MAX_ATTRIBUTES = 64;
export const MAX_ATTRIBUTE_KEY_LENGTH = 64;
export const MAX_ATTRIBUTE_VALUE_LENGTH = 1024;

/** Letters, digits and marks of any script (Persian and Hindi need the marks), then also `_ . : -`. */
const NAMING = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}_.:-]*$/u;
/** Names that have a meaning of their own on every JavaScript object: a client may keep devices in one. */
const RESERVED: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Throws `invalid` unless `id` may name a device, `limit` where it is too long. */
export function checkId(id: string): void {
  checkNaming('id', id, MAX_ID_LENGTH);
}

/** Throws `invalid` unless `key` may name an attribute, `limit` where it is too long. */
export function checkAttributeKey(key: string): void {
  checkNaming('attribute name', key, MAX_ATTRIBUTE_KEY_LENGTH);
}

/** Throws `invalid` unless it is text, `limit` where it is too long. */
export function checkText(what: string, value: unknown, max: number): asserts value is string {
  if (typeof value !== 'string')
    throw new FactoryError('invalid', `${what} must be text, not ${kind(value)}`);
  if (value.length > max) throw tooLong(what, value.length, max);
}

/** Throws `invalid` unless it is a number that exists, text, true, false or null; `limit` for long text. */
export function checkValue(what: string, value: unknown, max: number): asserts value is Value {
  if (typeof value === 'string') {
    if (value.length > max) throw tooLong(what, value.length, max);
    return;
  }
  if (typeof value === 'boolean' || value === null || Number.isFinite(value)) return;
  throw new FactoryError(
    'invalid',
    `${what} must be a finite number, text, true, false or null, not ${kind(value)}`,
  );
}

/** What a value is, in the words of an error message. */
export function kind(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'number') return Number.isFinite(value) ? 'a number' : String(value);
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** A value as an error message quotes it: short, on one line. */
export function quote(value: string): string {
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
}

function checkNaming(what: string, name: string, max: number): void {
  if (name.length > max) throw tooLong(what, name.length, max);
  if (RESERVED.has(name)) throw new FactoryError('invalid', `the ${what} ${quote(name)} is reserved`);
  if (NAMING.test(name)) return;
  throw new FactoryError(
    'invalid',
    `the ${what} ${quote(name)} must begin with a letter or digit and go on with letters, digits or _ . : -`,
  );
}

function tooLong(what: string, length: number, max: number): FactoryError {
  return new FactoryError('limit', `${what} has ${length} characters, at most ${max} are allowed`);
}
