import { quantity } from '../base/quantity.ts';
import type { DeviceRecord } from './device.ts';
import type { Receipt } from './ingest.ts';

/** Characters of a value where there is little room. */
const MAX_SHOWN = 32;

/** A device's value with its unit, short, in the words that every language shares. */
export function shownValue({ value, unit }: DeviceRecord): string {
  if (value === null) return '–';
  const text = typeof value === 'number' ? quantity(value) : String(value).replaceAll(/\s+/g, ' ');
  const short = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  return unit === '' || short === '' ? short : `${short} ${unit}`;
}

/** The one value that was written, or how many devices were. */
export function shown({ stored, removed }: Receipt): string {
  const [first] = stored;
  if (first && stored.length + removed.length === 1) return shownValue(first);
  return String(stored.length + removed.length);
}
