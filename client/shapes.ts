/** Makes of what a server says what the types promise. Nothing here trusts it, and nothing here throws. */
import type {
  AuditEntry,
  AuditPage,
  Claim,
  Device,
  DeviceStatus,
  Relay,
  Result,
  Stats,
  Value,
} from './types.ts';

/** Deeper than this nothing is compared: it counts as changed. */
const MAX_DEPTH = 32;
const STATUSES: ReadonlySet<unknown> = new Set<DeviceStatus>(['active', 'inactive', 'error', 'maintenance']);

export type Fields = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

/** The devices of `devices_update`; undefined where it is no such list. */
export function readDevices(payload: unknown): Map<string, Device> | undefined {
  if (!isObject(payload) || !Array.isArray(payload['devices'])) return undefined;
  return byId(payload['devices'], readDevice);
}

/** Undefined where it has no id. What else is wrong with it is made harmless. */
export function readDevice(entry: unknown): Device | undefined {
  if (!isObject(entry)) return undefined;
  const { id, name, type, value, unit, status, last_update: updated, quality, attributes, ...rest } = entry;
  if (!isId(id)) return undefined;
  return {
    ...rest,
    id,
    name: text(name, id),
    type: text(type, ''),
    value: isValue(value) ? value : null,
    unit: text(unit, ''),
    // What is not known to be well is not shown as well.
    status: STATUSES.has(status) ? (status as DeviceStatus) : 'error',
    last_update: text(updated, ''),
    ...(typeof quality === 'string' && { quality }),
    ...(isObject(attributes) && { attributes }),
  };
}

/** The relays of `relays_update`, none where they are not available; undefined where it is neither. */
export function readRelays(payload: unknown): Map<string, Relay> | undefined {
  if (!isObject(payload)) return undefined;
  const { relays, info, error } = payload;
  if (!isObject(relays) && !Array.isArray(info) && typeof error !== 'string') return undefined;
  // What is told beside the plain booleans says more, and has the order that does not depend on what is available.
  const all = byId(Array.isArray(info) ? info : [], readRelay);
  for (const [id, state] of isObject(relays) ? Object.entries(relays) : []) {
    const plain = typeof state === 'boolean' && !all.has(id) ? readRelay({ id, state }) : undefined;
    if (plain) all.set(id, plain);
  }
  return all;
}

/** Undefined where it has no id. */
export function readRelay(entry: unknown): Relay | undefined {
  if (!isObject(entry)) return undefined;
  const {
    id,
    name,
    state,
    available,
    simulated,
    reason,
    area,
    hand,
    locked,
    tripped,
    forced,
    fault,
    ...rest
  } = entry;
  if (!isId(id)) return undefined;
  const why = isObject(locked) ? locked['why'] : undefined;
  return {
    ...rest,
    ...(isClaim(hand) && { hand }),
    ...(isObject(locked) &&
      isClaim(locked) && { locked: { by: locked.by, since: locked.since, why: text(why, '') } }),
    ...readTripped(tripped),
    ...readForced(forced),
    ...readFault(fault),
    id,
    name: text(name, id),
    state: typeof state === 'boolean' ? state : null,
    // A flow's own relay may say its state alone.
    available: typeof available === 'boolean' ? available : typeof state === 'boolean',
    ...(typeof reason === 'string' && { reason }),
    ...(typeof area === 'string' && { area }),
    simulated: simulated === true,
  };
}

function readTripped(value: unknown): Pick<Relay, 'tripped'> {
  if (!isObject(value) || !isClaim(value)) return {};
  const { by, since, reason, causes } = value as Fields & { by: string; since: string };
  const still = Array.isArray(causes) ? causes.filter((id) => typeof id === 'string') : [];
  return { tripped: { by, since, reason: text(reason, ''), ...(still.length > 0 && { causes: still }) } };
}

function readForced(value: unknown): Pick<Relay, 'forced'> {
  if (!isObject(value) || !isClaim(value)) return {};
  const { by, since, state, until, why } = value as Fields & { by: string; since: string };
  if (typeof state !== 'boolean' || typeof until !== 'string') return {};
  return { forced: { by, since, state, until, ...(typeof why === 'string' && { why }) } };
}

function readFault(value: unknown): Pick<Relay, 'fault'> {
  if (!isObject(value)) return {};
  const { code, since, reason } = value;
  return { fault: { code: text(code, ''), since: text(since, ''), reason: text(reason, '') } };
}

/** Undefined where a part is missing. */
export function readStats(payload: unknown): Stats | undefined {
  if (!isObject(payload)) return undefined;
  const { cpu, memory, disk, network, temperature, timestamp } = payload;
  const whole = [cpu, memory, disk].every((part) => isObject(part) && typeof part['percent'] === 'number');
  if (!whole || !isObject(network) || typeof timestamp !== 'string') return undefined;
  return { ...payload, temperature: isObject(temperature) ? temperature : null } as unknown as Stats;
}

/** What became of a command on `relay`; undefined where the answer does not say. */
export function readResult(relay: string, answer: unknown): Result | undefined {
  if (!isObject(answer)) return undefined;
  const { id, ok, code, state, simulated, retry_after: retryAfter } = answer;
  if (typeof ok !== 'boolean') return undefined;
  const reason = wordsOf(answer);
  return {
    ...(typeof id === 'string' && { id }),
    ok,
    code: text(code, ok ? 'done' : 'unexpected'),
    relay,
    state: typeof state === 'boolean' ? state : null,
    ...(simulated === true && { simulated }),
    ...(reason !== undefined && !ok && { reason }),
    ...(typeof retryAfter === 'number' && { retry_after: retryAfter }),
  };
}

/** A page of the record; what is no entry is left out. */
export function readAudit(body: Fields): AuditPage {
  const { entries, next } = body;
  const isEntry = (entry: unknown): entry is AuditEntry =>
    isObject(entry) && typeof entry['seq'] === 'number' && typeof entry['at'] === 'string';
  return {
    entries: Array.isArray(entries) ? entries.filter(isEntry) : [],
    next: typeof next === 'number' ? next : null,
  };
}

/** Why the server says no, in its own words. */
export function wordsOf(answer: unknown): string | undefined {
  if (!isObject(answer)) return undefined;
  return [answer['reason'], answer['error']].find(
    (words): words is string => typeof words === 'string' && words !== '',
  );
}

/** Whether both say the same. */
export function same(a: unknown, b: unknown, depth = MAX_DEPTH): boolean {
  if (Object.is(a, b)) return true;
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b) || depth === 0) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => key in b && same(a[key], b[key], depth - 1))
  );
}

function byId<T extends { readonly id: string }>(
  entries: readonly unknown[],
  read: (entry: unknown) => T | undefined,
): Map<string, T> {
  const all = new Map<string, T>();
  for (const entry of entries) {
    const made = read(entry);
    if (made) all.set(made.id, made);
  }
  return all;
}

function isClaim(value: unknown): value is Claim {
  return isObject(value) && typeof value['by'] === 'string' && typeof value['since'] === 'string';
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isValue(value: unknown): value is Value {
  return value === null || ['number', 'string', 'boolean'].includes(typeof value);
}

function text(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}
