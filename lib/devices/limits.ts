import { FactoryError } from '../base/errors.ts';
import { checkNaming, kind, tooLong } from '../base/text.ts';
import type { Value } from './device.ts';

export { checkText, kind, quote } from '../base/text.ts';

/** How much a plant may hold. What exceeds a limit is refused as a whole, never cut. Lengths in UTF-16 units. */
export const MAX_DEVICES = 100_000;
export const MAX_ID_LENGTH = 128;
export const MAX_NAME_LENGTH = 200;
export const MAX_TYPE_LENGTH = 64;
export const MAX_UNIT_LENGTH = 32;
export const MAX_VALUE_LENGTH = 4096;
export const MAX_REASON_LENGTH = 200;
export const MAX_ATTRIBUTES = 64;
export const MAX_ATTRIBUTE_KEY_LENGTH = 64;
export const MAX_ATTRIBUTE_VALUE_LENGTH = 1024;

/** Throws `invalid` unless `id` may name a device, `limit` where it is too long. */
export function checkId(id: string): void {
  checkNaming('id', id, MAX_ID_LENGTH);
}

/** Throws `invalid` unless `key` may name an attribute, `limit` where it is too long. */
export function checkAttributeKey(key: string): void {
  checkNaming('attribute name', key, MAX_ATTRIBUTE_KEY_LENGTH);
}

/** Range of the interval at which a device may be expected, seconds. */
export const MIN_INTERVAL_S = 1;
export const MAX_INTERVAL_S = 604_800;

/** Throws `invalid` unless it is a number of seconds within which a device can be expected. */
export function checkInterval(what: string, value: unknown): asserts value is number {
  if (typeof value === 'number' && value >= MIN_INTERVAL_S && value <= MAX_INTERVAL_S) return;
  const given = typeof value === 'number' ? String(value) : kind(value);
  throw new FactoryError(
    'invalid',
    `${what} must be ${MIN_INTERVAL_S} to ${MAX_INTERVAL_S} seconds, not ${given}`,
  );
}

/** Milliseconds of an interval in seconds as a text field has it; null where it is empty. Throws `config`. */
export function parseInterval(seconds: string | number = ''): number | null {
  const text = String(seconds).trim();
  if (text === '') return null;
  try {
    const number = Number(text);
    checkInterval('the expected interval', number);
    return number * 1000;
  } catch (error) {
    throw new FactoryError('config', (error as Error).message, { remedy: 'Open the device and correct it' });
  }
}

/** Throws `invalid` unless it is a number (also NaN and infinite ones), text, true, false or null; `limit` for long text. */
export function checkValue(what: string, value: unknown, max: number): asserts value is Value {
  if (typeof value === 'string') {
    if (value.length > max) throw tooLong(what, value.length, max);
    return;
  }
  if (typeof value === 'boolean' || value === null || typeof value === 'number') return;
  throw new FactoryError(
    'invalid',
    `${what} must be a finite number, text, true, false or null, not ${kind(value)}`,
  );
}
