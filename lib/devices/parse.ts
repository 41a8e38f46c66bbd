import { FactoryError } from '../base/errors.ts';
import { checkTimestamp } from '../base/source-time.ts';
import { DEVICE_STATUSES, EXPECTED_INTERVAL, QUALITIES } from './device.ts';
import type { DeviceInput } from './device.ts';
import * as limits from './limits.ts';

/** One check a property; a property without one is refused. */
const CHECKS = new Map<string, (value: unknown) => void>([
  ['id', checkGivenId],
  ['name', (value) => limits.checkText('name', value, limits.MAX_NAME_LENGTH)],
  ['type', (value) => limits.checkText('type', value, limits.MAX_TYPE_LENGTH)],
  ['unit', (value) => limits.checkText('unit', value, limits.MAX_UNIT_LENGTH)],
  ['value', (value) => limits.checkValue('value', value, limits.MAX_VALUE_LENGTH)],
  ['status', (value) => checkOneOf('status', value, DEVICE_STATUSES)],
  ['quality', (value) => checkOneOf('quality', value, QUALITIES)],
  ['reason', (value) => limits.checkText('reason', value, limits.MAX_REASON_LENGTH)],
  // What it says is read later: one that is not understood does not cost the value.
  ['timestamp', checkTimestamp],
  ['presence', (value) => checkOneOf('presence', value, ['online', 'offline'])],
  ['attributes', checkAttributes],
]);

/**
 * What comes from outside as a {@link DeviceInput}; throws `invalid` or `limit` naming the property. Whether
 * the id may name a new device is for the registry to say: a strange id is first of all an unknown one.
 */
export function parseDeviceInput(value: unknown): DeviceInput {
  const given = asObject('a device', value);
  if (given.id === undefined) throw new FactoryError('invalid', 'the device has no id');
  checkProperties(given, CHECKS);
  return given as unknown as DeviceInput;
}

/** Runs the check of each property that is given; throws `invalid` for one that has none. */
export function checkProperties(
  given: Readonly<Record<string, unknown>>,
  checks: ReadonlyMap<string, (value: unknown) => void>,
): void {
  for (const property of Object.keys(given)) {
    const value = given[property];
    const check = checks.get(property);
    if (!check) {
      throw new FactoryError('invalid', `unknown property ${limits.quote(property)}`, {
        remedy: `Known are ${Array.from(checks.keys()).join(', ')}`,
      });
    }
    if (value !== undefined) check(value);
  }
}

export function asObject(what: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw new FactoryError('invalid', `${what} must be an object, not ${limits.kind(value)}`);
}

export function checkOneOf(what: string, value: unknown, allowed: readonly string[]): void {
  if (typeof value === 'string' && allowed.includes(value)) return;
  const given = typeof value === 'string' ? limits.quote(value) : limits.kind(value);
  throw new FactoryError('invalid', `${what} must be one of ${allowed.join(', ')}, not ${given}`);
}

/** Throws `invalid` or `limit` unless it is an object of attributes. */
export function checkAttributes(value: unknown): void {
  const attributes = asObject('attributes', value);
  const keys = Object.keys(attributes);
  if (keys.length > limits.MAX_ATTRIBUTES) throw tooManyAttributes(keys.length);
  for (const key of keys) {
    limits.checkAttributeKey(key);
    const attribute = attributes[key];
    limits.checkValue(`attribute ${key}`, attribute, limits.MAX_ATTRIBUTE_VALUE_LENGTH);
    if (key === EXPECTED_INTERVAL && attribute !== null) limits.checkInterval(key, attribute);
  }
}

export function tooManyAttributes(count: number): FactoryError {
  return new FactoryError('limit', `${count} attributes, at most ${limits.MAX_ATTRIBUTES} are allowed`);
}

function checkGivenId(value: unknown): void {
  if (typeof value === 'string' && value !== '') return;
  throw new FactoryError('invalid', `id must be text, not ${value === '' ? 'empty' : limits.kind(value)}`);
}
