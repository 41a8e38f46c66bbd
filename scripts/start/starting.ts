/**
 * What is asked while Node-RED starts: the port is open already, but nobody is behind it yet. Clients try again by
 * themselves, where a 404 or a hanging upgrade would make them give up or wait.
 */
import type { Server } from 'node:http';
import { refuseRequest, refuseUpgrade, type Refusal } from '../../lib/live/refusal.ts';
import { guardServer } from '../../nodes/gate.ts';

const STARTING: Refusal = {
  status: 503,
  code: 'unavailable',
  reason: 'Node-RED is starting; try again in a moment',
};

/**
 * Refuses requests and upgrades until what is returned is called. Before any other gate: as long as nobody is known yet, none
 * of them could tell who may come in.
 */
export function refuseWhileStarting(server: Server): () => void {
  let isStarting = true;
  guardServer(server, {
    stopsRequest(_request, response) {
      if (!isStarting) return false;
      response.setHeader('retry-after', '1');
      refuseRequest(response, STARTING);
      return true;
    },
    stopsUpgrade(_request, socket) {
      if (isStarting) refuseUpgrade(socket, STARTING);
      return isStarting;
    },
  });
  return () => void (isStarting = false);
}
