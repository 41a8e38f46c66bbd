/** Signing in and out over HTTP, for every page and program: `session` and `ticket` below the scripts' path. */
import { Access, type Identity } from '../access/access.ts';
import { authorise, type AccessPolicy } from '../access/authorise.ts';
import { isEncrypted, PAGE_COOKIE, peerOf, type Peer } from '../access/peer.ts';
import type { Principal } from '../access/principal.ts';
import { ALL_RIGHTS } from '../access/role.ts';
import type { Opened } from '../access/sessions.ts';
import { TICKET_MS } from '../access/tickets.ts';
import type { Clock } from '../base/clock.ts';
import { asError, FactoryError } from '../base/errors.ts';
import { problem, problemOf, STATUS_OF_VERDICT, type Answer } from './answer.ts';
import { allowOrigin, answerPreflight } from './cors.ts';
import { startDeadline } from './deadline.ts';
import { checkBody, checkKnown } from './body.ts';
import { answerOfError } from './http-errors.ts';
import {
  preventJsonp,
  SAFE_HEADERS,
  sendAnswer,
  type Next,
  type WebRequest,
  type WebResponse,
} from './http.ts';
import { readBody } from './read-body.ts';

export interface SignInOptions {
  readonly access: Access;
  /** Asked for at each request: what is allowed may change with a deploy. */
  readonly policy: () => AccessPolicy;
  readonly clock: Clock;
  readonly onRefused: (refused: { address: string; code: string; reason: string; by?: string }) => void;
  readonly onError: (error: Error) => void;
}

/** Handlers of Express, by method and path below the scripts' path. */
export class SignIn {
  readonly #options: SignInOptions;

  constructor(options: SignInOptions) {
    this.#options = options;
  }

  readonly session = (request: WebRequest, response: WebResponse, next: Next): void => {
    const serve = SESSION[request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET')];
    this.#serve(request, response, next, serve);
  };

  readonly ticket = (request: WebRequest, response: WebResponse, next: Next): void =>
    this.#serve(request, response, next, request.method === 'POST' ? issueTicket : undefined);

  #serve(request: WebRequest, response: WebResponse, next: Next, serve: Serve | undefined): void {
    const { access, clock, onError, onRefused } = this.#options;
    try {
      const policy = this.#options.policy();
      const peer = peerOf(request, 'http', access.proxies);
      for (const [name, value] of Object.entries(SAFE_HEADERS)) response.setHeader(name, value);
      preventJsonp(request, response);
      allowOrigin(policy, peer, response);
      if (answerPreflight(policy, peer, request, response)) return;
      if (!serve) {
        next();
        return;
      }
      startDeadline(clock, request, response);
      readBody(request, response, (refusal) => {
        const work = async (): Promise<Answer> => {
          if (refusal) return refusal;
          return serve({
            access,
            policy,
            peer,
            isEncrypted: isEncrypted(request, access.proxies),
            body: request.body,
            onRefused,
          });
        };
        work().then(
          (answer) => sendAnswer(response, answer),
          (error: unknown) => {
            const answer = answerOfError(error);
            if (answer.cause !== undefined) onError(asError(answer.cause));
            sendAnswer(response, answer);
          },
        );
      });
    } catch (error) {
      sendAnswer(response, problemOf(error));
    }
  }
}

interface Asked {
  readonly access: Access;
  readonly policy: AccessPolicy;
  readonly peer: Peer;
  readonly isEncrypted: boolean;
  readonly body: unknown;
  readonly onRefused: SignInOptions['onRefused'];
}

type Serve = (asked: Asked) => Answer | Promise<Answer>;

const SESSION: Readonly<Record<string, Serve>> = {
  __proto__: null as never,
  GET: tellSession,
  POST: openSession,
  DELETE: endSession,
};

/** Who the asker is, by a token or session; where nobody has to sign in: whoever is trusted. */
function tellSession(asked: Asked): Answer {
  const { access, peer } = asked;
  const { principal, refusal } = judge(asked);
  if (!principal) return refusal;
  const { name, role, grant } = principal;
  if (grant === undefined) {
    return {
      status: 200,
      body: { name, ...ALL_RIGHTS, role, devices: undefined, expires: null, open: true },
    };
  }
  const { credential } = peer;
  const renewed = credential?.kind === 'bearer' ? access.renew(credential.secret) : undefined;
  const identity = renewed?.identity ?? access.recall(grant)!;
  return {
    status: 200,
    body: { ...describe(identity), open: false },
    ...(renewed && { headers: { 'set-cookie': cookie(renewed.page, identity, renewed.remember, asked) } }),
  };
}

async function openSession(asked: Asked): Promise<Answer> {
  const { access, peer, body } = asked;
  const refused = mayTry(asked);
  if (refused) return refused;
  checkBody(body);
  checkKnown(body, ['name', 'password', 'remember', 'ticket']);
  const { name, password, ticket, remember = false } = body;
  const options = { address: peer.address, remember: remember === true };
  if (typeof remember !== 'boolean') throw new FactoryError('invalid', 'remember must be true or false');
  if (ticket !== undefined) {
    const redeemed = access.redeem(ticket, options);
    if (!redeemed || 'failed' in redeemed) {
      asked.onRefused({ address: peer.address, code: 'unauthenticated', reason: TICKET });
      return problem(401, 'unauthenticated', TICKET);
    }
    return opened(redeemed.opened, redeemed.identity, asked);
  }
  if (
    typeof name !== 'string' ||
    typeof password !== 'string' ||
    name.length > 200 ||
    password.length > 1000
  ) {
    throw new FactoryError('invalid', 'a session needs a name and a password as text, or a ticket', {
      remedy: 'Send {"name": "…", "password": "…", "remember": false}',
    });
  }
  const result = await access.signIn(name, password, options);
  if ('opened' in result) return opened(result.opened, result.identity, asked);
  const { code, reason, retryAfter } = result.failed;
  const answer = problem(code === 'limit' ? 429 : 401, code, reason);
  if (retryAfter === undefined) return answer;
  return {
    ...answer,
    body: { ...(answer.body as object), retry_after: Math.ceil(retryAfter) },
    headers: { 'retry-after': String(Math.ceil(retryAfter / 1000)) },
  };
}

function endSession(asked: Asked): Answer {
  const { access, peer } = asked;
  const { principal, refusal } = judge(asked);
  if (!principal) return refusal;
  const { credential } = peer;
  if (credential?.kind !== 'bearer') return problem(403, 'forbidden', 'a cookie alone moves nothing');
  // A token is no session: nobody who has it can end it for all others who do.
  if (!access.signOut(credential.secret, peer.address))
    return problem(409, 'invalid', 'a token cannot be signed out');
  return {
    status: 204,
    body: undefined,
    headers: { 'set-cookie': `${PAGE_COOKIE}=; Max-Age=0; ${ATTRIBUTES}` },
  };
}

function issueTicket(asked: Asked): Answer {
  const { principal, refusal } = judge(asked);
  if (!principal) return refusal;
  const { grant } = principal;
  const isPage = asked.peer.credential?.kind === 'page';
  if (isPage) return problem(403, 'forbidden', 'a cookie alone moves nothing');
  const ticket = grant === undefined ? undefined : asked.access.issue({ grant });
  if (ticket === undefined)
    return problem(409, 'invalid', 'nobody has to sign in here, so there are no tickets');
  return { status: 200, body: { ticket, expires_in: TICKET_MS / 1000 } };
}

/** A device has nothing to sign in to, but may ask who it is. */
function judge(
  asked: Asked,
): { principal: Principal; refusal?: never } | { principal?: never; refusal: Answer } {
  const { policy, peer, onRefused } = asked;
  const verdict = authorise(policy, peer, 'be-known');
  if (verdict.allowed) return { principal: verdict.principal };
  const { code, reason } = verdict;
  // Every page asks who is there before anybody has signed in; that is no refusal to tell of.
  if (code !== 'unauthenticated' || peer.credential) onRefused({ address: peer.address, ...verdict });
  return { refusal: problem(STATUS_OF_VERDICT[code], code, reason) };
}

/** Signing in needs no credential, but everything else that any request needs. */
function mayTry({ access, policy, peer, onRefused }: Asked): Answer | undefined {
  const { credential: _, ...stranger } = peer;
  const verdict = authorise(policy, stranger, 'be-known');
  if (verdict.allowed && !access.isConfigured) {
    return problem(409, 'invalid', 'nobody has to sign in here: access is not configured');
  }
  if (verdict.allowed || verdict.code === 'unauthenticated') return undefined;
  onRefused({ address: peer.address, ...verdict });
  return problem(STATUS_OF_VERDICT[verdict.code], verdict.code, verdict.reason);
}

function opened({ token, page, record }: Opened, identity: Identity, asked: Asked): Answer {
  return {
    status: 200,
    body: { token, ...describe(identity) },
    headers: {
      'set-cookie': cookie(page, identity, record.remember, asked),
    },
  };
}

function describe(identity: Identity): object {
  const { name, role, relays, areas } = identity;
  return { name, role, relays, areas, expires: Access.expiry(identity) };
}

const ATTRIBUTES = 'Path=/; HttpOnly; SameSite=Strict';
const TICKET = 'the ticket was used already, is older than 30 s, or is none';

/** Without an end a browser forgets it when it is closed. */
function cookie(
  page: string,
  identity: Identity,
  remember: boolean,
  { isEncrypted: secure, access }: Asked,
): string {
  const left = access.left(identity);
  // In seconds from now, because the clocks of server and browser may differ by years.
  const until = left === null || !remember ? '' : `; Max-Age=${Math.floor(left / 1000)}`;
  return `${PAGE_COOKIE}=${page}; ${ATTRIBUTES}${secure ? '; Secure' : ''}${until}`;
}
