import { FactoryError } from '../base/errors.ts';

/** How long entries of the log are kept, days. */
export const RETENTION_DAYS = 365;
export const MAX_RETENTION_DAYS = 3650;

/** Reads how many days entries are kept; left out: {@link RETENTION_DAYS}. Throws `config`. */
export function parseRetention(value: unknown): number {
  if (value === undefined || value === null || value === '') return RETENTION_DAYS;
  const days = typeof value === 'string' ? Number(value) : value;
  if (typeof days === 'number' && Number.isInteger(days) && days >= 1 && days <= MAX_RETENTION_DAYS)
    return days;
  throw new FactoryError(
    'config',
    `the log is kept for 1 to ${MAX_RETENTION_DAYS} days, a whole number, not ${JSON.stringify(value)}`,
    { remedy: 'Open the plant and correct its retention' },
  );
}
