import { createHmac, createSecretKey, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Role } from './role.ts';

/** Who asks, once they are known. */
export interface Principal {
  /** As the audit names them, such as `loopback`. */
  readonly name: string;
  readonly role: Role;
  readonly via: 'http' | 'socket' | 'wire';
  /** The address they came from. */
  readonly address: string;
  /** What it rests on that they are known; left out: on where they came from. */
  readonly grant?: string;
  /** Known by the cookie of pages alone, which moves nothing: not here, and not at the end of a wire either. */
  readonly isPage?: boolean;
}

/** A principal as it travels on a message (`msg.factory.by`), sealed so that no other node can make one up. */
export interface Stamp extends Principal {
  readonly seal: string;
}

// Lives as long as the process: a stamp is for a message on its way, not for keeping. From bytes, a key would be made at each seal,
// which takes several times as long as the seal.
const secret = createSecretKey(randomBytes(32));

/** Seals a principal for its way along the wires, clones included. */
export function stamp(principal: Principal): Stamp {
  return { ...partsOf(principal), seal: seal(principal).toString('base64') };
}

/** The principal of a stamp that this process made; undefined for anything else, forged ones included. */
export function readStamp(value: unknown): Principal | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { seal: given, ...rest } = value as Partial<Stamp>;
  if (typeof given !== 'string') return undefined;
  const principal = partsOf(rest as Principal);
  const expected = seal(principal);
  const actual = Buffer.from(given, 'base64');
  return actual.length === expected.length && timingSafeEqual(actual, expected) ? principal : undefined;
}

/** Nothing else of what somebody may have added. */
function partsOf({ name, role, via, address, grant, isPage }: Principal): Principal {
  return {
    name,
    role,
    via,
    address,
    ...(grant !== undefined && { grant }),
    ...(isPage === true && { isPage }),
  };
}

function seal({ name, role, via, address, grant, isPage }: Principal): Buffer {
  return createHmac('sha256', secret)
    .update(JSON.stringify([name, role, via, address, grant, isPage]))
    .digest();
}
