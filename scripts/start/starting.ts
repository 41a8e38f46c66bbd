/**
 * What is asked while Node-RED starts: the port is open already, but nobody is behind it yet. Clients try again by
 * themselves, where a 404 or a hanging upgrade would make them give up or wait.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { refuseRequest, refuseUpgrade, type Refusal } from '../../lib/live/refusal.ts';

const STARTING: Refusal = {
  status: 503,
  code: 'unavailable',
  reason: 'Node-RED is starting; try again in a moment',
};

export interface Starting {
  /** Middleware ahead of everything. */
  readonly requests: (request: IncomingMessage, response: ServerResponse, next: () => void) => void;
  /** From now on everything is passed on. */
  done(): void;
}

/** Refuses requests and upgrades until it is done. Call it before anyone else listens for upgrades. */
export function refuseWhileStarting(server: Server): Starting {
  let starting = true;
  const upgrade = (_request: IncomingMessage, socket: Duplex): void => refuseUpgrade(socket, STARTING);
  server.on('upgrade', upgrade);
  return {
    requests: (_request, response, next) => {
      if (!starting) {
        next();
        return;
      }
      response.setHeader('retry-after', '1');
      refuseRequest(response, STARTING);
    },
    done: () => {
      starting = false;
      server.removeListener('upgrade', upgrade);
    },
  };
}
