/** A live server's settings, as a person or a flow file gives them. */
import { FactoryError } from '../base/errors.ts';
import { shown } from '../base/text.ts';

export const DEFAULT_PATH = '/socket.io';
export const DEFAULT_MAX_CLIENTS = 500;
export const MAX_PATH_LENGTH = 200;
/** Above this a small computer has no file handles left. */
export const MAX_CLIENTS = 10_000;

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

/** How many clients may be connected at once; empty: the default. Throws `config`. */
export function parseMaxClients(value: unknown): number {
  if (value === undefined || value === null || value === '') return DEFAULT_MAX_CLIENTS;
  const count = typeof value === 'string' ? Number(value.trim() || NaN) : value;
  if (typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= MAX_CLIENTS)
    return count;
  throw new FactoryError('config', `${shown(value)} is no number of clients`, {
    remedy: `Set a whole number from 1 to ${MAX_CLIENTS}`,
  });
}
