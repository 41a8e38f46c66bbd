/** Numbers, times and sizes as people of the page's language read them. */
import { language, t } from './page.ts';
import { quantity as quantityIn } from './quantity.ts';

/** A number with at most so many decimals, in the digits of the page's language. */
export function number(value: number, decimals = 1): string {
  return formatter(language(), decimals).format(value);
}

/** A measured number, with the digits that say something. */
export function quantity(value: number): string {
  return quantityIn(value, language());
}

export function percent(value: number): string {
  return `${number(value, 0)}${language() === 'fa' ? '٪' : '%'}`;
}

/** Bytes with a unit of powers of 1024, such as `3.2 GiB`. */
export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const step = Math.min(Math.max(Math.floor(Math.log2(Math.max(value, 1)) / 10), 0), units.length - 1);
  return isolate(`${number(value / 1024 ** step, step > 1 ? 1 : 0)} ${units[step]}`);
}

/** A length of time, as coarse as people think of it. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 2) return t('age.now');
  if (seconds < 90) return t('age.s', { n: number(seconds, 0) });
  if (seconds < 90 * 60) return t('age.min', { n: number(seconds / 60, 0) });
  if (seconds < 36 * 3600) return t('age.h', { n: number(seconds / 3600, 0) });
  return t('age.d', { n: number(seconds / 86_400, 0) });
}

export function timeOfDay(at: number): string {
  const locale = language() === 'fa' ? 'fa-IR' : 'en-GB';
  return new Date(at).toLocaleTimeString(locale);
}

/** Keeps a number and its unit together, in their own order, inside text of either direction. */
export function isolate(text: string): string {
  return `\u2066${text}\u2069`;
}

const formatters = new Map<string, Intl.NumberFormat>();

function formatter(of: string, decimals: number): Intl.NumberFormat {
  const key = `${of}${decimals}`;
  let found = formatters.get(key);
  if (!found) {
    const locale = of === 'fa' ? 'fa-IR' : 'en-GB';
    found = new Intl.NumberFormat(locale, { maximumFractionDigits: decimals });
    formatters.set(key, found);
  }
  return found;
}
