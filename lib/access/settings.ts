/** The settings of an access node, as a person or a flow file gives them. */
import type { AccessSettings } from './access.ts';
import { parseEntries } from './entries.ts';
import { parseOrigins } from './policy.ts';
import { parseProxies } from './proxies.ts';
import { parseRememberDays } from './remember.ts';

export interface AccessDef {
  /** Who may come in; see {@link parseEntries}. */
  readonly people?: unknown;
  readonly nodeRedUsers?: unknown;
  readonly origins?: unknown;
  readonly proxies?: unknown;
  readonly rememberDays?: unknown;
}

/** Throws `config`. `secrets` is what the credentials of the node hold. */
export function parseAccess(def: AccessDef, secrets: unknown): AccessSettings {
  return {
    entries: parseEntries(def.people, secrets),
    nodeRedUsers: def.nodeRedUsers === true,
    origins: parseOrigins(def.origins),
    proxies: parseProxies(def.proxies),
    rememberMs: parseRememberDays(def.rememberDays) * 86_400_000,
  };
}

/** What changed between two settings, for the audit: names and what of them, never a secret. */
export function changesOf(before: AccessSettings | undefined, after: AccessSettings): string[] {
  const changes: string[] = [];
  const earlier = new Map((before?.entries ?? []).map((entry) => [entry.id, entry]));
  for (const { secret, ...entry } of after.entries) {
    const known = earlier.get(entry.id);
    earlier.delete(entry.id);
    if (!known) {
      changes.push(`${entry.kind} ${entry.name} added as ${entry.role}`);
      continue;
    }
    const { secret: earlierSecret, ...rest } = known;
    const properties = Object.keys(entry).filter((key) => !same(entry, rest, key as keyof typeof entry));
    if (secret !== earlierSecret) properties.push(entry.kind === 'person' ? 'password' : 'token');
    if (properties.length > 0) changes.push(`${entry.kind} ${known.name} changed: ${properties.join(', ')}`);
  }
  for (const { kind, name } of earlier.values()) changes.push(`${kind} ${name} removed`);
  for (const key of ['nodeRedUsers', 'origins', 'proxies', 'rememberMs'] as const) {
    if (before && !same(before, after, key)) changes.push(`${key} changed`);
  }
  return changes;
}

function same<Of extends object>(one: Of, other: Of, key: keyof Of): boolean {
  return JSON.stringify(one[key]) === JSON.stringify(other[key]);
}
