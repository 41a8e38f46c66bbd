/** Reverse proxies that are believed when they say for whom they ask. */
import { BlockList, isIP } from 'node:net';
import { FactoryError } from '../base/errors.ts';
import { quote } from '../base/text.ts';

export const MAX_PROXIES = 100;

export interface Proxies {
  /** As they are set, for telling whether that is otherwise than before. */
  readonly set: readonly string[];
  has(address: string): boolean;
}

export const NO_PROXIES: Proxies = { set: [], has: () => false };

/**
 * Addresses and networks such as `10.0.0.5, 192.168.1.0/24, ::1`, with commas or spaces between them. A setting
 * `${NAME}` that nobody set counts as empty. Throws `config`.
 */
export function parseProxies(value: unknown): Proxies {
  const parts =
    typeof value === 'string'
      ? value.split(/[\s,]+/).filter((part) => part !== '' && !part.startsWith('${'))
      : [];
  if (parts.length === 0) return NO_PROXIES;
  if (parts.length > MAX_PROXIES) {
    throw new FactoryError('config', `${parts.length} proxies, at most ${MAX_PROXIES} can be set`);
  }
  const list = new BlockList();
  for (const part of parts) {
    const [address = '', bits, ...rest] = part.split('/');
    const version = isIP(address);
    const longest = version === 6 ? 128 : 32;
    const prefix = bits === undefined ? longest : /^\d{1,3}$/.test(bits) ? Number(bits) : NaN;
    // Whoever trusts every address trusts what every stranger says of himself.
    if (version === 0 || rest.length > 0 || !(prefix >= 8 && prefix <= longest)) {
      throw new FactoryError('config', `${quote(part)} is no address or network of a proxy`, {
        remedy: 'Set addresses such as 10.0.0.5, or networks such as 192.168.1.0/24 (at least /8)',
      });
    }
    list.addSubnet(address, prefix, version === 6 ? 'ipv6' : 'ipv4');
  }
  return {
    set: parts,
    has(address) {
      const plain = plainAddress(address);
      const version = isIP(plain);
      return version !== 0 && list.check(plain, version === 6 ? 'ipv6' : 'ipv4');
    },
  };
}

/** An IPv6 socket shows IPv4 as `::ffff:127.0.0.1`. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

/**
 * What of an address stands for whoever has it, where it is counted: a house has 2^64 addresses of IPv6, a /64, and would else
 * be somebody new with each of them. A link-local network is everybody's, so there each address counts.
 */
export function placeOf(address: string): string {
  const [plain = ''] = plainAddress(address).toLowerCase().split('%', 1);
  if (isIP(plain) !== 6 || /^fe[89ab]/.test(plain)) return plain;
  const [head = '', tail = ''] = plain.split('::', 2).map((half) => half.replace(/[\d.]+\.\d+$/, '0:0'));
  const before = head === '' ? [] : head.split(':');
  const after = tail === '' ? [] : tail.split(':');
  const between = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  const groups = [...before, ...between, ...after].slice(0, 4);
  return `${groups.map((group) => parseInt(group, 16).toString(16)).join(':')}::/64`;
}

/**
 * Who asks, from the other end of the connection and what proxies have said: the last address that no trusted proxy has. What
 * is before it in the list may have been made up.
 */
export function clientAddress(proxies: Proxies, remote: string, forwardedFor: string | undefined): string {
  if (!proxies.has(remote) || forwardedFor === undefined) return remote;
  const hops = forwardedFor.split(',').map((hop) => hop.trim());
  let address = remote;
  while (proxies.has(address)) {
    const hop = hops.pop();
    if (hop === undefined) break;
    const bare = hop.replace(/^\[|\](?::\d+)?$/g, '').replace(/^([\d.]+):\d+$/, '$1');
    if (isIP(bare) === 0) break;
    address = bare;
  }
  return address;
}
