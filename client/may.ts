import type { Relay, Session } from './types.ts';

/** Why a relay may not be switched: nobody is signed in, one only reads, or it is none of one's own. */
export type MayNot = 'sign-in' | 'read-only' | 'not-yours';

/** Undefined where it may be, as far as can be told beforehand: the server judges each command itself. */
export function mayNotSwitch(
  session: Session | null,
  needsSignIn: boolean,
  id: string,
  relay: Relay | undefined,
): MayNot | undefined {
  if (!session) return needsSignIn ? 'sign-in' : undefined;
  if (session.role === 'engineer') return undefined;
  if (session.role === 'viewer') return 'read-only';
  const area = relay?.area;
  const isOwn =
    session.relays.some((pattern) => fits(pattern, id)) ||
    (area !== undefined && session.areas.some((pattern) => fits(pattern, area)));
  return isOwn ? undefined : 'not-yours';
}

/** Whether a text fits a pattern, in which `*` stands for any characters. */
function fits(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (!text.startsWith(first)) return false;
  const last = rest.pop();
  if (last === undefined) return text === first;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
