/** JSON as nobody writes it, and damage to what somebody wrote. */
import type { Dice } from './dice.ts';

export const RELAYS = ['a', 'b', 'c'] as const;

/** As JSON: also what no text in memory could be. */
const TEXTS = [
  '""',
  '"a"',
  '"b"',
  '"__proto__"',
  '"constructor"',
  '"toString"',
  '"\\u0000"',
  '"\\ud800"',
  '"\\u202eb"',
  '"رله ۱"',
  '"🏭"',
  '"relays/b"',
  '"devices/*,relays/*"',
  '"*?*?*?*?*?*?*?*?b"',
  '"../../relays/b"',
  '"%2e%2e%00"',
  '"{\\"relay\\":\\"b\\"}"',
  '"1.1"',
  '"on"',
  `"${'x'.repeat(300)}"`,
  `"${'*'.repeat(200)}"`,
] as const;
const NUMBERS = [
  '0',
  '-0',
  '1',
  '-1',
  '0.5',
  '1e-9',
  '1e999',
  '-1e999',
  '2147483648',
  '9007199254740993',
  '1e308',
  '4294967296',
] as const;
const KEYS = [
  '"__proto__"',
  '"constructor"',
  '"prototype"',
  '"toJSON"',
  '"then"',
  '"length"',
  '""',
  '"relay"',
  '"action"',
  '"topics"',
  '"since"',
  '"token"',
  '"_placeholder"',
  '"num"',
] as const;
/** Of lists and objects alike: more than a flow may be handed, and more than a stack bears. */
const DEPTHS = [5, 31, 32, 33, 200, 2000] as const;

export function text(dice: Dice): string {
  return dice.pick(TEXTS);
}

export function number(dice: Dice): string {
  return dice.pick(NUMBERS);
}

/** Any JSON, as text. */
export function json(dice: Dice, depth = 2): string {
  const kind = dice.below(depth > 0 ? 12 : 7);
  if (kind < 3) return text(dice);
  if (kind < 5) return number(dice);
  if (kind < 7) return dice.pick(['null', 'true', 'false']);
  if (kind < 9) return `[${Array.from({ length: dice.below(4) }, () => json(dice, depth - 1)).join(',')}]`;
  if (kind < 11) return object(dice, depth - 1);
  return dice.chance(0.2) ? nested(dice) : '{"_placeholder":true,"num":0}';
}

/** An object of any keys, some of them twice: then the last one counts. */
export function object(
  dice: Dice,
  depth = 1,
  { first = [], last = [] }: { first?: readonly string[]; last?: readonly string[] } = {},
): string {
  const more = Array.from({ length: dice.below(4) }, () => `${dice.pick(KEYS)}:${json(dice, depth)}`);
  return `{${[...first, ...more, ...last].join(',')}}`;
}

function nested(dice: Dice): string {
  const depth = dice.pick(DEPTHS);
  return dice.chance(0.5)
    ? `${'['.repeat(depth)}${']'.repeat(depth)}`
    : `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
}

/** One to four wounds: bits turned, bytes lost, doubled, put in, or brought from elsewhere in it. */
export function damaged(dice: Dice, whole: Buffer): Buffer {
  let bytes = Buffer.from(whole);
  for (let wounds = 1 + dice.below(4); wounds > 0 && bytes.length > 0; wounds--) {
    const at = dice.below(bytes.length);
    const to = Math.min(bytes.length, at + 1 + dice.below(12));
    const [before, part, after] = [bytes.subarray(0, at), bytes.subarray(at, to), bytes.subarray(to)];
    const kind = dice.below(6);
    if (kind === 0) bytes[at] = bytes[at]! ^ (1 << dice.below(8));
    else if (kind === 1) bytes = Buffer.concat([before, after]);
    else if (kind === 2) bytes = Buffer.concat([before, part, part, after]);
    else if (kind === 3) bytes = Buffer.concat([before, dice.bytes(1 + dice.below(6)), part, after]);
    else if (kind === 4) bytes = Buffer.from(before);
    else bytes = Buffer.concat([before, bytes.subarray(dice.below(bytes.length)).subarray(0, 16), after]);
  }
  return bytes;
}
