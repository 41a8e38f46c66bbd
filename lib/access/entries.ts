/** Who may come in, as the settings of an access node and its credentials say. */
import { FactoryError } from '../base/errors.ts';
import { parseGlobs } from '../base/glob.ts';
import { kind, quote, shown } from '../base/text.ts';
import { parseRole, type Rights } from './role.ts';

/** Far more than one plant has people and machines. */
export const MAX_ENTRIES = 1000;
export const MAX_NAME_LENGTH = 64;
/** How many patterns of relays, areas or devices one entry has. */
export const MAX_PATTERNS = 100;

/** Someone who may come in: a person with a password, or a program or device with a token. */
export interface Entry extends Rights {
  /** Names it for ever, also where its name changes. */
  readonly id: string;
  readonly kind: 'person' | 'token';
  /** As the audit names it. */
  readonly name: string;
  /** First moment at which it is over, milliseconds since 1970; null: never. */
  readonly expires: number | null;
  /** What its password or token is recognised by; undefined: there is none, so nobody comes in by it. */
  readonly secret: string | undefined;
}

/** Letters and marks of any script, digits, spaces and a few signs; nothing that could be taken for something else in a log. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._@'-]*$/u;

/**
 * Throws `config`. `secrets` is JSON: an object with what secrets are kept as, by the ids of entries. A secret that is not
 * there, or no secret, leaves its entry without: that is what a flow looks like which was brought from elsewhere.
 */
export function parseEntries(people: unknown, secrets?: unknown): Entry[] {
  if (people === undefined || people === null || people === '') return [];
  if (!Array.isArray(people)) throw wrong('the people', `a list, not ${kind(people)}`);
  if (people.length > MAX_ENTRIES) {
    throw new FactoryError('config', `${people.length} people and tokens, at most ${MAX_ENTRIES} can be set`);
  }
  const kept = parseSecrets(secrets);
  const entries = people.map((given: unknown) => parseEntry(given, kept));
  for (const property of ['id', 'name'] as const) {
    const seen = new Set<string>();
    for (const entry of entries) {
      const value = entry[property].toLowerCase();
      if (!seen.has(value)) seen.add(value);
      else throw new FactoryError('config', `two entries have the ${property} ${quote(entry[property])}`);
    }
  }
  return entries;
}

/**
 * Engineers among people that cannot be set as a whole, each read by itself; of those with one name the first. They may
 * use the editor to correct the others.
 */
export function parseEngineers(people: unknown, secrets?: unknown): Entry[] {
  const found = new Map<string, Entry>();
  for (const given of Array.isArray(people) ? (people as unknown[]).slice(0, MAX_ENTRIES) : []) {
    try {
      const entry = parseEntry(given, parseSecrets(secrets));
      const name = entry.name.toLowerCase();
      if (entry.kind === 'person' && entry.role === 'engineer' && !found.has(name)) found.set(name, entry);
    } catch {
      // Told for the list as a whole.
    }
  }
  return Array.from(found.values());
}

function parseEntry(given: unknown, secrets: ReadonlyMap<string, string>): Entry {
  if (typeof given !== 'object' || given === null) throw wrong('an entry', `an object, not ${kind(given)}`);
  const { id, name, kind: of, role, relays, areas, devices, expires } = given as Record<string, unknown>;
  if (typeof name !== 'string' || name.length > MAX_NAME_LENGTH || !NAME.test(name)) {
    throw new FactoryError('config', `${shown(name)} cannot be the name of a person or token`, {
      remedy: `Use letters, digits, spaces and . _ @ ' - , at most ${MAX_NAME_LENGTH} characters`,
    });
  }
  if (typeof id !== 'string' || !/^[\w-]{1,40}$/.test(id))
    throw wrong(`the id of ${quote(name)}`, 'short text');
  if (of !== 'person' && of !== 'token') throw wrong(`the kind of ${quote(name)}`, '"person" or "token"');
  const parsed = parseRole(role);
  if (parsed === 'device' && of === 'person') {
    throw new FactoryError('config', `${quote(name)} is a person and cannot have the role device`);
  }
  return {
    id,
    kind: of,
    name,
    role: parsed,
    relays: parsePatterns(name, 'relays', relays),
    areas: parsePatterns(name, 'areas', areas),
    devices: parsePatterns(name, 'devices', devices),
    expires: parseExpiry(name, expires),
    secret: secrets.get(id),
  };
}

/** Text with commas, or a list. */
function parsePatterns(name: string, what: string, value: unknown): string[] {
  if (value === undefined || value === null) return [];
  const parts = Array.isArray(value)
    ? (value as unknown[])
    : typeof value === 'string'
      ? value.split(',')
      : [value];
  const patterns = parts.map((part) => {
    if (typeof part !== 'string') throw wrong(`the ${what} of ${quote(name)}`, `text, not ${kind(part)}`);
    return part.trim();
  });
  const found = [...new Set(patterns.filter((pattern) => pattern !== ''))];
  if (found.length > MAX_PATTERNS) {
    throw new FactoryError(
      'config',
      `${quote(name)} has ${found.length} ${what}, at most ${MAX_PATTERNS} can be set`,
      {
        remedy: 'Use * for what several have in common, or an area',
      },
    );
  }
  for (const pattern of found) parseGlobs(pattern);
  return found;
}

function parseExpiry(name: string, value: unknown): number | null {
  if (value === undefined || value === null || value === '') return null;
  const at = typeof value === 'string' ? (endOfDay(value.trim()) ?? moment(value.trim())) : NaN;
  if (Number.isFinite(at)) return at;
  throw new FactoryError('config', `${quote(name)} ends at ${shown(value)}, which is no date`, {
    remedy: 'Give a day such as 2027-03-21, a moment such as 2027-03-21T17:00:00Z, or leave it empty',
  });
}

/** End of a day of the plant, which is in the time zone of this machine; undefined: it is no day. */
function endOfDay(text: string): number | undefined {
  const [, ...parts] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? [];
  if (parts.length === 0) return undefined;
  const [year, month, day] = parts.map(Number) as [number, number, number];
  const exists = new Date(`${text}T00:00:00Z`);
  if (Number.isNaN(exists.getTime()) || exists.getUTCDate() !== day) return NaN;
  // By the calendar, because a day has 23 or 25 hours where the time changes.
  const next = new Date(2000, 0, 1);
  next.setFullYear(year, month - 1, day + 1);
  return next.getTime();
}

/** Only with a zone: a time without one is another moment on each machine. */
function moment(text: string): number {
  return /T.*(Z|[+-]\d\d:?\d\d)$/.test(text) ? Date.parse(text) : NaN;
}

function parseSecrets(value: unknown): Map<string, string> {
  if (typeof value !== 'string' || value === '') return new Map();
  try {
    const secrets = JSON.parse(value) as unknown;
    if (typeof secrets !== 'object' || secrets === null) return new Map();
    return new Map(
      Object.entries(secrets).filter((entry): entry is [string, string] => isKeptSecret(entry[1])),
    );
  } catch {
    // The text stays out of the error: it is what secrets are recognised by.
    throw new FactoryError('config', 'the kept passwords and tokens cannot be read', {
      remedy: 'Set them anew in the access node',
    });
  }
}

function wrong(what: string, expected: string): FactoryError {
  return new FactoryError('config', `${what} must be ${expected}`);
}

/** What `lib/access/secret.ts` makes of a token or of a password. */
function isKeptSecret(value: unknown): value is string {
  return typeof value === 'string' && (/^[\w-]{43}$/.test(value) || KEPT_PASSWORD.test(value));
}

const KEPT_PASSWORD = /^scrypt\$(16384|32768|65536)\$8\$1\$[\w-]{22}\$[\w-]{43}$/;
