import type { Action, Owner } from '../../../lib/relays/relay.ts';
import type { Rules } from '../../../lib/relays/rules.ts';

/** A command, as the reference takes it. */
export interface Ask {
  readonly id: string;
  readonly action: Action;
  readonly owner: Owner;
  /** Age on arrival, and the greatest age; milliseconds. */
  readonly age: number;
  readonly ttl?: number;
  readonly for?: number;
  readonly force?: boolean;
}

/** A moment by the clock of the process, and by the wall clock. */
export interface Moment {
  readonly at: number;
  readonly wall: number;
}

/** A relay, as the reference knows it. */
export interface State {
  readonly rules: Rules;
  readonly board: number;
  on: boolean;
  /** As it was last made, forces aside; the line differs from it after it was moved past the board. */
  wanted: boolean;
  /** Tripped or locked out while it could not be moved. */
  owesOff: boolean;
  movedAt: number;
  starts: Moment[];
  hand: boolean;
  /** Time at which the hand ends by itself. */
  handUntil: number;
  /** The same by the wall clock. */
  handWall: number;
  lock: Owner | null;
  /** By what it has tripped. */
  tripped: string | null;
  forced: { readonly on: boolean; readonly until: number; readonly wall: number; readonly of: number } | null;
  offAt: number | null;
  /** Time at which a flow last sent a command, or was given the relay. */
  fedAt: number;
  /** Time at which others of its interlock may have seen it go off. */
  seenOff: number;
  readonly ids: Set<string>;
}

/** It is in hand for so long from now, milliseconds. */
export function hold(relay: State, ms: number, now: number, skew: number): void {
  relay.handUntil = now + ms;
  relay.handWall = relay.handUntil + skew;
}

/** Puts a relay, which is off, into its state after a start at `now`, with the wall clock off by `skew`. */
export function afterRestart(relay: State, now: number, skew: number): void {
  Object.assign(relay, {
    on: false,
    wanted: false,
    owesOff: false,
    offAt: null,
    movedAt: now,
    seenOff: now,
    fedAt: now,
  });
  if (relay.forced?.on) relay.forced = null;
  const { forced, hand, handWall } = relay;
  const wallNow = now + skew;
  relay.starts = relay.starts.map(({ wall }) => ({ at: now - Math.max(0, wallNow - wall), wall }));
  const left = (wall: number, of: number): number => Math.min(Math.max(wall - wallNow, 0), of);
  if (forced) {
    const more = left(forced.wall, forced.of);
    relay.forced = { ...forced, until: now + more, wall: wallNow + more };
  }
  if (hand && handWall < Infinity) hold(relay, left(handWall, relay.rules.handFor ?? 0), now, skew);
}

/** Returns the refusal where this owner may not have the relay so; undefined where nobody of a higher rank has it. */
export function claimed(relay: State, owner: Owner, wanted: boolean): string | undefined {
  if (relay.tripped) return wanted ? 'tripped' : undefined;
  if (relay.lock && (wanted || relay.lock === 'safety')) return 'locked';
  if (relay.forced && (owner === 'auto' || wanted)) return 'not-in-auto';
  return owner === 'auto' && relay.hand ? 'not-in-auto' : undefined;
}

/** Returns whether the line of a relay differs from how it was last made. */
export function isFaulty({ on, wanted, forced }: State): boolean {
  return on !== (forced?.on ?? wanted);
}
