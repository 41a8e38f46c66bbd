import { FactoryError } from '../base/errors.ts';

/**
 * A base path as it is compared: one leading slash, none at the end. Throws `config`: the root itself would
 * put the API in front of everything else that is served there.
 */
export function basePath(given: string): string {
  const base = `/${given.trim().replaceAll(/^\/+|\/+$/g, '')}`;
  if (/^(\/[\w.~-]+)+$/.test(base)) return base;
  throw new FactoryError('config', `${JSON.stringify(given)} cannot be the base path of the API`, {
    remedy: 'Use a path such as /api: one or more names of letters, digits and . _ ~ -',
  });
}

/** Where the client's scripts are, and where people sign in: below the root of what flows serve. Pages rely on it. */
export const SCRIPTS_PATH = '/factory-iot';

/** A URL as a request has it, without its query. */
export function pathOf(url: string): string {
  const end = url.search(/[?#]/);
  return end < 0 ? url : url.slice(0, end);
}

/**
 * What of `path` is below `prefix`, beginning with a slash; undefined where it is elsewhere. Letter case does
 * not count, because it does not for the routes of HTTP-in nodes either, and none may be reached around this.
 */
export function below(path: string, prefix: string): string | undefined {
  if (path.slice(0, prefix.length).toLowerCase() !== prefix.toLowerCase()) return undefined;
  const rest = path.slice(prefix.length);
  if (rest === '') return '/';
  return rest.startsWith('/') ? rest : undefined;
}

/** The names in a path, decoded. Throws `invalid` for an escape that is no UTF-8. */
export function segmentsOf(path: string): string[] {
  try {
    return path.replace(/^\//, '').replace(/\/$/, '').split('/').map(decodeURIComponent);
  } catch {
    throw new FactoryError('invalid', 'the path has a % that does not begin an escaped UTF-8 character', {
      remedy: 'Encode ids in the path with encodeURIComponent',
    });
  }
}
