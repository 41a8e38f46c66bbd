/** Who there is: the operator may switch the relay `a`, and only the engineer, whom no fuzzer plays, any other. */
import { PREFIXES } from '../../lib/access/secret.ts';

export const PEOPLE = [
  { id: 'v', name: 'viewer', kind: 'token', role: 'viewer' },
  { id: 'o', name: 'operator', kind: 'token', role: 'operator', relays: ['a'] },
  { id: 'd', name: 'device', kind: 'token', role: 'device', devices: ['d1'] },
  { id: 'e', name: 'engineer', kind: 'token', role: 'engineer' },
] as const;
export type Who = (typeof PEOPLE)[number]['name'];

/** Not by chance, so that a run can be had again. */
export function tokenOf(who: Who): string {
  return PREFIXES.token + who.padEnd(43, '-');
}

/** The header that says who asks; none for a stranger. */
export function headerOf(who: Who | undefined): string[] {
  return who === undefined ? [] : [`Authorization: Bearer ${tokenOf(who)}`];
}
