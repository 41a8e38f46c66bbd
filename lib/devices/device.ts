/** What a device's value can be. Units are the device's own (`unit`). */
export type Value = number | string | boolean | null;

/** The contract's four; anything else is refused. */
export const DEVICE_STATUSES = ['active', 'inactive', 'error', 'maintenance'] as const;
export type DeviceStatus = (typeof DEVICE_STATUSES)[number];

/** How far a value may be relied on, as OPC UA classes it. */
export const QUALITIES = ['good', 'uncertain', 'bad'] as const;
export type Quality = (typeof QUALITIES)[number];

/** Presence of a device: whether it still reports; `unknown` until something was received from it. */
export const PRESENCES = ['online', 'late', 'offline', 'unknown'] as const;
export type Presence = (typeof PRESENCES)[number];

/**
 * A device as the registry keeps it and as every client sees it: the contract's seven fields, then ours.
 * Records are never changed in place: each write makes a new one.
 */
export interface DeviceRecord {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly value: Value;
  readonly unit: string;
  /** As it was set last; until then `inactive` before the first value and while the device is offline, else `active`. */
  readonly status: DeviceStatus;
  /** When the registry last accepted something of this device, by this machine's clock; ISO 8601. */
  readonly last_update: string;
  readonly quality: Quality;
  /** Reason why the quality is not good; left out where it is, or where the source gave none. */
  readonly reason?: string;
  /**
   * Time at which the value was true at its source, ISO 8601; the time of receipt where the source named none. Null: not
   * known, because the value was replayed.
   */
  readonly source_time: string | null;
  /** Left out for a device that is not expected at an interval and of which no message says whether it is there. */
  readonly presence?: Presence;
  /** Time at which the presence became so, ISO 8601. */
  readonly presence_since?: string;
  /** Free further properties, such as `area` or `serial`; none of them is null. */
  readonly attributes: Readonly<Record<string, Value>>;
  /** Counts the changes of this record, from 1: accepted writes, heartbeats too, and changes of its presence. */
  readonly rev: number;
}

/**
 * What a writer may say of a device; what is left out stays as it was. The id alone is a heartbeat: it
 * proves the device alive and changes nothing else.
 */
export interface DeviceInput {
  id: string;
  name?: string;
  type?: string;
  value?: Value;
  unit?: string;
  status?: DeviceStatus;
  /** Left out with a value: good. */
  quality?: Quality;
  /** Reason why the quality is not good, or why the device is offline. */
  reason?: string;
  /** When the value was true at its source: ISO 8601 with its zone, or milliseconds since 1970. */
  timestamp?: string | number;
  /** Presence as another party reports it, such as a broker's last will. */
  presence?: 'online' | 'offline';
  /** Merged into the ones there are; null takes one away. */
  attributes?: Record<string, Value>;
}

/** The attribute that says how often a device is expected, seconds; before what its node says. */
export const EXPECTED_INTERVAL = 'expected_interval';
/** The attribute that keeps the words for "no value" as text, where it is true. */
export const TEXT = 'text';

/** One attribute, null where there is none. Asked by name from outside, so inherited ones do not count. */
export function attributeOf(attributes: Readonly<Record<string, Value>>, key: string): Value {
  return Object.hasOwn(attributes, key) ? (attributes[key] ?? null) : null;
}

/** A copy for the outside: whoever gets it may change it without changing what the registry keeps. */
export function copyOf(record: DeviceRecord): DeviceRecord {
  return { ...record, attributes: { ...record.attributes } };
}

export interface DeviceChange {
  readonly id: string;
  /** The record as it is now; null once the device is removed. */
  readonly device: DeviceRecord | null;
  readonly previous: DeviceRecord | null;
  /** Nothing was written: only the presence has changed, and what follows from it. */
  readonly isDerived?: true;
}

/** What a query may ask for; all that is given must match. */
export interface DeviceFilter {
  id?: string;
  type?: string;
  status?: DeviceStatus;
  quality?: Quality;
  presence?: Presence;
  /** Part of id, name or type, in any letter case. */
  search?: string;
  attributes?: Record<string, Value>;
}
