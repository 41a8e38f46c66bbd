import type { Channel } from './channels.ts';
import { isoTime } from '../base/clock.ts';
import type { Clock } from '../base/clock.ts';
import type { Keeper } from './keeper.ts';
import type { RelayRecord, Verified } from './relay.ts';

/** The record of a relay whose state is not known yet; `at` is ISO 8601. */
export function unknownRecord(
  { id, name }: Channel,
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

/** The record once its state can no longer be known. */
export function withoutState(record: RelayRecord, reason: string, at: string): RelayRecord {
  return {
    ...record,
    state: null,
    verified: null,
    available: false,
    reason,
    rev: record.rev + 1,
    changed: record.state === null ? record.changed : at,
    by: null,
  };
}

/** The record with who has the relay and when it goes off by itself; the same one where it says so already. */
export function withClaims(record: RelayRecord, keeper: Keeper, clock: Clock): RelayRecord {
  const { hand, lock, off } = keeper;
  const {
    hand: _hand,
    locked: _locked,
    off_at: before,
    cycles: _cycles,
    on_seconds: _seconds,
    ...rest
  } = record;
  const { cycles, onFor } = keeper.kept;
  const seconds = Math.round(onFor / 1000);
  const at = off && isoTime(clock.now() + off.at - clock.monotonic());
  // The wall clock and the monotonic one do not tick as one: what differs by less than this is the same moment.
  const isSame = before && at && Math.abs(Date.parse(before) - Date.parse(at)) < 50;
  const off_at = isSame ? before : at;
  const locked = lock ? { by: lock.by, since: lock.since, why: lock.why } : undefined;
  if (
    record.hand === (hand ?? undefined) &&
    record.locked?.since === locked?.since &&
    record.locked?.why === locked?.why &&
    before === (off_at ?? undefined) &&
    (record.cycles ?? 0) === cycles &&
    (record.on_seconds ?? 0) === seconds
  ) {
    return record;
  }
  return {
    ...rest,
    ...(hand && { hand }),
    ...(locked && { locked }),
    ...(off_at && { off_at }),
    ...(cycles > 0 && { cycles }),
    ...(seconds > 0 && { on_seconds: seconds }),
  };
}
