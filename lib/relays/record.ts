import type { Channel } from './channels.ts';
import type { RelayRecord } from './relay.ts';

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

/** The record after its state was read back as `state`, which `by` has made so; null where nobody knows who. */
export function withState(record: RelayRecord, state: boolean, by: string | null, at: string): RelayRecord {
  const { reason: _, ...rest } = record;
  return { ...rest, state, verified: 'line', available: true, rev: record.rev + 1, changed: at, by };
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
