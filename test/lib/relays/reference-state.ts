import type { Action, Owner } from '../../../lib/relays/relay.ts';
import type { Rules } from '../../../lib/relays/rules.ts';

/** A command, as the reference takes it. */
export interface Ask {
  readonly id: string;
  readonly action: Action;
  readonly owner: Owner;
  /** How old it is on arrival, and how old it may be; milliseconds. */
  readonly age: number;
  readonly ttl?: number;
  readonly for?: number;
  readonly force?: boolean;
}

/** A relay, as the reference knows it. */
export interface State {
  readonly rules: Rules;
  readonly board: number;
  on: boolean;
  movedAt: number;
  starts: number[];
  hand: boolean;
  /** When its hand ends by itself. */
  handUntil: number;
  lock: Owner | null;
  /** By what it has tripped. */
  tripped: string | null;
  forced: { readonly on: boolean; readonly until: number } | null;
  offAt: number | null;
  /** When a flow last spoke, or was given it. */
  fedAt: number;
  /** When others of its interlock may have seen it go off. */
  seenOff: number;
  readonly ids: Set<string>;
}
