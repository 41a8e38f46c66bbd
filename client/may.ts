import type { Device, Relay, Session } from './types.ts';

/** Why something may not be done: nobody is signed in, one only reads, or it is none of one's own. */
export type MayNot = 'sign-in' | 'read-only' | 'not-yours';

/** What something is done to, by what rights tell of it. */
interface Target {
  readonly relay?: string;
  readonly area?: unknown;
}

/** Why a relay may not be switched. Undefined where it may be, as far as can be told: the server judges each command. */
export function mayNotSwitch(who: Who, id: string, relay: Relay | undefined): MayNot | undefined {
  return mayNot(who, { relay: id, area: relay?.area });
}

/** Why a device may not be written, likewise. */
export function mayNotWrite(who: Who, device: Device | undefined): MayNot | undefined {
  return mayNot(who, { area: device?.attributes?.['area'] });
}

export interface Who {
  readonly session: Session | null;
  readonly needsSignIn: boolean;
}

/** As the server's own rule for roles. */
function mayNot({ session, needsSignIn }: Who, { relay, area }: Target): MayNot | undefined {
  if (!session) return needsSignIn ? 'sign-in' : undefined;
  const { role, relays, areas } = session;
  if (role === 'engineer') return undefined;
  if (role === 'viewer') return 'read-only';
  const isOwn =
    // Everything is also what belongs to no area.
    areas.includes('*') ||
    (typeof area === 'string' && area !== '' && areas.some((pattern) => fits(pattern, area))) ||
    (relay !== undefined && relays.some((pattern) => fits(pattern, relay)));
  return isOwn ? undefined : 'not-yours';
}

/** Whether a text fits a pattern: `*` stands for any characters, `?` for one. */
function fits(pattern: string, text: string): boolean {
  const [glob, value] = [Array.from(pattern), Array.from(text)];
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let i = 0; i < value.length;) {
    if (glob[at] === '*') {
      star = at++;
      resume = i;
    } else if (glob[at] === '?' || glob[at] === value[i]) {
      at++;
      i++;
    } else if (star >= 0) {
      // Only the last star is ever gone back to: what the ones before it took can stay as it is.
      at = star + 1;
      i = ++resume;
    } else {
      return false;
    }
  }
  return pattern !== '' && glob.slice(at).every((character) => character === '*');
}
