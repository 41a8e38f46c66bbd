import { FactoryError } from '../base/errors.ts';
import { shown } from '../base/text.ts';

export const DEFAULT_REMEMBER_DAYS = 30;
export const MAX_REMEMBER_DAYS = 365;

/** How long a tablet that is to be remembered stays signed in, days; empty: the default. Throws `config`. */
export function parseRememberDays(value: unknown): number {
  if (value === undefined || value === null || value === '') return DEFAULT_REMEMBER_DAYS;
  const days = typeof value === 'string' ? Number(value.trim() || NaN) : value;
  if (typeof days === 'number' && Number.isInteger(days) && days >= 1 && days <= MAX_REMEMBER_DAYS)
    return days;
  throw new FactoryError('config', `${shown(value)} is no number of days`, {
    remedy: `Set a whole number from 1 to ${MAX_REMEMBER_DAYS}`,
  });
}
