/**
 * Who can use the editor can run programs, and who is at a dashboard can switch; so everything that this Node-RED
 * serves asks for the same signs of being on this machine as the plant does. They also keep out other web pages in a
 * browser on this machine. Only what asks for itself is let through: the plant's API and socket, whose origins are
 * settings of their nodes, and the scripts of the client, in which there is nothing to guard.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { NextFunction, Request, Response } from 'express';
import { authorise, type AccessPolicy, type Verdict } from '../../lib/access/authorise.ts';
import { peerOf } from '../../lib/access/peer.ts';
import { problem } from '../../lib/api/answer.ts';
import { refusedPage, wantsPage } from '../../lib/api/home-page.ts';
import { pathOfRequest } from '../../lib/api/http.ts';
import { below, pathOf } from '../../lib/api/path.ts';
import { refuseUpgrade } from '../../lib/live/refusal.ts';
import type { FlowNode } from './bundled-flows.ts';
import { activeNodes } from './summary.ts';

const SCRIPTS = '/factory-iot';

export class Gate {
  readonly #policy: AccessPolicy;
  /** Open with all that is below. */
  #open: readonly string[] = [SCRIPTS];
  /** Open themselves, and nothing below: a live server serves its path alone. */
  #sockets: readonly string[] = [];

  constructor(policy: AccessPolicy) {
    this.#policy = policy;
  }

  /** Lets through what the nodes of these flows guard themselves. */
  follow(flows: readonly FlowNode[]): void {
    const active = activeNodes(flows);
    const texts = (type: string, property: string): string[] =>
      active
        .filter((node) => node.type === type)
        .map((node) => node[property])
        .filter(
          (value): value is string => typeof value === 'string' && value.startsWith('/') && value !== '/',
        );
    this.#open = [SCRIPTS, ...texts('factory-api', 'base')];
    this.#sockets = texts('factory-server', 'path');
  }

  /** Middleware ahead of everything. */
  readonly requests = (request: Request, response: Response, next: NextFunction): void => {
    const verdict = this.#judge(request, pathOfRequest(request));
    if (!verdict || verdict.allowed) {
      next();
      return;
    }
    const { code, reason } = verdict;
    const { status, body, headers } = wantsPage(request.headers.accept)
      ? refusedPage(reason)
      : problem(403, code, reason);
    response
      .status(status)
      .set(headers ?? {})
      .send(body);
  };

  /** All sockets. Call it before anyone else listens there. */
  guardUpgrades(server: Server): void {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
      const verdict = this.#judge(request, pathOf(request.url ?? ''));
      if (!verdict || verdict.allowed) return;
      // The listeners of others come next, and end a socket that can no longer be written to.
      refuseUpgrade(socket, { status: 403, code: verdict.code, reason: verdict.reason });
    });
  }

  /** Undefined where somebody else judges. */
  #judge(request: IncomingMessage, path: string): Verdict | undefined {
    if (this.#open.some((base) => below(path, base) !== undefined)) return undefined;
    if (this.#sockets.some((base) => below(path, base) === '/')) return undefined;
    return authorise(this.#policy, peerOf(request, 'http'), 'write');
  }
}
