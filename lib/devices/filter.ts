import { attributeOf, DEVICE_STATUSES, PRESENCES, QUALITIES } from './device.ts';
import type { DeviceFilter, DeviceRecord } from './device.ts';
import * as limits from './limits.ts';
import { asObject, checkAttributes, checkOneOf, checkProperties } from './parse.ts';

const CHECKS = new Map<string, (value: unknown) => void>([
  ['id', (value) => limits.checkText('id', value, limits.MAX_ID_LENGTH)],
  ['type', (value) => limits.checkText('type', value, limits.MAX_TYPE_LENGTH)],
  ['status', (value) => checkOneOf('status', value, DEVICE_STATUSES)],
  ['quality', (value) => checkOneOf('quality', value, QUALITIES)],
  ['presence', (value) => checkOneOf('presence', value, PRESENCES)],
  ['search', (value) => limits.checkText('search', value, limits.MAX_NAME_LENGTH)],
  ['attributes', checkAttributes],
]);

/**
 * What comes from outside as a filter. What is no object (an inject's timestamp, a button's text) asks for
 * nothing in particular: all devices. Throws `invalid` or `limit` naming the property; an array is invalid.
 */
export function parseFilter(value: unknown): DeviceFilter {
  if (typeof value !== 'object' || value === null) return {};
  const given = asObject('a filter', value);
  checkProperties(given, CHECKS);
  return given;
}

/** Makes a test of all in a filter but the id, once for all the records it is put to. */
export function matcher(filter: Omit<DeviceFilter, 'id'>): (record: DeviceRecord) => boolean {
  const { type, status, quality, presence } = filter;
  const search = filter.search?.toLowerCase();
  const attributes = Object.entries(filter.attributes ?? {});
  return (record) =>
    (type === undefined || record.type === type) &&
    (status === undefined || record.status === status) &&
    (quality === undefined || record.quality === quality) &&
    (presence === undefined || record.presence === presence) &&
    // A device has no attributes that are null, so null asks for devices without this one.
    attributes.every(([key, value]) => attributeOf(record.attributes, key) === value) &&
    (search === undefined ||
      [record.id, record.name, record.type].some((t) => t.toLowerCase().includes(search)));
}
