import type { FaultState } from './channels.ts';
import { tripState, type Claims } from './claims.ts';
import type { Act } from './due.ts';
import type { Keeper } from './keeper.ts';
import type { Claiming, Move, Owner } from './relay.ts';

/** Move that follows from a claim on a relay; null: none. `fault` is the fault state of its channel. */
export function goalOf(claim: Claiming, owner: Owner, claims: Claims, fault: FaultState): Move | null {
  // What was forced on has nobody who wants it on.
  if (claim === 'auto') return claims.forced && !(owner === 'safety' && claims.isHandOver) ? 'off' : null;
  if (claim === 'trip') return tripState(claims) ? 'on' : 'off';
  if (claim !== 'lock') return null;
  // Who locks a machine out is about to reach into it; for safety's sake it goes where its channel says.
  if (owner !== 'safety') return 'off';
  return fault === 'hold' ? null : fault;
}

/**
 * Act of a relay that is read again, where its line is not as a trip or a lock-out has it that came while it could not be
 * moved; undefined: it is. What was released meanwhile goes off all the same: the release moves nothing.
 */
export function overdue({ claims, owesOff }: Keeper, fault: FaultState, state: boolean): Act | undefined {
  const { trip, lock } = claims;
  if (trip) {
    if (state === tripState(claims)) return undefined;
    return { action: 'trip', by: trip.by, why: trip.reason, rule: 'trip', via: 'start' };
  }
  if (!lock) {
    return state && owesOff ? { action: 'off', by: 'lock-out', rule: 'lock-out', via: 'start' } : undefined;
  }
  const goal = lock.owner === 'safety' ? fault : 'off';
  if (goal === 'hold' || state === (goal === 'on')) return undefined;
  return { action: goal, by: lock.by, rule: 'lock-out', via: 'start' };
}
