import type { Language } from './words.ts';

/** Beyond these a power of ten is easier to read than zeros. */
const LARGEST = 1e10;
const SMALLEST = 1e-4;
/** Four significant digits or two decimals, whichever says more. The statuses of nodes are rounded by the same rule. */
const ROUNDING = {
  maximumSignificantDigits: 4,
  maximumFractionDigits: 2,
  roundingPriority: 'morePrecision',
} as const;

/**
 * A measured number in the digits of a language: `21.48`, `6.02 × 10¹⁴`, `۶٫۰۲ × ۱۰^۱۴`. Never 0 unless it is 0, and never
 * -0.
 */
export function quantity(value: number, language: Language): string {
  const size = Math.abs(value);
  const { rounded, whole } = formats(language);
  if (size < LARGEST && size >= SMALLEST) return rounded.format(value);
  if (size === 0 || !Number.isFinite(value)) return whole.format(size);
  const [digits, power] = value.toExponential(3).split('e').map(Number) as [number, number];
  // Persian has no raised digits.
  const raised = language === 'fa' ? `^${whole.format(power)}` : raise(power);
  // In its own order, also inside text from right to left.
  return `\u2066${rounded.format(digits)} × ${whole.format(10)}${raised}\u2069`;
}

function raise(power: number): string {
  return Array.from(String(power), (sign) => (sign === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(sign)])).join('');
}

interface Formats {
  readonly rounded: Intl.NumberFormat;
  readonly whole: Intl.NumberFormat;
}

const made = new Map<Language, Formats>();

function formats(language: Language): Formats {
  let found = made.get(language);
  if (!found) {
    const locale = language === 'fa' ? 'fa-IR' : 'en-GB';
    const rounded = new Intl.NumberFormat(locale, ROUNDING);
    const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
    found = { rounded, whole };
    made.set(language, found);
  }
  return found;
}
