import type { ErrorCode } from '../base/errors.ts';

export const ACTIONS = ['on', 'off', 'toggle'] as const;
export type Action = (typeof ACTIONS)[number];

/** A wish to switch a relay, from a wire, a socket or HTTP. */
export interface Command {
  /** Names this command: a second one with the same id is not executed again. Made up where none was given. */
  readonly id: string;
  readonly relay: string;
  readonly action: Action;
  /** Milliseconds that it stays valid after `issued`; left out: for ever. */
  readonly ttl?: number;
  /** When it was issued, milliseconds on the monotonic clock of this process. */
  readonly issued: number;
  /** Who asks, as the audit names them. */
  readonly by: string;
  /** Where from: an address, a node's name, a path. */
  readonly from: string;
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
  /** The line does not show what was written to it. */
  | 'readback-mismatch'
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
}

/** A relay as every client sees it. */
export interface RelayRecord {
  readonly id: string;
  readonly name: string;
  /** As read back; null while its board is not available. */
  readonly state: boolean | null;
  readonly verified: Verified | null;
  /** The board's name. */
  readonly board: string;
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
}

export interface RelayChange {
  readonly id: string;
  /** The record as it is now; null once the relay is gone from the plant. */
  readonly relay: RelayRecord | null;
  readonly previous: RelayRecord | null;
}
