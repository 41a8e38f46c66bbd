import type { Cause, Via } from '../base/cause.ts';
import type { ErrorCode } from '../base/errors.ts';
import type { KeptTimes } from './times.ts';

/** What moves a relay. */
export const MOVES = ['on', 'off', 'toggle'] as const;
export type Move = (typeof MOVES)[number];
/**
 * What says who may move it: `hand` takes it in hand as it is, `auto` gives it back to the flows, `lock` takes it out of
 * service, which switches it off, and `unlock` puts it back. `trip` puts it into its trip state, against people too, until
 * a person resets it.
 */
export const CLAIMS = ['hand', 'auto', 'lock', 'unlock', 'trip', 'reset'] as const;
export type Claiming = (typeof CLAIMS)[number];
export const ACTIONS = [...MOVES, ...CLAIMS] as const;
export type Action = (typeof ACTIONS)[number];

/** Whose wish a command is; a higher one's stands over a lower one's. Flows are `auto`, people `hand`. */
export type Owner = 'safety' | 'hand' | 'auto';

/** A wish to switch a relay, from a wire, a socket or HTTP. */
export interface Command {
  /** Names this command: a second one with the same id is not executed again. Made up where none was given. */
  readonly id: string;
  readonly relay: string;
  readonly action: Action;
  /** Milliseconds that it stays valid after `issued`; left out: for ever. */
  readonly ttl?: number;
  /** How long it stays on before it goes off by itself, milliseconds; left out: as long as it may. */
  readonly for?: number;
  /** Reason for the lock-out, force or trip, for people. */
  readonly why?: string;
  /** The relay is put so against its times and against what flows want, for as long as `for` says. */
  readonly force?: true;
  readonly owner: Owner;
  /** When it was issued, milliseconds on the monotonic clock of this process. */
  readonly issued: number;
  /** Who asks, as the audit names them. */
  readonly by: string;
  /** Where from: an address, a node's name, a path. */
  readonly from: string;
  /** By which way. */
  readonly via?: Via;
  /** What led to it, for the log. */
  readonly cause?: Cause;
  /**
   * Returns whether the client has stopped waiting for the result, as a closed HTTP request has. Called before the line
   * moves; if so, the command is refused as `expired`. Left out: nobody waits, or it cannot be known.
   */
  readonly gone?: () => boolean;
}

/** How far a relay's shown state reaches: what was commanded, the pin, or an auxiliary contact. */
export type Verified = 'command' | 'line' | 'contact';

/** What can become of a command beside being carried out. */
export type ResultCode =
  | 'done'
  /** It was so already. */
  | 'unchanged'
  /** A command with this id was executed before: the answer given then. */
  | 'duplicate'
  /** Its time to live was over. */
  | 'expired'
  /** The line does not show what was written to it, or the contact does not follow the line. */
  | 'readback-mismatch'
  /** Its rules do not let it, now. */
  | 'min-on'
  | 'min-off'
  | 'interlocked'
  /** Someone has it in hand, and a flow may not move it. */
  | 'not-in-auto'
  /** It is locked out. */
  | 'locked'
  /** It has tripped, and nobody has reset it; or a cause of its trip is still there. */
  | 'tripped'
  /** A condition does not permit that it goes on, or is not known. */
  | 'not-permitted'
  | Extract<ErrorCode, 'invalid' | 'forbidden' | 'unavailable' | 'unknown-relay'>;

/** The answer to a command: the same object on wire, socket and HTTP. */
export interface Result {
  readonly id: string;
  readonly ok: boolean;
  readonly code: ResultCode;
  readonly relay: string;
  /** As read back after the command; null where it cannot be known. */
  readonly state: boolean | null;
  readonly verified: Verified | null;
  readonly rev: number;
  /** ISO 8601. */
  readonly at: string;
  /** Whether the command is in the plant's log for good. */
  readonly logged: boolean;
  readonly simulated?: true;
  /** Why not, for a person. */
  readonly reason?: string;
  /** When it would be allowed, milliseconds from now, where that is known. */
  readonly retry_after?: number;
}

/** What became of a channel's trial. */
export interface TrialResult {
  readonly result: Result;
  /** Whether it is in hand now, so that flows cannot move it. */
  readonly hand: boolean;
}

/** A relay as every client sees it. */
export interface RelayRecord {
  readonly id: string;
  readonly name: string;
  /** As read back; null while its board is not available. */
  readonly state: boolean | null;
  /** Null where nothing proves the state: it is not known, or unconfirmed. */
  readonly verified: Verified | null;
  /** The board's name. */
  readonly board: string;
  /** Which part of the plant it is in; left out: none is given. */
  readonly area?: string;
  readonly available: boolean;
  /** Why it is not available, for a person. */
  readonly reason?: string;
  readonly simulated: boolean;
  /** Counts the changes of this relay since start. */
  readonly rev: number;
  /** When its state last changed, ISO 8601. */
  readonly changed: string;
  /** Who changed it last. */
  readonly by: string | null;
  /** Who has it in hand, so that flows may not move it; left out: nobody. */
  readonly hand?: Hand;
  /** Who has locked it out, and why; left out: nobody. */
  readonly locked?: Claim & { readonly why: string };
  /** The trip that holds it, until it is reset; left out: none. */
  readonly tripped?: Tripped;
  /** Who has forced it, to what and until when; left out: nobody. */
  readonly forced?: Forced;
  /** What is wrong with it though it can be read; left out: nothing. */
  readonly fault?: Fault;
  /** When it goes off by itself, ISO 8601; left out: not by itself. */
  readonly off_at?: string;
  /** How often it was switched on, and for how many seconds in all until its last change; left out: never. */
  readonly cycles?: number;
  readonly on_seconds?: number;
}

/** Relay state persisted across starts of the process. */
export interface KeptRelay extends KeptTimes {
  /** What it was last read to be, and what it was last wanted to be; null where it never was. */
  readonly state: boolean | null;
  readonly desired: boolean | null;
  readonly hand: Hand | null;
  readonly lock: Lock | null;
  /** Left out by earlier releases. */
  readonly trip?: Trip | null;
  /** How often it was switched on, and how long it was on in all, milliseconds. */
  readonly cycles: number;
  readonly onFor: number;
  /** Left out: nobody has forced it. */
  readonly forced?: KeptForce;
  /** Since when its line is other than it was made, ISO 8601; left out: it is not. */
  readonly fault?: string;
}

/** A force, and how long it lasts in all, milliseconds. */
export type KeptForce = Forced & { readonly of: number };

/** A lock-out by `safety` is latched: the relay is in its fault state, and only people give it back. */
export interface Lock extends Claim {
  readonly why: string;
  readonly owner: Owner;
}

/** A trip as every client sees it. */
export interface Tripped extends Claim {
  /** For a person. */
  readonly reason: string;
  /** Ids of what still trips it, so that it cannot be reset yet; left out: nothing. */
  readonly causes?: readonly string[];
}

/** A trip: latched, through restarts too, until its causes are gone and a person has reset it. */
export interface Trip extends Omit<Tripped, 'causes'> {
  /** State of the relay while it is tripped: off, or on where that is its fault state. */
  readonly state: boolean;
}

/** A relay that is put so for commissioning, whatever flows and its times say. */
export interface Forced extends Claim {
  readonly state: boolean;
  /** When it ends by itself, ISO 8601. */
  readonly until: string;
  readonly why?: string;
}

/** Why the state that is shown is not to be trusted, since when (ISO 8601). */
export interface Fault {
  /**
   * The line is other than it was made, the contact is other than the line, or the line's state is known by nothing fresh
   * (`unconfirmed`).
   */
  readonly code: 'readback-mismatch' | 'contact' | 'unconfirmed';
  readonly since: string;
  /** For a person. */
  readonly reason: string;
}

/** A person's hold on a relay. */
export interface Hand extends Claim {
  /** Time at which the hand ends by itself, ISO 8601; left out: it does not. */
  readonly until?: string;
}

/** Who has a relay in hand, or has locked it out, and since when (ISO 8601). */
export interface Claim {
  readonly by: string;
  readonly since: string;
}

export interface RelayChange {
  readonly id: string;
  /** The record as it is now; null once the relay is gone from the plant. */
  readonly relay: RelayRecord | null;
  readonly previous: RelayRecord | null;
}
