/** Who gets in: judges every request of polling and every upgrade before the engine sees it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { authorise, originAllowed, type AccessPolicy, type Peer } from '../access/authorise.ts';
import { peerOf } from '../access/peer.ts';
import type { Principal } from '../access/principal.ts';
import type { Emitter } from '../base/events.ts';
import type { LiveEvents } from './live-events.ts';
import type { Refusal } from './refusal.ts';

/** Who was let in with a request. */
export interface Admitted {
  readonly peer: Peer;
  readonly principal: Principal;
}

export interface AdmissionOptions {
  readonly policy: AccessPolicy;
  readonly maxClients: number;
  /** How many connections there are now, those included that have not joined yet. */
  readonly connections: () => number;
  readonly events: Emitter<LiveEvents>;
}

export class Admission {
  readonly #options: AdmissionOptions;
  readonly #admitted = new WeakMap<IncomingMessage, Admitted>();
  #closed = false;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** Lets nobody in any more. */
  close(): void {
    this.#closed = true;
  }

  /**
   * Why the request gets no further; undefined where it may. Every request is judged, not only the first of
   * a session: nobody goes on with a session of another's.
   */
  judge(request: IncomingMessage): Refusal | undefined {
    const peer = peerOf(request, 'socket');
    const verdict = authorise(this.#options.policy, peer, 'read');
    let refusal: Refusal | undefined;
    if (!verdict.allowed) {
      refusal = { status: 403, code: verdict.code, reason: verdict.reason };
    } else if (asksForScript(request.url)) {
      refusal = { status: 403, code: 'forbidden', reason: 'JSONP is not served: any web page could use it' };
    } else if (this.#closed) {
      refusal = { status: 503, code: 'unavailable', reason: 'the server is being redeployed; try again' };
    } else if (this.#isFull && !namesSession(request.url)) {
      const reason = `${this.#options.maxClients} clients are connected already, which is the limit that is set`;
      refusal = { status: 503, code: 'limit', reason };
    } else {
      this.#admitted.set(request, { peer, principal: verdict.principal });
    }
    if (refusal) {
      const { code, reason } = refusal;
      this.#options.events.emit('refused', { address: peer.address, code, reason });
    }
    return refusal;
  }

  /** Who came with a request that was let in. */
  admitted(request: IncomingMessage): Admitted | undefined {
    return this.#admitted.get(request);
  }

  /** Lets a web page of an allowed origin read the answer, a refusal included. */
  allowOrigin(request: IncomingMessage, response: ServerResponse): void {
    const peer = peerOf(request, 'socket');
    response.setHeader('vary', 'Origin');
    if (peer.origin === undefined || !originAllowed(this.#options.policy, peer)) return;
    response.setHeader('access-control-allow-origin', peer.origin);
    response.setHeader('access-control-allow-credentials', 'true');
  }

  get #isFull(): boolean {
    return this.#options.connections() >= this.#options.maxClients;
  }
}

/** Whether the request belongs to a session, judged exactly as the engine does: an empty `sid=` begins a new one. */
function namesSession(url: string | undefined): boolean {
  return Boolean(queryOf(url)?.getAll('sid').at(-1));
}

/** Whether the answer is to be a script (Engine.IO's `j`), which pages of any origin can load and run. */
function asksForScript(url: string | undefined): boolean {
  return queryOf(url)?.has('j') ?? false;
}

function queryOf(url: string | undefined): URLSearchParams | undefined {
  return URL.parse(url ?? '', 'http://localhost')?.searchParams;
}
