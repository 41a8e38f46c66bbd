import { quote } from '../base/text.ts';
import type { Value } from './device.ts';

/**
 * Texts by which other systems say that they have no value, in lower case: Python, JavaScript, C, Home Assistant, ESPHome,
 * Tasmota, zigbee2mqtt, openHAB (NULL, UNDEF) and spreadsheets.
 */
export const NO_VALUE_WORDS: ReadonlySet<string> = new Set([
  '',
  'nan',
  'inf',
  'infinity',
  'unavailable',
  'unknown',
  'none',
  'null',
  'nil',
  'undef',
  'undefined',
  'n/a',
  '#n/a',
  '--',
]);
/** As the C library of Windows writes them, such as `-1.#IND`. */
const MSVC = /^1\.#(qnan|snan|inf|ind)\d*$/;

/**
 * Returns the reason why a value is none, for its quality; undefined: it is one. `keepWords`: text is text, whatever it says.
 */
export function whyNoValue(value: Value | undefined, keepWords: boolean): string | undefined {
  if (value === null) return 'the source has no value';
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `the source sent ${value}`;
  if (typeof value !== 'string' || keepWords) return undefined;
  const word = value.trim().toLowerCase();
  const unsigned = word.replace(/^[+-](?=[in1])/, '');
  if (!NO_VALUE_WORDS.has(unsigned) && !MSVC.test(unsigned)) return undefined;
  return word === '' ? 'the source sent an empty text' : `the source sent ${quote(value.trim())}`;
}
