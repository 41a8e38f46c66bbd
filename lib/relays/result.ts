import { isoTime } from '../base/clock.ts';
import type { Clock } from '../base/clock.ts';
import { MAX_WAITING } from './limits.ts';
import type { RelayRecord, Result, ResultCode, Verified } from './relay.ts';

/** What became of a command. */
export interface Outcome {
  readonly code: ResultCode;
  /** As read back; left out: as the relay's record has it. */
  readonly state?: boolean;
  /** Why not, for a person. */
  readonly reason?: string;
  /** Milliseconds until it would be allowed. */
  readonly retryAfter?: number;
}

/**
 * The result of the command `id`; `record` is its relay as it is now, undefined where there is none. `verified` is how far
 * its board reads, for a state that was read just before the board was lost.
 */
export function resultOf(
  { id, relay }: { readonly id: string; readonly relay: string },
  { code, state, reason, retryAfter }: Outcome,
  record: RelayRecord | undefined,
  clock: Clock,
  verified: Verified = 'line',
): Omit<Result, 'logged'> {
  const known = state ?? record?.state ?? null;
  return {
    id,
    ok: isOk(code),
    code,
    relay,
    state: known,
    verified: known === null ? null : record && record.state !== null ? record.verified : verified,
    rev: record?.rev ?? 0,
    at: isoTime(clock.now()),
    ...(record?.simulated && { simulated: true as const }),
    ...(reason !== undefined && { reason }),
    ...(retryAfter !== undefined && { retry_after: Math.ceil(retryAfter) }),
  };
}

/** Whether the relay is as the command wanted it. */
export function isOk(code: ResultCode): boolean {
  return code === 'done' || code === 'unchanged';
}

export const NO_TIME = 'its contact had no time to follow: the relay was switched again, or its board closed';

export const GONE: Outcome = {
  code: 'expired',
  reason: 'the client stopped waiting for the result before the command was carried out',
};

export const CROWDED: Outcome = {
  code: 'unavailable',
  reason: `${MAX_WAITING} commands wait for this relay already`,
};

/** State of a relay in words of reasons. */
export function word(on: boolean): string {
  return on ? 'on' : 'off';
}
