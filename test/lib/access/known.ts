/** People and tokens for the tests of access: an {@link Access} with a fake clock, and requests as they bring secrets. */
import { Access, type AccessSettings } from '../../../lib/access/access.ts';
import type { Entry } from '../../../lib/access/entries.ts';
import type { Credential, Peer } from '../../../lib/access/peer.ts';
import { NO_PROXIES } from '../../../lib/access/proxies.ts';
import { digest, hashPassword, newSecret } from '../../../lib/access/secret.ts';
import { FakeClock } from '../../../lib/base/fake-clock.ts';

export const TOKEN = newSecret('token');
export const PASSWORD = 'correct horse';
/** Slow to make, so it is made once. */
export const KEPT = await hashPassword(PASSWORD);

export function entryOf(part: Partial<Entry> = {}): Entry {
  return {
    id: 'e1',
    kind: 'token',
    name: 'press',
    role: 'operator',
    relays: ['pump'],
    areas: [],
    devices: [],
    expires: null,
    secret: digest(TOKEN),
    ...part,
  };
}

export const person = (part: Partial<Entry> = {}): Entry =>
  entryOf({ id: 'p1', kind: 'person', name: 'Ada', secret: KEPT, ...part });

export function settingsOf(entries: readonly Entry[], more: Partial<AccessSettings> = {}): AccessSettings {
  return {
    entries,
    nodeRedUsers: false,
    origins: [],
    proxies: NO_PROXIES,
    rememberMs: 30 * 86_400_000,
    ...more,
  };
}

export function accessWith(
  entries: readonly Entry[],
  more: Partial<AccessSettings> = {},
): { access: Access; clock: FakeClock } {
  const clock = new FakeClock();
  const access = new Access(clock);
  access.configure(settingsOf(entries, more));
  return { access, clock };
}

export function peerWith(credential?: Credential, more: Partial<Peer> = {}): Peer {
  return {
    via: 'http',
    address: '127.0.0.1',
    host: 'localhost:1880',
    origin: undefined,
    forwarded: false,
    crossSite: false,
    ...(credential && { credential }),
    ...more,
  };
}
