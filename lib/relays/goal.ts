import type { Claims } from './claims.ts';
import { tripState } from './claims.ts';
import type { FaultState } from './channels.ts';
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
