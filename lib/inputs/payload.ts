import { FactoryError } from '../base/errors.ts';
import { readSwitchWord } from '../base/switch-word.ts';
import { kind, quote } from '../base/text.ts';

/** Reads a level off a payload: true, false, 1 or 0, as they are or as text, "on" or "off". Throws `invalid` for all else. */
export function parseLevel(payload: unknown): boolean {
  const level = readSwitchWord(payload);
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
