import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { asError, FactoryError } from '../../lib/base/errors.ts';

/**
 * How long a connection may take to say what it wants, milliseconds, and how often that is looked at. Node.js would wait a minute
 * for headers, five for a body, and look each half minute: who only opens connections could hold all that there can be.
 */
export const PATIENCE = {
  headersTimeout: 15_000,
  requestTimeout: 60_000,
  connectionsCheckingInterval: 5000,
} as const;

/** Listens, and resolves with the port. Throws `unavailable` with what to do where the address cannot be had. */
export async function listen(server: Server, host: string, port: number): Promise<number> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw explain(asError(error), host, port);
  }
  return (server.address() as AddressInfo).port;
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): FactoryError {
  const other = (better: number): string => `Choose another: PORT=${better} npm start`;
  switch (error.code) {
    case 'EADDRINUSE':
      return new FactoryError(
        'unavailable',
        `another program, often another Node-RED, uses port ${port} on ${host}`,
        { remedy: `Stop that one. ${other(port < 65_535 ? port + 1 : 1880)}` },
      );
    case 'EACCES':
      return new FactoryError(
        'unavailable',
        `this user may not open port ${port} (below 1024 they are reserved)`,
        { remedy: other(1880) },
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new FactoryError('unavailable', `HOST=${host} is no address of this machine`, {
        remedy: 'Leave HOST out for this machine alone',
      });
    default:
      return new FactoryError('unavailable', `${host}:${port} cannot be opened: ${error.message}`, {
        cause: error,
      });
  }
}
