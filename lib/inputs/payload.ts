import { FactoryError } from '../base/errors.ts';
import { kind, quote } from '../base/text.ts';

/** What MQTT and HTTP make of a level. Any other text is refused, never taken for "on". */
const TEXTS: ReadonlyMap<string, boolean> = new Map([
  ['on', true],
  ['true', true],
  ['1', true],
  ['off', false],
  ['false', false],
  ['0', false],
]);

/** Reads a level off a payload: true, false, 1 or 0, as they are or as text, "on" or "off". Throws `invalid` for all else. */
export function parseLevel(payload: unknown): boolean {
  if (typeof payload === 'boolean') return payload;
  if (payload === 1 || payload === 0) return payload === 1;
  const level = typeof payload === 'string' ? TEXTS.get(payload.trim().toLowerCase()) : undefined;
  if (level !== undefined) return level;
  const given =
    typeof payload === 'string'
      ? quote(payload)
      : typeof payload === 'number'
        ? String(payload)
        : kind(payload);
  throw new FactoryError('invalid', `an input is on or off, not ${given}`, {
    remedy: 'Send true, false, 1, 0, "on" or "off"; a change node takes one bit out of an object or an array',
  });
}
