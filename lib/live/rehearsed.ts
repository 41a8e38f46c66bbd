/** What is told of a rehearsal of the fallback. */

/**
 * By what a client is known again: by its own name for itself; by its address (and who is signed in), where it has none; or
 * not at all, where several without a name were cut at one address: then it is only counted who comes back.
 */
export type Match = 'client' | 'address' | 'shared';

/** One client whose socket was cut. Times are milliseconds since then. */
export interface RehearsedClient {
  /** The session that ended. */
  readonly session: string;
  readonly address: string;
  readonly principal: string;
  readonly protocol: 1 | 2;
  readonly transport: string;
  readonly match: Match;
  /** Its first question over HTTP; null: none yet, or (`shared`) it cannot be known whose it was. */
  readonly toHttp: number | null;
  /** On the socket again; null: not yet. */
  readonly back: number | null;
  /** How it went on there: told what had changed, everything anew, or the contract's lists. */
  readonly resumed: 'changes' | 'snapshot' | 'lists' | null;
  /** How many changes it was told over HTTP, and at once on its return; null where it was told in another form. */
  readonly told: { readonly http: number; readonly back: number | null };
}

export interface RehearsalReport {
  /** `running`, or how it ended: all are back, the time was over, or the server was closed. */
  readonly state: 'running' | 'returned' | 'timeout' | 'closed';
  /** ISO 8601. */
  readonly began: string;
  readonly of: 'one' | 'all';
  /** Seconds. */
  readonly hold: number;
  /** Seconds from the cut to when it ends at the latest. */
  readonly within: number;
  readonly cut: number;
  /** How many of them asked over HTTP. */
  readonly fellBack: number;
  /** Of how many that cannot be known. */
  readonly unknown: number;
  readonly returned: number;
  /** The longest times, milliseconds; null where there is none. */
  readonly worst: { readonly toHttp: number | null; readonly back: number | null };
  /** In the order in which they had connected. */
  readonly clients: readonly RehearsedClient[];
}
