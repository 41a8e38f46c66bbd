/** Beyond these a power of ten is easier to read than zeros. */
const LARGEST = 1e10;
const SMALLEST = 1e-4;
/** Four significant digits or two decimals, whichever says more. The client rounds by the same rule. */
const ROUNDING = {
  maximumSignificantDigits: 4,
  maximumFractionDigits: 2,
  roundingPriority: 'morePrecision',
} as const;
const FORMAT = new Intl.NumberFormat('en', { ...ROUNDING, useGrouping: false });

/**
 * A finite number for people, where one language serves all, such as `4.23` or `6.02 × 10¹⁴`. Never 0 unless it is 0, and
 * never -0.
 */
export function quantity(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size < LARGEST && size >= SMALLEST) return FORMAT.format(value);
  const [digits = '', power = ''] = value.toExponential(3).split('e');
  const raised = Array.from(String(Number(power)), (sign) => RAISED[sign] ?? sign).join('');
  return `${Number(digits)} × 10${raised}`;
}

const RAISED: Readonly<Record<string, string>> = {
  '-': '⁻',
  0: '⁰',
  1: '¹',
  2: '²',
  3: '³',
  4: '⁴',
  5: '⁵',
  6: '⁶',
  7: '⁷',
  8: '⁸',
  9: '⁹',
};
