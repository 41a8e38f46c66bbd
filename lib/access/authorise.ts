import { isIP } from 'node:net';
import type { Principal } from './principal.ts';

/** Where a request came from, as its transport tells it. */
export interface Peer {
  readonly via: 'http' | 'socket';
  /** The address of the other end of the connection. */
  readonly address: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** Whether a proxy says that it only passes the request on (X-Forwarded-…, Forwarded). */
  readonly forwarded: boolean;
  /**
   * Whether the browser says that the page of another site asks (Sec-Fetch-Site). For pictures and scripts it is
   * the only sign: they carry no Origin. Following a link from elsewhere is not meant.
   */
  readonly crossSite: boolean;
}

/** What an asker wants to do. */
export type Deed = 'read' | 'write' | 'switch' | 'audit';

export interface AccessPolicy {
  /** Origins of web pages that may talk to us besides our own, such as `http://localhost:3000`. */
  readonly origins: readonly string[];
  /** Lets everyone in: for a network that is trusted as a whole, chosen knowingly (`FACTORY_INSECURE=1`). */
  readonly open: boolean;
}

export type Verdict =
  | { readonly allowed: true; readonly principal: Principal }
  | { readonly allowed: false; readonly code: 'forbidden'; readonly reason: string };

/**
 * The one place that says who may do what; every path from outside asks here.
 *
 * Until access is configured, only this machine may read and switch. That a request really comes from
 * this machine takes four signs, because each alone can be had from elsewhere: a loopback address (a
 * reverse proxy has it too), no forwarding header (the proxy says so), a loopback Host (closes DNS
 * rebinding) and a loopback, same or allowed Origin (closes other web pages in a browser on this machine).
 */
export function authorise(policy: AccessPolicy, peer: Peer, _deed: Deed): Verdict {
  if (!originAllowed(policy, peer)) {
    const page = peer.origin ?? 'other sites';
    return refuse(`web pages of ${page} may not use this system; add the origin to the allowed ones`);
  }
  if (policy.open) {
    if (isHostOfHere(policy, peer.host)) return allow('anyone', 'operator', peer);
    return refuse(
      `${peer.host} may be a name of somebody else that leads here; use the address in numbers, ` +
        `or add http://${peer.host} to the allowed origins`,
    );
  }
  if (!isLoopbackAddress(peer.address)) {
    return refuse('access is not configured yet, so only this machine itself may read and switch');
  }
  if (peer.forwarded) {
    return refuse(
      'access is not configured yet, and requests passed on by a proxy are not from this machine',
    );
  }
  if (!isLoopbackHost(peer.host)) {
    return refuse('access is not configured yet, so the host must be localhost or a loopback address');
  }
  return allow('loopback', 'engineer', peer);
}

/** Whether a web page of this origin may talk to us: none named, same, allowed, or loopback to loopback. */
export function originAllowed(policy: AccessPolicy, peer: Peer): boolean {
  const { origin, host } = peer;
  if (origin === undefined) return !peer.crossSite;
  if (policy.origins.includes(origin)) return true;
  const url = URL.parse(origin);
  if (!url) return false;
  if (host !== undefined && url.host === host.toLowerCase()) return true;
  return isLoopbackAddress(peer.address) && isLoopbackHost(host) && isLoopbackHost(url.host);
}

/** 127.0.0.0/8 and ::1, also when an IPv6 socket shows IPv4 as `::ffff:127.0.0.1`. */
export function isLoopbackAddress(address: string): boolean {
  const plain = address.replace(/^::ffff:/i, '');
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
 * Whether a Host header names a machine of this network: an address, a name without a dot, one that no one can
 * register, or the host of an allowed origin. Any other name may be that of a web page whose owner makes it lead
 * here (DNS rebinding). Who sends none is no browser.
 */
function isHostOfHere({ origins }: AccessPolicy, host: string | undefined): boolean {
  if (host === undefined) return true;
  const url = URL.parse(`http://${host}`);
  if (!url) return false;
  const name = url.hostname.replace(/\.$/, '');
  if (isIP(name.replace(/^\[|\]$/g, '')) !== 0 || !name.includes('.')) return true;
  return PRIVATE_NAME.test(name) || origins.some((origin) => URL.parse(origin)?.hostname === name);
}

function allow(name: string, role: Principal['role'], peer: Peer): Verdict {
  return { allowed: true, principal: { name, role, via: peer.via, address: peer.address } };
}

function refuse(reason: string): Verdict {
  return { allowed: false, code: 'forbidden', reason };
}
