import type { Request, RequestHandler, Response } from 'express';
import type { NodeAPI } from 'node-red';
import { TICKET_MS } from '../../lib/access/tickets.ts';
import { access } from '../access.ts';
import { userOf } from '../admin.ts';

/**
 * A ticket for whoever is signed in to Node-RED's editor: an engineer if they may deploy, a viewer if they may only look.
 * It goes by a route because only there Node-RED says who asks; a socket that asked it could be ended by anyone.
 */
export function serveTickets(RED: NodeAPI): void {
  const issue =
    (role: 'viewer' | 'engineer') =>
    (request: Request, response: Response): void => {
      const ticket = request.is('application/json')
        ? access.issue({ user: userOf(request), role })
        : undefined;
      if (ticket !== undefined) response.json({ ticket, role, expires_in: TICKET_MS / 1000 });
      else response.status(403).json({ error: 'the access node does not let users of Node-RED in' });
    };
  const may = (permission: string): RequestHandler => RED.auth.needsPermission(permission) as RequestHandler;
  RED.httpAdmin.post('/factory-iot/ticket/engineer', may('factory-iot.write'), issue('engineer'));
  RED.httpAdmin.post('/factory-iot/ticket/viewer', may('factory-iot.read'), issue('viewer'));
}
