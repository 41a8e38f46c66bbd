/** A live server's settings, as a person or a flow file gives them. */
import { FactoryError } from '../base/errors.ts';
import { shown } from '../base/text.ts';

export const DEFAULT_PATH = '/socket.io';
export const MAX_PATH_LENGTH = 200;

/** What a live server bears at most. */
export interface Limits {
  /** Clients that are connected, and as many that wait over HTTP. */
  readonly maxClients: number;
  /** Clients of one address, and as many that wait over HTTP. */
  readonly maxPerAddress: number;
  /**
   * Connections that have not said yet who they are. Beyond, the one goes that has said nothing for longest, of the address that has
   * the most: whoever means to join does so within a moment, and so finds a place however many wait for nothing.
   */
  readonly maxHalfOpen: number;
  /** What one packet of a client may have, KiB. */
  readonly maxPacket: number;
  /** Events of one client on and on; twice as many at once. */
  readonly maxEvents: number;
}

interface Range {
  readonly standard: number;
  readonly most: number;
}

/** Each from 1 to `most`. */
export const LIMITS: Readonly<Record<keyof Limits, Range>> = {
  /** Above the most a small computer has no file handles left. */
  maxClients: { standard: 500, most: 10_000 },
  /** A browser needs one for each page, and everybody behind a proxy that is not trusted has the same address. */
  maxPerAddress: { standard: 250, most: 10_000 },
  /** All clients come back at once after a restart, behind a proxy from one address. */
  maxHalfOpen: { standard: 500, most: 10_000 },
  maxPacket: { standard: 64, most: 1024 },
  /** Far above any person's hand. */
  maxEvents: { standard: 50, most: 10_000 },
};

/** One or more parts that need no escaping in a URL. */
const PATH = /^(\/[\w.~-]+)+$/;

/** A path such as `/socket.io`, without a slash at its end; empty: the default. Throws `config`. */
export function parsePath(value: unknown): string {
  if (value === undefined || value === null || value === '') return DEFAULT_PATH;
  const text = typeof value === 'string' ? value.trim().replace(/\/$/, '') : '';
  const walks = text.split('/').some((part) => part === '.' || part === '..');
  if (text.length > MAX_PATH_LENGTH || !PATH.test(text) || walks) {
    throw new FactoryError('config', `the path ${shown(value)} cannot be served`, {
      remedy: `Use / and letters, digits or _ . ~ - after it, at most ${MAX_PATH_LENGTH} characters, such as ${DEFAULT_PATH}`,
    });
  }
  return text;
}

/**
 * The path as clients see it: below the root of Node-RED's HTTP nodes. Throws `config` where these are
 * switched off, or where the path is one of `taken`, each of them complete.
 */
export function fullPath(root: string | false | undefined, path: string, taken: readonly string[]): string {
  if (root === false) {
    throw new FactoryError('config', "Node-RED's HTTP nodes are switched off, so clients cannot connect", {
      remedy: "Set httpNodeRoot in Node-RED's settings file",
    });
  }
  const full = joinPath(root ?? '/', path);
  if (taken.includes(full)) {
    throw new FactoryError('config', `${full} is used by Node-RED's editor or a dashboard`, {
      remedy: `Choose another path, such as ${DEFAULT_PATH}`,
    });
  }
  return full;
}

/** Parts of a path put together, with one slash before each and none at the end. */
export function joinPath(...parts: readonly string[]): string {
  return parts
    .flatMap((part) => part.split('/'))
    .filter((part) => part !== '')
    .map((part) => `/${part}`)
    .join('');
}

/** One limit; empty: the standard. Throws `config`. */
export function parseLimit(name: keyof Limits, value: unknown): number {
  const { standard, most } = LIMITS[name];
  if (value === undefined || value === null || value === '') return standard;
  const count = typeof value === 'string' ? Number(value.trim() || NaN) : value;
  if (typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= most) return count;
  throw new FactoryError('config', `${shown(value)} cannot be ${name}`, {
    remedy: `Set a whole number from 1 to ${most}`,
  });
}

/** All limits, as given or the standard. Throws `config`. */
export function parseLimits(given: { readonly [Name in keyof Limits]?: unknown } = {}): Limits {
  const names = Object.keys(LIMITS) as (keyof Limits)[];
  return Object.fromEntries(names.map((name) => [name, parseLimit(name, given[name])])) as unknown as Limits;
}
