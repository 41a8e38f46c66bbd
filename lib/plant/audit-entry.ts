import type { Via } from '../base/cause.ts';
import type { Value } from '../devices/device.ts';
import type { CommandEntry } from '../relays/command-entry.ts';
import type { Break } from '../store/chain.ts';
import type { TrimmedEntry } from '../store/log.ts';

/** What the log holds, by kind. Nothing secret belongs into an entry: no token, no password, no value of a setting. */
export type AuditEntry =
  | CommandEntry
  | SafeModeEntry
  | BrokenEntry
  | TrimmedEntry
  | ClockEntry
  | WriteEntry
  | ConfigEntry
  | AccessEntry
  | RehearsalEntry;

export const KINDS = [
  'command',
  'write',
  'config',
  'rehearsal',
  'safe-mode',
  'audit-broken',
  'trimmed',
  'clock',
  'sign-in',
  'sign-out',
  'refused',
  'token',
] as const satisfies readonly AuditEntry['kind'][];

/** Nothing starts by itself, because the process died again and again. */
export type SafeModeEntry = { readonly kind: 'safe-mode'; readonly why: string };

/** The log is not as it was written. */
export type BrokenEntry = { readonly kind: 'audit-broken'; readonly broken: Break };

/** The wall clock is not trusted with what cannot be undone, or is so again. */
export type ClockEntry = {
  readonly kind: 'clock';
  readonly what: 'suspect' | 'trusted';
  readonly reason?: string;
  /** Person who has confirmed the time. */
  readonly by?: string;
};

/** Who did what, in a word each. */
interface Deed {
  readonly by: string | null;
  readonly from: string;
  readonly via: Via;
  readonly what: string;
  readonly result: string;
  readonly reason?: string;
}

/** A person, or who acts for one, set the value or the status of a device. */
export type WriteEntry = Deed & {
  readonly kind: 'write';
  readonly what: 'value' | 'status';
  readonly device: string;
  readonly before: Value;
  /** As it is then, or as it was wanted where it was refused. */
  readonly after: Value;
};

/** A start or a deploy brought other settings than before. Only the names of properties. */
export type ConfigEntry = Deed & {
  readonly kind: 'config';
  /** Of the node, and as people call it. */
  readonly id?: string;
  readonly name?: string;
  readonly changed?: readonly string[];
  readonly channels?: ChannelChanges;
};

export type ChannelChanges = {
  readonly added?: readonly string[];
  readonly removed?: readonly string[];
  /** What of them, by the ids of relays. */
  readonly changed?: Readonly<Record<string, readonly string[]>>;
};

/** Somebody cut the sockets of live clients, to see how they go on. */
export type RehearsalEntry = Deed & {
  readonly kind: 'rehearsal';
  readonly what: 'one' | 'all';
  /** How many clients that was, and how long they were kept off, seconds. */
  readonly cut: number;
  readonly hold: number;
};

/** Who came, went, was turned away, or was given or denied a way in. */
export type AccessEntry = Deed & {
  readonly kind: 'sign-in' | 'sign-out' | 'refused' | 'token';
  /** How often the same was refused since it was written last; left out: once. */
  readonly times?: number;
};
