import { addressOfPage } from './page.ts';
import type { ClientOptions } from './types.ts';

export interface Where {
  /** Scheme, host and port. */
  readonly origin: string;
  /** The path of Socket.IO. */
  readonly path: string;
  /** The whole address of the HTTP API, without a slash at its end. */
  readonly api: string;
  /** The whole address below which sessions and the sign-in page are, likewise. */
  readonly access: string;
}

/**
 * Where the server's parts are. A path in `url` is the prefix of all: given to Socket.IO as it is, it would be
 * taken for the name of a namespace.
 */
export function whereIs(options: ClientOptions): Where {
  const { url, path = '/socket.io', api = '/api', access = '/factory-iot' } = options;
  const page = addressOfPage();
  if (url === undefined && page === undefined) {
    throw new Error('outside of a page, say where the server is: connect({ url })');
  }
  const { origin, pathname } = new URL(url ?? '/', page);
  const prefix = trimmed(pathname);
  const below = (base: string): string => origin + prefix + trimmed(base);
  return { origin, path: prefix + trimmed(path), api: below(api), access: below(access) };
}

function trimmed(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}
