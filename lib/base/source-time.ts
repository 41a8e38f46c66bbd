import { FactoryError } from './errors.ts';
import { kind, quote } from './text.ts';

/**
 * Tolerance for a source's clock that runs ahead of ours, milliseconds. Within it the time of receipt is taken instead,
 * because a value cannot be from the future. Beyond it one of the two clocks is wrong.
 */
export const FUTURE_TOLERANCE_MS = 60_000;

/**
 * Distance up to which two times that lie in the future are still of two values in the wrong order, milliseconds. A larger
 * step back means that the clock of the source was corrected.
 */
export const RESET_MS = 3_600_000;

/** 2000-01-01. */
const EARLIEST = 946_684_800_000;
/** 2020-01-01. Clocks that were never set start at 1970, 1980, 2000, 2010 or 2012. */
const NEVER_SET_BEFORE = 1_577_836_800_000;
/** Seconds since 1970 have fewer digits than this until the year 5138; as milliseconds it is in 1973. */
const SECONDS_BELOW = 1e11;
const LATEST = 8.64e15;
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d(:?\d\d)?)$/i;
const WITHOUT_ZONE = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?)?$/i;
const NUMBER = /^[+-]?\d+(\.\d+)?$/;

/** Causes for which a source's timestamp is not trusted, each with the reason that a value gets. */
export const TIME_DOUBTS = {
  seconds: 'its timestamp is in seconds, not in milliseconds',
  zone: 'its timestamp has no time zone',
  'never-set': 'its timestamp is before 2020: the clock of the source was never set',
  future: 'its timestamp is in the future: the clock of the source or of this machine is wrong',
  unreadable: 'its timestamp is not a time',
} as const;
export type TimeDoubt = keyof typeof TIME_DOUBTS;

export interface SourceTime {
  /** Time at which the value was true, milliseconds since 1970, as far as known; if doubtful, the time of receipt. */
  readonly at: number;
  /** The time as its source gave it, to be compared with times of the same source; left out for none, or one that orders nothing. */
  readonly given?: number;
  readonly doubt?: TimeDoubt;
}

/**
 * Reads the time that a source gives for a value. A timestamp that cannot be trusted never costs the value: it counts as of
 * its receipt, and `doubt` says why. Throws `invalid` for what is neither text nor a number.
 */
export function readSourceTime(timestamp: unknown, received: number): SourceTime {
  if (timestamp === undefined || timestamp === null) return { at: received };
  checkTimestamp(timestamp);
  const time = millisecondsOf(timestamp);
  const doubt = typeof time === 'string' ? time : doubtOf(time, received);
  if (typeof time === 'string' || (doubt !== undefined && doubt !== 'future')) {
    return { at: received, ...(doubt && { doubt }) };
  }
  return doubt ? { at: received, given: time, doubt } : { at: Math.min(time, received), given: time };
}

/**
 * Returns whether a value is older than the known one of the same source, because the two overtook each other. Both times are
 * as the source gave them. A known time that lies in the future now means that one of the two clocks was corrected since: a
 * time that does not, or that is far from it, begins a new order. Otherwise no value would be taken until the clock caught
 * up.
 */
export function isOlder(given: number, known: number | undefined, now: number): boolean {
  if (known === undefined || given >= known) return false;
  if (known <= now) return true;
  return given > now && known - given <= RESET_MS;
}

/** A message's timestamp as it can be read: a Date is its moment, and what can be no time at all costs no value either. */
export function timestampOf(value: unknown): string | number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' || typeof value === 'number') return value;
  return value instanceof Date ? value.getTime() : NaN;
}

/** The milliseconds since 1970 of a timestamp that a person or a query gives; throws `invalid` for what names no moment. */
export function parseTimestamp(value: unknown): number {
  checkTimestamp(value);
  const time = typeof value === 'string' ? parseIso(value) : value;
  if (time >= EARLIEST && time <= LATEST) return time;
  throw new FactoryError('invalid', `timestamp ${quote(String(value))} is not a time since the year 2000`, {
    remedy: 'Give milliseconds since 1970, not seconds',
  });
}

/** Throws `invalid` for what cannot be a timestamp at all. */
export function checkTimestamp(timestamp: unknown): asserts timestamp is string | number {
  if (typeof timestamp === 'string' || typeof timestamp === 'number') return;
  throw new FactoryError(
    'invalid',
    `timestamp must be ISO 8601 or milliseconds since 1970, not ${kind(timestamp)}`,
  );
}

function millisecondsOf(timestamp: string | number): number | TimeDoubt {
  if (typeof timestamp === 'number') return timestamp;
  const text = timestamp.trim();
  if (NUMBER.test(text)) return Number(text);
  if (WITHOUT_ZONE.test(text)) return 'zone';
  const time = momentOf(text);
  return Number.isNaN(time) ? 'unreadable' : time;
}

function doubtOf(time: number, received: number): TimeDoubt | undefined {
  if (!Number.isFinite(time) || Math.abs(time) > LATEST) return 'unreadable';
  if (time >= NEVER_SET_BEFORE / 1000 && time < SECONDS_BELOW) return 'seconds';
  if (time < NEVER_SET_BEFORE) return 'never-set';
  return time > received + FUTURE_TOLERANCE_MS ? 'future' : undefined;
}

/** NaN for what is not ISO 8601, and for a day that no month has, such as 30 February. */
function momentOf(text: string): number {
  if (!ISO.test(text)) return NaN;
  const [year = NaN, month = NaN, day = NaN] = text.slice(0, 10).split('-').map(Number);
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return day <= last ? Date.parse(text.replace(',', '.')) : NaN;
}

function parseIso(text: string): number {
  const time = momentOf(text);
  if (!Number.isNaN(time)) return time;
  throw new FactoryError('invalid', `timestamp ${quote(text)} is not ISO 8601 with its zone`, {
    remedy: 'Write it as 2026-01-31T08:00:00Z or 2026-01-31T11:30:00+03:30',
  });
}
