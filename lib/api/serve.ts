import { authorise } from '../access/authorise.ts';
import type { AccessPolicy } from '../access/authorise.ts';
import { peerOf } from '../access/peer.ts';
import { FactoryError } from '../base/errors.ts';
import { connectionsRead } from '../base/loop-lag.ts';
import { quote } from '../base/text.ts';
import { problem, STATUS_OF_VERDICT } from './answer.ts';
import type { Answer } from './answer.ts';
import type { Context } from './call.ts';
import { home } from './config.ts';
import type { Surroundings } from './config.ts';
import { homePage, refusedPage, toSignIn, wantsPage } from './home-page.ts';
import type { Guard } from './guard.ts';
import { handle } from './handle.ts';
import { pathOfRequest, preventJsonp, SAFE_HEADERS } from './http.ts';
import type { WebRequest, WebResponse } from './http.ts';
import { below } from './path.ts';

/** A request as it travels on a message: with the response it belongs to. */
export type MessageRequest = WebRequest & { readonly res?: WebResponse };

/** What one API node has to serve requests with. */
export interface Desk {
  readonly guard: Guard;
  /** The full path of what flows serve, without a slash at its end. */
  readonly root: string;
  readonly policy: AccessPolicy;
  readonly surroundings: Surroundings;
  readonly onRefused: (refused: { address: string; code: string; reason: string; by?: string }) => void;
  context(): Promise<Context>;
}

/**
 * Serves a request that a flow hands over: below the base path, or the home path. Throws `config` for one that
 * the guard has not let through, because then nobody has looked at who asks.
 */
export async function serve(desk: Desk, request: MessageRequest, body: unknown): Promise<Answer> {
  const { method = 'GET' } = request;
  const admitted = desk.guard.admitted(request);
  // A copy of a flow has http in nodes of its own for the same paths: whichever of the two has a request serves it.
  if (admitted && admitted.base.toLowerCase() === desk.surroundings.api.toLowerCase()) {
    const { path, principal, permit, arrived, waited, gone } = admitted;
    const { query = {}, socket } = request;
    const call = { method, path, query, body, principal, socket, arrived, waited, gone, permit };
    // The end of a connection may lie in the kernel behind the request that it ends.
    if (waited > 0) await connectionsRead();
    return handle(call, await desk.context());
  }
  const path = pathOfRequest(request);
  if (below(path, desk.root) === '/' && (method === 'GET' || method === 'HEAD')) return atHome(desk, request);
  throw new FactoryError('config', `nobody has authorised a request for ${quote(path)}`, {
    remedy: `Begin the URLs of http in nodes with the base path of the plant API node they lead to`,
  });
}

/** The home path is outside the base, and so outside the guard. */
function atHome({ policy, surroundings, onRefused, root }: Desk, request: MessageRequest): Answer {
  preventJsonp(request, request.res);
  const isPage = wantsPage(request.headers.accept);
  const peer = peerOf(request, 'http', policy.access?.proxies);
  const verdict = authorise(policy, peer, 'read');
  if (verdict.allowed) {
    return isPage ? homePage(surroundings) : { status: 200, body: home(surroundings), headers: SAFE_HEADERS };
  }
  const { code, reason } = verdict;
  if (isPage && code === 'unauthenticated') return toSignIn('/', root);
  onRefused({ ...verdict, address: peer.address });
  if (isPage) return refusedPage(reason);
  return { ...problem(STATUS_OF_VERDICT[code], code, reason), headers: SAFE_HEADERS };
}

/** The request on a message. Throws `invalid` where there is none. */
export function requestOf(message: { readonly [property: string]: unknown }): MessageRequest {
  const { req } = message;
  if (typeof req === 'object' && req !== null && 'headers' in req && 'socket' in req) {
    return req as MessageRequest;
  }
  throw new FactoryError('invalid', 'the message has no msg.req, so there is nobody to answer', {
    remedy: 'Wire http in nodes to the plant API node; other flows use device, relay and plant query nodes',
  });
}
