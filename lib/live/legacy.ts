/**
 * The contract's lists, made from what is retained: what flowed in is what every reader sees, on the socket
 * and over HTTP alike. What a flow put there may have any form, so nothing here trusts it.
 */
import { isoTime } from '../base/clock.ts';
import type { RetainedTopics } from './retained.ts';

export const DEVICES = 'devices/';
export const RELAYS = 'relays/';
export const STATS = 'system/stats';
/** What is in the lists, as patterns of the live protocol. */
export const LISTED_TOPICS = `${DEVICES}*,${RELAYS}*,${STATS}`;

/** The payload of `devices_update`: the device records as they flowed in. */
export interface DeviceList {
  readonly devices: readonly unknown[];
  readonly count: number;
  /** ISO 8601. */
  readonly timestamp: string;
}

/**
 * The payload of `relays_update`: the state of each relay that is available, or why there is none. `info` is ours
 * beside the contract: the relay records as they flowed in, those included that are not available.
 */
export type RelayMap = { readonly info: readonly unknown[] } & (
  { readonly relays: Readonly<Record<string, boolean>> } | { readonly error: string }
);

/** All devices, in the order first seen. `now`: milliseconds since 1970. */
export function deviceList(retained: RetainedTopics, now: number): DeviceList {
  const devices = retained.under(DEVICES);
  return { devices, count: devices.length, timestamp: isoTime(now) };
}

/**
 * The relays whose state is known. A relay that is not available has no state to tell, and a boolean would
 * be a lie, so it is left out; if none is available, the error says why.
 */
export function relayMap(retained: RetainedTopics): RelayMap {
  const known: [string, boolean][] = [];
  const reasons = new Set<string>();
  const info: unknown[] = [];
  for (const relay of retained.under(RELAYS)) {
    const { id, state, reason } = relayOf(relay);
    if (id === undefined) continue;
    info.push(relay);
    if (state !== undefined) known.push([id, state]);
    else if (reason !== undefined) reasons.add(reason);
  }
  // fromEntries defines each key, so that a relay called __proto__ is a key like any other.
  if (known.length > 0) return { relays: Object.fromEntries(known), info };
  if (reasons.size > 0) return { error: `relays are not available: ${[...reasons].join('; ')}`, info };
  return { error: 'relays are not available: no relay board is running', info };
}

/** The last statistics; undefined before the first sample. */
export function stats(retained: RetainedTopics): unknown {
  return retained.get(STATS);
}

function relayOf(value: unknown): { id?: string; state?: boolean; reason?: string } {
  if (typeof value !== 'object' || value === null) return {};
  const { id, state, reason } = value as Record<string, unknown>;
  return {
    ...(typeof id === 'string' && { id }),
    ...(typeof state === 'boolean' && { state }),
    ...(typeof reason === 'string' && { reason }),
  };
}
