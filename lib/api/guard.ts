import { authorise } from '../access/authorise.ts';
import type { AccessPolicy, Deed, Peer, Target, Verdict } from '../access/authorise.ts';
import { peerOf } from '../access/peer.ts';
import type { Principal } from '../access/principal.ts';
import type { Clock } from '../base/clock.ts';
import { hasGone } from '../base/gone.ts';
import type { Lag } from '../base/loop-lag.ts';
import { FactoryError } from '../base/errors.ts';
import { problem, problemOf, STATUS_OF_VERDICT } from './answer.ts';
import type { Answer } from './answer.ts';
import { allowOrigin, answerPreflight } from './cors.ts';
import { startDeadline } from './deadline.ts';
import { notFound } from './handle.ts';
import { answerOfError } from './http-errors.ts';
import { pathOfRequest, preventJsonp, SAFE_HEADERS, sendAnswer } from './http.ts';
import type { Next, WebRequest, WebResponse } from './http.ts';
import { below, segmentsOf } from './path.ts';
import { readBody, refusalByHeaders } from './read-body.ts';
import { match } from './routes.ts';

export interface Activation {
  /** Whose base path it is: the id of the API node, so that it finds its own after a redeploy. */
  readonly owner: string;
  /** The full path of the base, httpNodeRoot included, such as `/node/api`. */
  readonly base: string;
  readonly policy: AccessPolicy;
  readonly clock: Clock;
  /** Time that a request may have waited for this process; left out: none. */
  readonly lag?: Lag;
  readonly onRefused: (refused: {
    address: string;
    code: string;
    reason: string;
    by?: string;
    what: string;
  }) => void;
  /** Hears what went wrong without the client's doing: for the log. */
  readonly onError: (error: unknown) => void;
  /** Hears whether the base is its own: nothing, or (`config`) that another one has it, until that is gone. */
  readonly onTurn: (conflict?: FactoryError) => void;
}

/** What the guard found out about a request that it let through. */
export interface Admission {
  /** The full base path that it is below. */
  readonly base: string;
  readonly principal: Principal;
  readonly permit: (deed: Deed, target: Target) => void;
  /** Below the base, not decoded: what it was authorised for. */
  readonly path: string;
  /** Earliest time at which the request can have reached this machine, on the monotonic clock of the activation. */
  readonly arrived: number;
  /** Longest time that the request may have waited for this process, milliseconds. */
  readonly waited: number;
  /** Returns true once nobody waits for the answer any more. */
  readonly gone: () => boolean;
}

type Refusal = Verdict & { readonly allowed: false };

interface Place {
  readonly activation: Activation;
  readonly path: string;
}

/** Ends an activation; its base stays guarded until it is active again or its owner is forgotten. */
export type Deactivate = () => void;

/**
 * Holds everything below the base paths of deployed API nodes, whoever serves it: access, origins, form and
 * size of bodies, a deadline, and answers that are JSON always. Elsewhere it does nothing at all.
 *
 * Between the two halves of a redeploy a base stays guarded, and whoever is allowed in is told to come back.
 */
export class Guard {
  readonly #active = new Map<string, Activation>();
  /** Bases whose node is being redeployed, or came back with settings that cannot work. */
  readonly #paused = new Map<string, Activation>();
  /** Those whose base another one has, in the order in which they came. */
  readonly #waiting = new Set<Activation>();
  readonly #admitted = new WeakMap<object, Admission>();
  readonly #why: () => string;

  /** `why`: says why a base has no node now, for a person. */
  constructor(why = (): string => 'the plant API is not running') {
    this.#why = why;
  }

  /** Where another one has the base already, this one waits for it to be removed. */
  activate(activation: Activation): Deactivate {
    const key = activation.base.toLowerCase();
    if (this.#active.has(key)) {
      this.#waiting.add(activation);
      const conflict = new FactoryError(
        'config',
        `another plant API node serves ${activation.base} already`,
        {
          remedy: 'Give each a base path of its own',
        },
      );
      activation.onTurn(conflict);
    } else {
      this.#serve(key, activation);
    }
    return () => {
      this.#waiting.delete(activation);
      if (this.#active.get(key) !== activation) return;
      this.#active.delete(key);
      this.#paused.set(key, activation);
    };
  }

  /** Lets go of what an owner had before: when its node is removed. What is active stays so. */
  forget(owner: string): void {
    for (const [key, paused] of this.#paused) {
      if (paused.owner !== owner) continue;
      this.#paused.delete(key);
      const next = Array.from(this.#waiting).find(({ base }) => base.toLowerCase() === key);
      if (next) this.#serve(key, next);
    }
  }

  #serve(key: string, activation: Activation): void {
    this.#waiting.delete(activation);
    this.#paused.delete(key);
    this.#active.set(key, activation);
    this.forget(activation.owner);
    activation.onTurn();
  }

  /** What is known of a request that came through {@link Guard.front}. */
  admitted(request: object): Admission | undefined {
    return this.#admitted.get(request);
  }

  /** Ahead of all routes. */
  readonly front = (request: WebRequest, response: WebResponse, next: Next): void => {
    const place = this.#placeOf(request);
    if (!place) {
      next();
      return;
    }
    try {
      this.#judge(place, request, response, next);
    } catch (error) {
      this.#fail(place, error, response);
    }
  };

  /** Behind all routes: what nothing has served. */
  readonly last = (request: WebRequest, response: WebResponse, next: Next): void => {
    const place = this.#placeOf(request);
    if (!place) {
      next();
      return;
    }
    try {
      sendAnswer(response, notFound(request.method ?? 'GET', place.path));
    } catch (error) {
      this.#fail(place, error, response);
    }
  };

  /** Behind all routes too; Express knows it by its four parameters. */
  readonly error = (error: unknown, request: WebRequest, response: WebResponse, next: Next): void => {
    const place = this.#placeOf(request);
    if (!place || response.headersSent) {
      next(error);
      return;
    }
    if (this.#admitted.has(request)) {
      this.#fail(place, error, response);
      return;
    }
    // A parser ahead of us has failed, so nobody has looked at the request yet; its error may be a consequence.
    const peer = this.#prepare(place, request, response);
    if (!this.#permit(place, request, response, peer)) return;
    const refusal = refusalByHeaders(request);
    if (refusal) sendAnswer(response, refusal);
    else this.#fail(place, error, response);
  };

  #judge(place: Place, request: WebRequest, response: WebResponse, next: Next): void {
    const { activation, path } = place;
    const { base, policy, clock, lag } = activation;
    const waited = lag?.age ?? 0;
    const arrived = clock.monotonic() - waited;
    const { method = 'GET' } = request;
    const peer = this.#prepare(place, request, response);
    if (answerPreflight(policy, peer, request, response)) return;
    const principal = this.#permit(place, request, response, peer);
    if (!principal) return;
    // Names that cannot be decoded are refused here, before a route does so in HTML.
    segmentsOf(path);
    if (this.#paused.get(activation.base.toLowerCase()) === activation) {
      sendAnswer(response, pausedBecause(this.#why()));
      return;
    }
    const methods = method === 'OPTIONS' ? match(method, path).methods : [];
    if (methods.length > 0) {
      response.writeHead(204, { allow: [...methods, 'OPTIONS'].join(', ') }).end();
      return;
    }
    startDeadline(clock, request, response);
    readBody(request, response, (refusal) => {
      if (response.headersSent || response.destroyed) return;
      if (refusal) {
        sendAnswer(response, refusal);
        return;
      }
      const permit = (deed: Deed, target: Target): void => {
        const verdict = authorise(activation.policy, peer, deed, target);
        if (verdict.allowed) return;
        this.#tell(place, method, peer, verdict);
        throw new FactoryError(verdict.code, verdict.reason);
      };
      const gone = (): boolean => hasGone(request, response);
      this.#admitted.set(request, { base, principal, permit, path, arrived, waited, gone });
      next();
    });
  }

  /** Who asks; undefined where they may not, which they have then been told. */
  #permit(
    { activation, path }: Place,
    { method = 'GET' }: WebRequest,
    response: WebResponse,
    peer: Peer,
  ): Principal | undefined {
    const verdict = authorise(activation.policy, peer, deedOf(method, path));
    if (verdict.allowed) return verdict.principal;
    const { code, reason } = verdict;
    sendAnswer(response, problem(STATUS_OF_VERDICT[code], code, reason));
    this.#tell({ activation, path }, method, peer, verdict);
    return undefined;
  }

  #tell({ activation, path }: Place, method: string, { address }: Peer, verdict: Refusal): void {
    const { code, reason, by } = verdict;
    activation.onRefused({
      address,
      code,
      reason,
      what: `${method} ${path}`,
      ...(by !== undefined && { by }),
    });
  }

  /** Sets what every answer below a base has, and tells where the request comes from. */
  #prepare({ activation }: Place, request: WebRequest, response: WebResponse): Peer {
    const peer = peerOf(request, 'http', activation.policy.access?.proxies);
    for (const [name, value] of Object.entries(SAFE_HEADERS)) response.setHeader(name, value);
    allowOrigin(activation.policy, peer, response);
    preventJsonp(request, response);
    return peer;
  }

  #fail({ activation }: Place, error: unknown, response: WebResponse): void {
    const answer = answerOfError(error);
    if (answer.cause !== undefined) activation.onError(answer.cause);
    sendAnswer(response, answer);
  }

  /** The base that a request is below, the longest where one is inside another. */
  #placeOf(request: WebRequest): Place | undefined {
    if (this.#active.size + this.#paused.size === 0) return undefined;
    const path = pathOfRequest(request);
    let found: Place | undefined;
    for (const activation of [...this.#active.values(), ...this.#paused.values()]) {
      const rest = below(path, activation.base);
      if (rest === undefined || (found && rest.length >= found.path.length)) continue;
      found = { activation, path: rest };
    }
    return found;
  }
}

function pausedBecause(why: string): Answer {
  const remedy = 'Try again in a moment; if it stays so, Node-RED’s editor says why';
  const error = new FactoryError('unavailable', why, { remedy });
  return { ...problemOf(error), headers: { 'retry-after': '1' } };
}

function deedOf(method: string, path: string): Deed {
  try {
    return match(method, path).deed;
  } catch {
    // Nobody is told what is wrong with a path before it is clear who asks.
    return 'switch';
  }
}
