/** What each role may do: the whole of it, and the only place that says so. */
import { FactoryError } from '../base/errors.ts';
import { parseGlobs } from '../base/glob.ts';
import { quote, shown } from '../base/text.ts';

export const ROLES = ['viewer', 'operator', 'engineer', 'device'] as const;
export type Role = (typeof ROLES)[number];

/**
 * What an asker wants to do. `write` is about devices, and about events of a flow's own; `audit` reads the audit; `rehearse`
 * sees who is connected and cuts their sockets; `be-known` is nothing but to be told who one is.
 */
export type Deed = 'read' | 'write' | 'switch' | 'audit' | 'rehearse' | 'be-known';

/** What it is to be done to. Left out: whether it may be done to anything at all. */
export interface Target {
  readonly relay?: string;
  readonly device?: string;
  /** The area that the relay or device belongs to, where it has one. */
  readonly area?: unknown;
}

/** A role with what it is about: patterns in which `*` stands for any characters. */
export interface Rights {
  readonly role: Role;
  /** The relays an operator may switch. */
  readonly relays: readonly string[];
  /** The areas whose relays an operator may switch, and whose devices they may write. */
  readonly areas: readonly string[];
  /** The devices that a device may write, and no others. */
  readonly devices: readonly string[];
}

/** Everything, for whoever is trusted as a whole. */
export const ALL_RIGHTS: Rights = { role: 'engineer', relays: ['*'], areas: ['*'], devices: [] };

/** Why not, for a person; undefined where it is allowed. */
export function whyNot(rights: Rights, deed: Deed, target?: Target): string | undefined {
  if (deed === 'be-known') return undefined;
  return BY_ROLE[rights.role](rights, deed, target);
}

type Judge = (rights: Rights, deed: Deed, target: Target | undefined) => string | undefined;

const BY_ROLE: Readonly<Record<Role, Judge>> = {
  engineer: () => undefined,
  operator: ofOperator,
  viewer: (_rights, deed) => (deed === 'read' ? undefined : 'a viewer may read, but not switch or write'),
  device: ofDevice,
};

function ofOperator({ relays, areas }: Rights, deed: Deed, target: Target | undefined): string | undefined {
  if (deed === 'audit') return 'only an engineer may read the audit';
  if (deed === 'rehearse') return 'only an engineer may rehearse the fallback';
  if (deed === 'read' || !target) return undefined;
  const { relay, device, area } = target;
  if (typeof area === 'string' && area !== '' && fitsOne(areas, area)) return undefined;
  // Everything is also what belongs to no area.
  if (areas.includes('*')) return undefined;
  if (deed === 'switch' && relay !== undefined && fitsOne(relays, relay)) return undefined;
  const what = relay === undefined ? `the device ${quote(device ?? '')}` : `the relay ${quote(relay)}`;
  return `${what} is not among those that this operator may ${deed}`;
}

function ofDevice({ devices }: Rights, deed: Deed, target: Target | undefined): string | undefined {
  if (deed !== 'write') return 'a device may write its own values, and nothing else';
  if (!target || (target.device !== undefined && fitsOne(devices, target.device))) return undefined;
  return `the device ${quote(target.device ?? '')} is not its own`;
}

/** Nothing fits an empty list, and an empty pattern fits nothing. */
function fitsOne(patterns: readonly string[], value: string): boolean {
  return patterns.some((pattern) => pattern !== '' && tester(pattern)(value));
}

const testers = new Map<string, (value: string) => boolean>();
const MAX_TESTERS = 1000;

/** Patterns are few and asked for at each command. */
function tester(pattern: string): (value: string) => boolean {
  const known = testers.get(pattern);
  if (known) return known;
  const made = parseGlobs(pattern);
  if (testers.size >= MAX_TESTERS) testers.clear();
  testers.set(pattern, made);
  return made;
}

/** Throws `config` for a role that does not exist. */
export function parseRole(value: unknown): Role {
  const found = ROLES.find((role) => role === value);
  if (found) return found;
  throw new FactoryError('config', `${shown(value)} is no role`, {
    remedy: `Choose one of ${ROLES.join(', ')}`,
  });
}

/** What may take place behind a guard; empty: the most that there is. Throws `config`. */
export function parseGuardedDeed(value: unknown): Deed {
  if (value === undefined || value === null || value === '') return 'switch';
  if (value === 'read' || value === 'write' || value === 'switch') return value;
  throw new FactoryError('config', `${shown(value)} cannot be guarded`, {
    remedy: 'Choose read, write or switch',
  });
}
