import { FactoryError } from '../base/errors.ts';
import { kind, quote } from './limits.ts';

/**
 * How far a source's clock may run ahead of ours. Within it, the time of receipt is taken instead, because
 * a value cannot be from the future and would make later ones look stale. Beyond it the write is refused:
 * the source's clock is wrong, and someone has to be told.
 */
export const FUTURE_TOLERANCE_MS = 60_000;
/** 2000-01-01. Smaller numbers are seconds taken for milliseconds, or a clock that was never set. */
const EARLIEST = 946_684_800_000;
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d(:?\d\d)?)$/i;

/** The milliseconds since 1970 of a timestamp; throws `invalid` for anything that names no moment. */
export function parseTimestamp(value: unknown): number {
  const time = typeof value === 'string' ? parseIso(value) : value;
  if (typeof time !== 'number') {
    throw new FactoryError(
      'invalid',
      `timestamp must be ISO 8601 or milliseconds since 1970, not ${kind(value)}`,
    );
  }
  if (time >= EARLIEST && time <= 8.64e15) return time;
  throw new FactoryError('invalid', `timestamp ${quote(String(value))} is not a time since the year 2000`, {
    remedy: 'Give milliseconds since 1970, not seconds, and check the clock of the source',
  });
}

function parseIso(text: string): number {
  const time = ISO.test(text) ? Date.parse(text.replace(',', '.')) : NaN;
  if (!Number.isNaN(time)) return time;
  throw new FactoryError('invalid', `timestamp ${quote(text)} is not ISO 8601 with its zone`, {
    remedy: 'Write it as 2026-01-31T08:00:00Z or 2026-01-31T11:30:00+03:30',
  });
}

/** When a value was true, given what its source says of it (milliseconds) and when it was received. */
export function sourceTime(given: number | undefined, received: number): number {
  if (given === undefined) return received;
  if (given <= received + FUTURE_TOLERANCE_MS) return Math.min(given, received);
  const ahead = Math.round((given - received) / 1000);
  throw new FactoryError('invalid', `timestamp is ${ahead} s in the future`, {
    remedy: `Set the clock of the source; up to ${FUTURE_TOLERANCE_MS / 1000} s are tolerated`,
  });
}
