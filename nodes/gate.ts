/**
 * What others serve on Node-RED's own HTTP server has to be guarded from outside: dashboards have sockets that ask nobody who
 * they are, and take requests before any route sees them. So the gate stands at the server itself.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { authorise, type AccessPolicy, type Verdict } from '../lib/access/authorise.ts';
import { peerOf } from '../lib/access/peer.ts';
import type { Principal } from '../lib/access/principal.ts';
import type { Refused } from '../lib/access/refusal-log.ts';
import { problem, STATUS_OF_VERDICT, type Answer } from '../lib/api/answer.ts';
import { refusedPage, toSignIn, wantsPage } from '../lib/api/home-page.ts';
import { sendAnswer } from '../lib/api/http.ts';
import { refuseUpgrade } from '../lib/live/refusal.ts';

/** Who judges a path: the gate, as a page that is looked at or as something that is to be done; or somebody else. */
export type Covering = 'page' | 'deed' | undefined;

export interface GateOptions {
  readonly policy: AccessPolicy;
  /** Whether everybody is let through as long as nobody has to sign in. */
  readonly onlyOnceConfigured: boolean;
  /** The path without its query, as the request has it. */
  readonly covers: (path: string) => Covering;
  /** Where flows are served, and the page with which people sign in below that. */
  readonly root: string;
  readonly onRefused: (refused: Refused & { readonly what: string }) => void;
}

export class Gate {
  readonly #options: GateOptions;
  /** The sockets that were let in, with who it was: they end with their session. */
  readonly #sockets = new Map<Duplex, Principal>();

  constructor(options: GateOptions) {
    this.#options = options;
    options.policy.access?.events.on('changed', () => this.#review());
  }

  /** Whether the request is answered here. */
  stopsRequest(request: IncomingMessage, response: ServerResponse): boolean {
    const verdict = this.#judge(request);
    if (!verdict || verdict.allowed) return false;
    const { code, reason } = verdict;
    const isPage = request.method === 'GET' && wantsPage(request.headers.accept);
    if (isPage && code === 'unauthenticated')
      send(response, toSignIn(request.url ?? '/', this.#options.root));
    else if (isPage) send(response, refusedPage(reason));
    else sendAnswer(response, problem(STATUS_OF_VERDICT[code], code, reason));
    return true;
  }

  /** Whether the upgrade is answered here. */
  stopsUpgrade(request: IncomingMessage, socket: Duplex): boolean {
    const verdict = this.#judge(request);
    if (!verdict) return false;
    if (verdict.allowed) {
      this.#sockets.set(socket, verdict.principal);
      socket.once('close', () => this.#sockets.delete(socket));
      return false;
    }
    const { code, reason } = verdict;
    refuseUpgrade(socket, { status: STATUS_OF_VERDICT[code], code, reason });
    return true;
  }

  /** Undefined where somebody else judges. */
  #judge(request: IncomingMessage): Verdict | undefined {
    const { policy, covers, onRefused, onlyOnceConfigured } = this.#options;
    const path = pathOf(request.url ?? '/');
    const covering = covers(path);
    if (covering === undefined) return undefined;
    const peer = peerOf(request, 'http', policy.access?.proxies);
    if (onlyOnceConfigured && !policy.access?.isConfigured) return LET_THROUGH;
    // To look at a page is enough to be on its socket; what it then moves is judged where it is moved.
    const isLook = covering === 'page' || request.method === 'GET' || request.method === 'HEAD';
    const verdict = authorise(policy, peer, policy.access?.isConfigured && isLook ? 'read' : 'write');
    // To be sent to the page where one signs in is no refusal.
    if (!verdict.allowed && verdict.code !== 'unauthenticated') {
      onRefused({ ...verdict, address: peer.address, what: `${request.method} ${path}` });
    }
    return verdict;
  }

  #review(): void {
    for (const [socket, principal] of this.#sockets) {
      if (!authorise(this.#options.policy, principal, 'read').allowed) socket.destroy();
    }
  }
}

const LET_THROUGH: Verdict = {
  allowed: true,
  principal: { name: 'anyone', role: 'engineer', via: 'http', address: '' },
};

/** What stands in front of a server. */
export type Guard = Pick<Gate, 'stopsRequest' | 'stopsUpgrade'>;

/** The servers that have a guard, with all that they ask, in this order. */
const guards = new WeakMap<Server, Guard[]>();

/**
 * Puts a guard in front of everything on a server, for the server's life. Not as a listener: others take the listeners for
 * requests away to be asked before them (engine.io does), and no listener can keep the next one from an upgrade.
 */
export function guardServer(server: Server, guard: Guard): void {
  const before = guards.get(server);
  if (before) {
    before.push(guard);
    return;
  }
  const all = [guard];
  guards.set(server, all);
  const emit = server.emit.bind(server);
  server.emit = (event: string, ...args: unknown[]): boolean => {
    const [request, other] = args as [IncomingMessage, never];
    if (event === 'request' && all.some((one) => one.stopsRequest(request, other))) return true;
    if (event === 'upgrade' && all.some((one) => one.stopsUpgrade(request, other))) return true;
    return emit(event, ...(args as never[]));
  };
}

/**
 * As Express's routes see it, for every form that a request line may have. Nothing is resolved: in `http://host/ui/../x` Express
 * sees `/ui/../x`, which is below `/ui`; and what it takes for space at the end it leaves out.
 */
export function pathOf(url: string): string {
  const path = url
    .trim()
    .replace(/^[a-z][a-z\d+.-]*:(?:[\\/]{2}[^\\/?#]*)?/i, '')
    .replaceAll('\\', '/');
  const end = path.search(/[?#]/);
  return (end < 0 ? path : path.slice(0, end)).trimEnd() || '/';
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  response.writeHead(status, headers).end(String(body));
}
