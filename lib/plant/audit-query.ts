import { isoTime } from '../base/clock.ts';
import { FactoryError } from '../base/errors.ts';
import { canonicalName, checkText, kind, quote } from '../base/text.ts';
import { asObject, checkOneOf, checkProperties } from '../devices/parse.ts';
import { parseTimestamp } from '../base/source-time.ts';
import { MAX_RELAY_ID_LENGTH } from '../relays/limits.ts';
import type { Seal } from '../store/chain.ts';
import { MAX_READ, type LogQuery } from '../store/log.ts';
import { KINDS } from './audit-entry.ts';

/** Nobody has a longer name. */
const MAX_BY_LENGTH = 200;

const CHECKS = new Map<string, (value: unknown) => void>([
  ['before', (value) => void count('before', value, Number.MAX_SAFE_INTEGER)],
  ['limit', (value) => void count('limit', value, MAX_READ)],
  ['kind', (value) => void kindsOf(value)],
  ['relay', (value) => checkText('relay', value, MAX_RELAY_ID_LENGTH)],
  ['by', (value) => checkText('by', value, MAX_BY_LENGTH)],
  ['since', (value) => void timeOf('since', value)],
  ['until', (value) => void timeOf('until', value)],
]);

/**
 * What to read of the log, as a message or the query of a URL says it, which has text alone. What is no object asks for
 * nothing in particular: the latest entries. Throws `invalid` or `limit` naming the property.
 */
export function parseAuditQuery(value: unknown): LogQuery {
  if (typeof value !== 'object' || value === null) return {};
  const given = asObject('a filter', value);
  checkProperties(given, CHECKS);
  const { before, limit, kind: kinds, relay, by, since, until } = given;
  return {
    ...(before !== undefined && { before: count('before', before, Number.MAX_SAFE_INTEGER) }),
    ...(limit !== undefined && { limit: count('limit', limit, MAX_READ) }),
    ...(kinds !== undefined && { kinds: kindsOf(kinds) }),
    ...(relay !== undefined && { relay: canonicalName(relay as string) }),
    ...(by !== undefined && { by: by as string }),
    ...(since !== undefined && { since: timeOf('since', since) }),
    ...(until !== undefined && { until: timeOf('until', until) }),
  };
}

/** What is known of the log from elsewhere: `{seq, seal}`; undefined where nothing is given. Throws `invalid`. */
export function parseSeal(value: unknown): Seal | undefined {
  if (value === undefined || value === null || value === true) return undefined;
  const { seq, seal, ...rest } = asObject('what is expected', value);
  const [strange] = Object.keys(rest);
  if (strange !== undefined) throw new FactoryError('invalid', `unknown property ${quote(strange)}`);
  if (seq === undefined && seal === undefined) return undefined;
  if (typeof seal === 'string' && /^[0-9a-f]{64}$/i.test(seal)) {
    return { seq: count('seq', seq, Number.MAX_SAFE_INTEGER), seal: seal.toLowerCase() };
  }
  throw new FactoryError('invalid', `seal must be 64 hexadecimal digits, not ${shown(seal)}`, {
    remedy: 'Give seq and seal as the head of an earlier reading has them',
  });
}

function count(what: string, value: unknown, most: number): number {
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number) && number >= 1 && number <= most) return number;
  throw new FactoryError('invalid', `${what} must be a whole number from 1 to ${most}, not ${shown(value)}`);
}

/** One, several with commas, or an array. */
function kindsOf(value: unknown): string[] {
  const given: unknown[] =
    typeof value === 'string' ? value.split(',') : Array.isArray(value) ? value : [value];
  for (const each of given) checkOneOf('kind', each, KINDS);
  return given as string[];
}

function timeOf(what: string, value: unknown): string {
  try {
    return isoTime(parseTimestamp(typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value));
  } catch (error) {
    const { message, remedy } = error as FactoryError;
    throw new FactoryError('invalid', message.replace('timestamp', what), {
      ...(remedy !== undefined && { remedy }),
    });
  }
}

function shown(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  return typeof value === 'number' ? String(value) : kind(value);
}
