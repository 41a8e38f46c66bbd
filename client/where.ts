import { addressOfPage } from './page.ts';
import type { ClientOptions } from './types.ts';

export interface Where {
  /** Scheme, host and port. */
  readonly origin: string;
  /** The path of Socket.IO. */
  readonly path: string;
  /** The whole address of the HTTP API, without a slash at its end. */
  readonly api: string;
}

/**
 * Where the server's parts are. A path in `url` is the prefix of both: given to Socket.IO as it is, it would be
 * taken for the name of a namespace.
 */
export function whereIs({ url, path = '/socket.io', api = '/api' }: ClientOptions): Where {
  const page = addressOfPage();
  if (url === undefined && page === undefined) {
    throw new Error('outside of a page, say where the server is: connect({ url })');
  }
  const { origin, pathname } = new URL(url ?? '/', page);
  const prefix = trimmed(pathname);
  return { origin, path: prefix + trimmed(path), api: origin + prefix + trimmed(api) };
}

function trimmed(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}
