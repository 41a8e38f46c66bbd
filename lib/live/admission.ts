/** Who gets in: judges every request of polling and every upgrade before the engine sees it, and then who joins. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { authorise, originAllowed, type AccessPolicy, type Peer, type Verdict } from '../access/authorise.ts';
import { peerOf, type Credential } from '../access/peer.ts';
import type { Principal } from '../access/principal.ts';
import { placeOf } from '../access/proxies.ts';
import type { Emitter } from '../base/events.ts';
import type { LiveEvents } from './live-events.ts';
import type { Refusal } from './refusal.ts';
import { Counts } from './counts.ts';
import { CLIENT_PARAMETER } from './protocol.ts';
import type { Rehearsal } from './rehearsal.ts';
import type { Limits } from './settings.ts';
import { clientOf } from './subscription.ts';

/** What part of all places one person or token may have, so that none of them can have them all; at least {@link MIN_EACH}. */
export const SHARE_EACH = 1 / 4;
export const MIN_EACH = 4;

/** Who was let in. */
export interface Admitted {
  readonly peer: Peer;
  readonly principal: Principal;
}

export interface AdmissionOptions {
  readonly policy: AccessPolicy;
  readonly limits: Limits;
  /** How many clients have joined. */
  readonly joined: () => number;
  readonly events: Emitter<LiveEvents>;
  readonly rehearsal: Pick<Rehearsal, 'refuses'>;
}

/** What we use of a connection of the engine. */
export interface Connection {
  readonly request: IncomingMessage;
  /** Milliseconds that one which polls is held for its last words. */
  readonly transport: { closeTimeout?: number };
  close(discard: boolean): void;
  once(event: 'close', heard: () => void): unknown;
}

export class Admission {
  readonly #options: AdmissionOptions;
  /** How many have joined from each address: whoever has not stands in nobody's way. */
  readonly #places = new Counts();
  /** Those that have not joined, by address, and of each those that have waited longest first. */
  readonly #halfOpen = new Map<string, Map<IncomingMessage, Connection>>();
  /** How many that are of all addresses. */
  #waiting = 0;
  /** How many have joined, by what they are known by. */
  readonly #joined = new Counts();
  /** By which connections somebody has joined. */
  readonly #taken = new WeakSet<IncomingMessage>();
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
    } else if (isNew) {
      refusal = this.#crowded(peer);
    }
    if (refusal) this.#tell(peer, refusal, verdict);
    if (refusal || !isNew) return refusal;
    // That is meant so, and nothing for the log of refusals.
    const client = clientOf(queryOf(request.url)?.get(CLIENT_PARAMETER));
    return this.#options.rehearsal.refuses({ client, address: peer.address });
  }

  /** Counts a connection until it has joined or is gone. Handshakes that arrive together are all judged before the first is counted. */
  connected(connection: Connection): void {
    const { request } = connection;
    const peer = this.#peerOf(request);
    // Who has shown already who they are does not stand in the way of others, nor these in theirs.
    if (this.#isKnown(authorise(this.#options.policy, peer, 'read'))) return;
    const place = placeOf(peer.address);
    const half = this.#halfOpen.get(place) ?? new Map<IncomingMessage, Connection>();
    this.#halfOpen.set(place, half.set(request, connection));
    this.#waiting++;
    connection.once('close', () => this.#stopWaiting(request, place));
    if (this.#isFullWith(0)) connection.close(true);
    else if (this.#waiting > this.#options.limits.maxHalfOpen) this.#dropOldest();
  }

  /** It is no longer counted at once: it may take its time to close. */
  #dropOldest(): void {
    let [place, most] = ['', new Map<IncomingMessage, Connection>()];
    for (const [each, half] of this.#halfOpen) if (half.size > most.size) [place, most] = [each, half];
    const [oldest] = most;
    if (!oldest) return;
    const [request, connection] = oldest;
    this.#stopWaiting(request, place);
    connection.close(true);
  }

  /**
   * It has joined. Returns what to call once the client is gone; undefined where the connection has a client already, or the address
   * as many as it may: whoever joins again and again in one moment is admitted each time, as nobody has joined yet.
   */
  joined(request: IncomingMessage, { grant }: Principal): (() => void) | undefined {
    const peer = this.#peerOf(request);
    if (this.#taken.has(request) || this.#crowded(peer)) return undefined;
    const place = placeOf(peer.address);
    this.#taken.add(request);
    this.#stopWaiting(request, place);
    const leaves = [this.#places.add(place), ...(grant === undefined ? [] : [this.#joined.add(grant)])];
    return () => {
      for (const leave of leaves) leave();
    };
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
    const crowded = this.#crowded(peer);
    if (crowded) {
      this.#tell(peer, crowded, verdict);
      return crowded;
    }
    const { principal } = verdict;
    const { grant } = principal;
    if (grant === undefined) return { peer, principal };
    const most = Math.max(MIN_EACH, Math.floor(this.#options.limits.maxClients * SHARE_EACH));
    if (this.#joined.of(grant) >= most) {
      const reason = `${most} clients of ${principal.name} are connected already, which is their part of all`;
      const refusal = { status: 503, code: 'limit', reason } as const;
      this.#tell(peer, refusal, verdict);
      return refusal;
    }
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
    const { policy, joined, limits } = this.#options;
    const halfOpen = policy.access?.isConfigured ? 0 : this.#waiting;
    return joined() + halfOpen + more > limits.maxClients;
  }

  get #isFull(): boolean {
    return this.#isFullWith(1);
  }

  #crowded({ address }: Peer): Refusal | undefined {
    const { maxPerAddress } = this.#options.limits;
    if (this.#places.of(placeOf(address)) < maxPerAddress) return undefined;
    const reason = `${maxPerAddress} clients of this address are connected already, which is the limit that is set`;
    return { status: 503, code: 'limit', reason };
  }

  #stopWaiting(request: IncomingMessage, place: string): void {
    const half = this.#halfOpen.get(place);
    if (half?.delete(request)) this.#waiting--;
    if (half?.size === 0) this.#halfOpen.delete(place);
  }

  /** Whether the request itself says who asks, by a token, a session or the cookie of a page. */
  #isKnown(verdict: Verdict): boolean {
    return verdict.allowed && verdict.principal.grant !== undefined;
  }

  get #full(): string {
    return `${this.#options.limits.maxClients} clients are connected already, which is the limit that is set`;
  }
}

const STATUS = { unauthenticated: 401, forbidden: 403, limit: 429, unavailable: 503 } as const;

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
