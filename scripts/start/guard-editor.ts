/**
 * Who can use the editor can run programs, so it asks for the same signs of being on this machine as the plant
 * does. They also keep out other web pages in a browser on this machine.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { NextFunction, Request, Response } from 'express';
import { authorise, type AccessPolicy, type Verdict } from '../../lib/access/authorise.ts';
import { peerOf } from '../../lib/access/peer.ts';
import { below, pathOf } from '../../lib/api/path.ts';
import { refuseUpgrade } from '../../lib/live/refusal.ts';

/** Middleware ahead of the editor. */
export function guardRequests(policy: AccessPolicy) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const verdict = judge(policy, request);
    if (verdict.allowed) next();
    else response.status(403).json({ error: verdict.reason, code: verdict.code, reason: verdict.reason });
  };
}

/** The editor's own socket, which tells what flows show and debug. Call it before Node-RED listens there. */
export function guardUpgrades(server: Server, editor: string, policy: AccessPolicy): void {
  server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    if (below(pathOf(request.url ?? ''), editor) === undefined) return;
    const verdict = judge(policy, request);
    if (verdict.allowed) return;
    // Node-RED's own listener comes next, and ends a socket that can no longer be written to.
    refuseUpgrade(socket, { status: 403, code: verdict.code, reason: verdict.reason });
  });
}

function judge(policy: AccessPolicy, request: IncomingMessage): Verdict {
  return authorise(policy, peerOf(request, 'http'), 'write');
}
