import { isIP } from 'node:net';
import type { Access, Identity } from './access.ts';
import type { Peer } from './peer.ts';
import type { Principal } from './principal.ts';
import { plainAddress } from './proxies.ts';
import { ALL_RIGHTS, whyNot, type Deed, type Target } from './role.ts';

export type { Deed, Target } from './role.ts';
export type { Peer } from './peer.ts';

export interface AccessPolicy {
  /** Origins of web pages that may talk to us besides our own, such as `http://localhost:3000`. */
  readonly origins: readonly string[];
  /** Lets everyone in: for a network that is trusted as a whole, chosen knowingly (`FACTORY_INSECURE=1`). */
  readonly open: boolean;
  /** Who is who, once that is configured; until then, and left out, only this machine is trusted. */
  readonly access?: Access | undefined;
}

export type Verdict =
  | { readonly allowed: true; readonly principal: Principal }
  | {
      readonly allowed: false;
      /**
       * `unauthenticated`: nobody knows who asks; signing in helps. `limit`: too many wrong secrets from there. `unavailable`:
       * not known yet, because the sessions of an earlier process have not been read.
       */
      readonly code: 'forbidden' | 'unauthenticated' | 'limit' | 'unavailable';
      readonly reason: string;
      /** Who it was, where that is known. */
      readonly by?: string;
    };

/**
 * The one place that says who may do what; every path from outside asks here, and so does a wire for whoever caused a
 * message. `asker` is a request or a socket, or somebody who was known before.
 *
 * Until access is configured, only this machine may read and switch. That a request really comes from
 * this machine takes four signs, because each alone can be had from elsewhere: a loopback address (a
 * reverse proxy has it too), no forwarding header (the proxy says so), a loopback Host (closes DNS
 * rebinding) and a loopback, same or allowed Origin (closes other web pages in a browser on this machine).
 *
 * Once it is, everybody has to show a token or a session, this machine too: what is behind a proxy looks like it.
 */
export function authorise(
  policy: AccessPolicy,
  asker: Peer | Principal,
  deed: Deed,
  target?: Target,
): Verdict {
  if (!('host' in asker)) return ofPrincipal(policy, asker, deed, target);
  if (!originAllowed(policy, asker)) {
    const page = asker.origin ?? 'other sites';
    return refuse(`web pages of ${page} may not use this system; add the origin to the allowed ones`);
  }
  const { access } = policy;
  if (access?.isConfigured) return ofSecret(policy, access, asker, deed, target);
  if (policy.open) {
    const elsewhere = hostElsewhere(policy, asker.host);
    return elsewhere ?? allow('anyone', asker);
  }
  if (!isLoopbackAddress(asker.address)) {
    return refuse('access is not configured yet, so only this machine itself may read and switch');
  }
  if (asker.forwarded) {
    return refuse(
      'access is not configured yet, and requests passed on by a proxy are not from this machine',
    );
  }
  if (!isLoopbackHost(asker.host)) {
    return refuse('access is not configured yet, so the host must be localhost or a loopback address');
  }
  return allow('loopback', asker);
}

function ofSecret(policy: AccessPolicy, access: Access, peer: Peer, deed: Deed, target?: Target): Verdict {
  const { credential, host, address } = peer;
  if (access.broken !== undefined) return refuse(`nobody can be let in: ${access.broken}`);
  // A cookie goes wherever a name leads; what is sent knowingly does not, but then there is no reason for such a name.
  const elsewhere = hostElsewhere(policy, host);
  if (elsewhere) return elsewhere;
  if (!credential) return { allowed: false, code: 'unauthenticated', reason: SIGN_IN };
  const identity = identify(access, credential);
  if (!identity) {
    if (credential.kind === 'bearer' && access.awaits(credential.secret)) {
      return { allowed: false, code: 'unavailable', reason: NOT_READ };
    }
    if (credential.kind === 'bearer' && access.stranger(address) > 0) {
      return {
        allowed: false,
        code: 'limit',
        reason: 'too many wrong tokens from this address; wait a minute',
      };
    }
    return { allowed: false, code: 'unauthenticated', reason: SIGN_IN_AGAIN };
  }
  const isPage = credential.kind === 'page' || (credential.kind === 'grant' && credential.isPage);
  return judge(identity, { via: peer.via, address, isPage }, deed, target);
}

function identify(access: Access, credential: NonNullable<Peer['credential']>): Identity | undefined {
  if (credential.kind === 'bearer') return access.identify(credential.secret);
  return credential.kind === 'page'
    ? access.identifyPage(credential.secret)
    : access.recall(credential.grant);
}

/** Somebody who was let in before; what that rests on may have ended since. */
function ofPrincipal({ access }: AccessPolicy, principal: Principal, deed: Deed, target?: Target): Verdict {
  const { grant, via, address, name, role, isPage } = principal;
  if (!access?.isConfigured) {
    const why = grant === undefined ? whyNot({ ...ALL_RIGHTS, role }, deed, target) : SIGN_IN_AGAIN;
    return why === undefined ? { allowed: true, principal } : refuse(why, name);
  }
  const identity = grant === undefined ? undefined : access.recall(grant);
  if (identity) return judge(identity, { via, address, isPage }, deed, target);
  return { allowed: false, code: 'unauthenticated', reason: SIGN_IN_AGAIN, by: name };
}

function judge(
  identity: Identity,
  from: Pick<Principal, 'via' | 'address'> & { readonly isPage: boolean | undefined },
  deed: Deed,
  target?: Target,
): Verdict {
  const { name, role, grant } = identity;
  const { via, address, isPage = false } = from;
  // Browsers send a cookie by themselves, so it says nothing of what somebody wants.
  if (isPage && deed !== 'read' && deed !== 'be-known') {
    return refuse('a cookie alone moves nothing; the page has to send its token', name);
  }
  const why = whyNot(identity, deed, target);
  if (why !== undefined) return refuse(why, name);
  return { allowed: true, principal: { via, address, name, role, grant, ...(isPage && { isPage }) } };
}

const SIGN_IN = 'nobody is signed in';
const NOT_READ = 'who has signed in is not read yet; try again in a moment';
const SIGN_IN_AGAIN = 'the session or token is not valid (any more)';

/** Whether a web page of this origin may talk to us: none named, same, allowed, or loopback to loopback. */
export function originAllowed(policy: AccessPolicy, peer: Peer): boolean {
  const { origin, host } = peer;
  if (origin === undefined) return !peer.crossSite;
  if (policy.origins.includes(origin) || policy.access?.origins.includes(origin)) return true;
  const url = URL.parse(origin);
  if (!url) return false;
  if (host !== undefined && url.host === host.toLowerCase()) return true;
  return isLoopbackAddress(peer.address) && isLoopbackHost(host) && isLoopbackHost(url.host);
}

/** 127.0.0.0/8 and ::1, also when an IPv6 socket shows IPv4 as `::ffff:127.0.0.1`. */
export function isLoopbackAddress(address: string): boolean {
  const plain = plainAddress(address);
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'));
}

/** A Host header (or the host of an origin) that names this machine: localhost or a loopback address. */
export function isLoopbackHost(host: string | undefined): boolean {
  if (host === undefined) return false;
  const url = URL.parse(`http://${host}`);
  if (!url || url.username || url.pathname !== '/') return false;
  const name = url.hostname.replace(/^\[|\]$/g, '');
  return name === 'localhost' || name.endsWith('.localhost') || isLoopbackAddress(name);
}

/** Endings that nobody can have on the internet, and so cannot make lead here. */
const PRIVATE_NAME = /\.(local|lan|internal|home\.arpa)$/;

/**
 * Why a Host header does not name a machine of this network; undefined where it does: an address, a name without a dot, one
 * that no one can register, or the host of an allowed origin. Any other name may be that of a web page whose owner makes it
 * lead here (DNS rebinding). Who sends none is no browser.
 */
function hostElsewhere(policy: AccessPolicy, host: string | undefined): Verdict | undefined {
  if (isHostOfHere([...policy.origins, ...(policy.access?.origins ?? [])], host)) return undefined;
  return refuse(
    `${host} may be a name of somebody else that leads here; use the address in numbers, ` +
      `or add http://${host} to the allowed origins`,
  );
}

function isHostOfHere(origins: readonly string[], host: string | undefined): boolean {
  if (host === undefined) return true;
  const url = URL.parse(`http://${host}`);
  if (!url) return false;
  const name = url.hostname.replace(/\.$/, '');
  if (isIP(name.replace(/^\[|\]$/g, '')) !== 0 || !name.includes('.')) return true;
  return PRIVATE_NAME.test(name) || origins.some((origin) => URL.parse(origin)?.hostname === name);
}

function allow(name: string, { via, address }: Peer): Verdict {
  return { allowed: true, principal: { name, role: 'engineer', via, address } };
}

function refuse(reason: string, by?: string): Verdict {
  return { allowed: false, code: 'forbidden', reason, ...(by !== undefined && { by }) };
}
