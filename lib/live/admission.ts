/** Who gets in: judges every request of polling and every upgrade before the engine sees it, and then who joins. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { authorise, originAllowed, type AccessPolicy, type Peer, type Verdict } from '../access/authorise.ts';
import { peerOf, type Credential } from '../access/peer.ts';
import type { Principal } from '../access/principal.ts';
import type { Emitter } from '../base/events.ts';
import type { LiveEvents } from './live-events.ts';
import type { Refusal } from './refusal.ts';

/** How many connections of one address may be about to join. A browser needs one, and a proxy asks for many. */
export const MAX_HALF_OPEN = 20;

/** Who was let in. */
export interface Admitted {
  readonly peer: Peer;
  readonly principal: Principal;
}

export interface AdmissionOptions {
  readonly policy: AccessPolicy;
  readonly maxClients: number;
  /** How many clients have joined. */
  readonly joined: () => number;
  readonly events: Emitter<LiveEvents>;
}

/** What we use of a connection of the engine. */
export interface Connection {
  readonly request: IncomingMessage;
  close(discard: boolean): void;
  once(event: 'close', heard: () => void): unknown;
}

export class Admission {
  readonly #options: AdmissionOptions;
  readonly #halfOpen = new Map<string, Set<IncomingMessage>>();
  #halfOpenCount = 0;
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
   * a session: nobody goes on with a session of another's. A browser cannot say who it is before it joins, so who says
   * nothing is let through to there; who says something wrong is not.
   */
  judge(request: IncomingMessage): Refusal | undefined {
    const peer = this.#peerOf(request);
    const verdict = authorise(this.#options.policy, peer, 'read');
    const isNew = !namesSession(request.url);
    let refusal: Refusal | undefined;
    if (!verdict.allowed && !maySayLater(verdict, peer)) {
      refusal = { status: STATUS[verdict.code], code: verdict.code, reason: verdict.reason };
    } else if (asksForScript(request.url)) {
      refusal = { status: 403, code: 'forbidden', reason: 'JSONP is not served: any web page could use it' };
    } else if (this.#closed) {
      refusal = { status: 503, code: 'unavailable', reason: 'the server is being redeployed; try again' };
    } else if (isNew && this.#isFull) {
      refusal = { status: 503, code: 'limit', reason: this.#full };
    } else if (isNew && this.#isCrowded(peer.address)) {
      refusal = { status: 503, code: 'limit', reason: CROWDED };
    }
    if (refusal) this.#tell(peer, refusal, verdict);
    return refusal;
  }

  /** Counts a connection until it has joined or is gone. Handshakes that arrive together are all judged before the first is counted. */
  connected(connection: Connection): void {
    const { request } = connection;
    const { address } = this.#peerOf(request);
    const half = this.#halfOpen.get(address) ?? new Set();
    this.#halfOpen.set(address, half.add(request));
    this.#halfOpenCount++;
    connection.once('close', () => this.joined(request, address));
    if (this.#isFullWith(0) || half.size > MAX_HALF_OPEN) connection.close(true);
  }

  /** It is no longer about to join. */
  joined(request: IncomingMessage, address = this.#peerOf(request).address): void {
    const half = this.#halfOpen.get(address);
    if (!half?.delete(request)) return;
    this.#halfOpenCount--;
    if (half.size === 0) this.#halfOpen.delete(address);
  }

  /** Who joins, by what they say of themselves in doing so; or why they may not. */
  admit(request: IncomingMessage, auth: unknown): Admitted | Refusal {
    const asked = this.#peerOf(request);
    const said = this.#credentialOf(auth, asked.address);
    const peer: Peer = said ? { ...asked, credential: said } : asked;
    const verdict = authorise(this.#options.policy, peer, 'read');
    if (!verdict.allowed) {
      const refusal = { status: STATUS[verdict.code], code: verdict.code, reason: verdict.reason } as const;
      this.#tell(peer, refusal, verdict);
      return refusal;
    }
    const { principal } = verdict;
    const { grant } = principal;
    if (grant === undefined) return { peer, principal };
    // From here on it is enough to know who it was: a secret is kept nowhere for longer than needed.
    const credential: Credential = { kind: 'grant', grant, isPage: peer.credential?.kind === 'page' };
    return { peer: { ...peer, credential }, principal };
  }

  /** Lets a web page of an allowed origin read the answer, a refusal included. */
  allowOrigin(request: IncomingMessage, response: ServerResponse): void {
    const peer = this.#peerOf(request);
    response.setHeader('vary', 'Origin');
    if (peer.origin === undefined || !originAllowed(this.#options.policy, peer)) return;
    response.setHeader('access-control-allow-origin', peer.origin);
    response.setHeader('access-control-allow-credentials', 'true');
  }

  #credentialOf(auth: unknown, address: string): Credential | undefined {
    const { token, ticket } = (typeof auth === 'object' && auth !== null ? auth : {}) as Record<
      string,
      unknown
    >;
    if (typeof token === 'string' && token !== '') return { kind: 'bearer', secret: token };
    if (ticket === undefined) return undefined;
    const redeemed = this.#options.policy.access?.redeem(ticket, { address, remember: false });
    // A ticket that is no good is a secret that nobody has.
    if (!redeemed || 'failed' in redeemed) return { kind: 'bearer', secret: '' };
    return { kind: 'grant', grant: redeemed.identity.grant, isPage: false };
  }

  #peerOf(request: IncomingMessage): Peer {
    return peerOf(request, 'socket', this.#options.policy.access?.proxies);
  }

  #tell({ address }: Peer, { code, reason }: Refusal, verdict: Verdict): void {
    const by = verdict.allowed ? verdict.principal.name : verdict.by;
    this.#options.events.emit('refused', { address, code, reason, by });
  }

  /** Where nobody has to sign in, who is about to join has been judged as who has joined. */
  #isFullWith(more: number): boolean {
    const { policy, joined, maxClients } = this.#options;
    const halfOpen = policy.access?.isConfigured ? 0 : this.#halfOpenCount;
    return joined() + halfOpen + more > maxClients;
  }

  get #isFull(): boolean {
    return this.#isFullWith(1);
  }

  #isCrowded(address: string): boolean {
    return (this.#halfOpen.get(address)?.size ?? 0) >= MAX_HALF_OPEN;
  }

  get #full(): string {
    return `${this.#options.maxClients} clients are connected already, which is the limit that is set`;
  }
}

const STATUS = { unauthenticated: 401, forbidden: 403, limit: 429 } as const;
const CROWDED = `${MAX_HALF_OPEN} connections of this address have not said yet who they are`;

function maySayLater(verdict: Verdict & { allowed: false }, { credential }: Peer): boolean {
  return verdict.code === 'unauthenticated' && credential?.kind !== 'bearer';
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
