import { isDeepStrictEqual } from 'node:util';
import type { Channel } from './channels.ts';
import { isoTime } from '../base/clock.ts';
import type { Clock } from '../base/clock.ts';
import type { ConditionWatch } from './condition-watch.ts';
import type { Evidence } from './evidence.ts';
import type { Keeper } from './keeper.ts';
import type { RelayRecord, Trip, Tripped, Verified } from './relay.ts';

/** The record of a relay whose state is not known yet; `at` is ISO 8601. */
export function unknownRecord(
  { id, name, area }: Channel,
  board: string,
  simulated: boolean,
  reason: string,
  at: string,
): RelayRecord {
  return {
    id,
    name,
    state: null,
    verified: null,
    board,
    ...(area && { area }),
    available: false,
    reason,
    simulated,
    rev: 0,
    changed: at,
    by: null,
  };
}

/** The record after its state was found to be `state`, which `by` has made so; null where nobody knows who. */
export function withState(
  record: RelayRecord,
  state: boolean,
  verified: Verified,
  by: string | null,
  at: string,
): RelayRecord {
  const { reason: _, ...rest } = record;
  return { ...rest, state, verified, available: true, rev: record.rev + 1, changed: at, by };
}

/** The record once its state can no longer be known, and so nothing that is wrong with it. */
export function withoutState(record: RelayRecord, reason: string, at: string): RelayRecord {
  const { fault: _, ...rest } = record;
  return {
    ...rest,
    state: null,
    verified: null,
    available: false,
    reason,
    rev: record.rev + 1,
    changed: record.state === null ? record.changed : at,
    by: null,
  };
}

/** How far the state that a relay shows is to be trusted, in the words of OPC UA. */
export function qualityOf({
  state,
  fault,
}: Pick<RelayRecord, 'state' | 'fault'>): 'good' | 'uncertain' | 'bad' {
  if (state === null) return 'bad';
  return fault ? 'uncertain' : 'good';
}

/** Watches on a relay, where it has some. */
interface Watches {
  readonly evidence?: Pick<Evidence, 'verified' | 'fault'>;
  readonly conditions?: Pick<ConditionWatch, 'causes'> | undefined;
}

function tellTrip({ by, since, reason }: Trip, conditions: Watches['conditions']): Tripped {
  const causes = conditions?.causes(by).map((cause) => cause.by) ?? [];
  return { by, since, reason, ...(causes.length > 0 && { causes }) };
}

/** Keys of a record that follow from its keeper and its evidence. */
type ToldKeys =
  'verified' | 'hand' | 'locked' | 'tripped' | 'forced' | 'fault' | 'off_at' | 'cycles' | 'on_seconds';
type Told = { readonly [Key in ToldKeys]: RelayRecord[Key] | undefined };

/** The record with who has the relay, what is wrong and when it goes off by itself; the same one where it says so already. */
export function withClaims(
  record: RelayRecord,
  keeper: Keeper,
  clock: Clock,
  watches: Watches = {},
): RelayRecord {
  const { verified, hand, locked, tripped, forced, fault, off_at, cycles, on_seconds, ...rest } = record;
  const before: Told = { verified, hand, locked, tripped, forced, fault, off_at, cycles, on_seconds };
  const now = told(record, keeper, clock, watches);
  if (isDeepStrictEqual(before, now)) return record;
  const given = Object.entries(now).filter(([, value]) => value !== undefined);
  return { ...rest, verified: now.verified ?? null, ...Object.fromEntries(given) };
}

function told(record: RelayRecord, keeper: Keeper, clock: Clock, { evidence, conditions }: Watches): Told {
  const { off, kept, claims, fault } = keeper;
  const { hand, lock, trip, forced } = claims;
  // What ends at a monotonic moment, by the wall clock as it is now.
  const until = (moment: number, before: string | undefined): string => {
    const at = isoTime(clock.now() + moment - clock.monotonic());
    // The two clocks do not tick as one: what differs by less than this is the same moment.
    return before !== undefined && Math.abs(Date.parse(before) - Date.parse(at)) < 50 ? before : at;
  };
  const { handUntil, forcedUntil } = claims;
  return {
    verified: record.state === null || !evidence ? record.verified : evidence.verified,
    hand:
      hand && handUntil !== null
        ? { ...hand, until: until(handUntil, record.hand?.until ?? hand.until) }
        : (hand ?? undefined),
    locked: lock ? { by: lock.by, since: lock.since, why: lock.why } : undefined,
    tripped: trip ? tellTrip(trip, conditions) : undefined,
    forced:
      forced && forcedUntil !== null
        ? { ...forced, until: until(forcedUntil, record.forced?.until ?? forced.until) }
        : undefined,
    fault: (record.available && (fault ?? evidence?.fault)) || undefined,
    off_at: off ? until(off.at, record.off_at) : undefined,
    cycles: kept.cycles || undefined,
    on_seconds: Math.round(kept.onFor / 1000) || undefined,
  };
}
