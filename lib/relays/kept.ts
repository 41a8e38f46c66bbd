/** Checks what a store gives back as the kept state of a relay: a damaged file may hold anything. */
import { MAX_FORCE_MS } from './limits.ts';
import type { KeptRelay } from './relay.ts';
import { MAX_RULE_MS } from './rules.ts';

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isTime: Check = (value) => typeof value === 'string' && Number.isFinite(Date.parse(value));
const isState: Check = (value) => value === null || typeof value === 'boolean';
const isAmount: Check = (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0;
const isLength =
  (most: number): Check =>
  (value) =>
    isAmount(value) && (value as number) <= most;
const isOwner: Check = (value) => value === 'safety' || value === 'hand' || value === 'auto';
const isOptional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

const CLAIM = { by: isText, since: isText };
const LOCK = { ...CLAIM, why: isText, owner: isOwner };
const isBoolean: Check = (value) => typeof value === 'boolean';
const TRIP = { ...CLAIM, reason: isText, state: isBoolean };
const FORCE = {
  ...CLAIM,
  state: isBoolean,
  until: isTime,
  of: isLength(MAX_FORCE_MS),
  why: isOptional(isText),
};
const PULSE = { until: isTime, of: isLength(MAX_RULE_MS) };
const RELAY = {
  state: isState,
  // Earlier releases kept only what it was.
  desired: isOptional(isState),
  hand: isNullOr(has({ ...CLAIM, until: isOptional(isTime) })),
  lock: isNullOr(has(LOCK)),
  trip: isOptional(isNullOr(has(TRIP))),
  cycles: isAmount,
  onFor: isAmount,
  forced: isOptional(has(FORCE)),
  fault: isOptional(isTime),
  pulse: isOptional(has(PULSE)),
  onSince: isOptional(isTime),
  starts: isOptional((value) => Array.isArray(value) && value.every(isAmount)),
};

/** Returns whether a value is the kept state of a relay. Properties that this release does not know are left alone. */
export function isKeptRelay(value: unknown): value is KeptRelay {
  return has(RELAY)(value);
}

function isNullOr(check: Check): Check {
  return (value) => value === null || check(value);
}

function has(checks: Readonly<Record<string, Check>>): Check {
  return (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(checks).every(([name, check]) => check((value as Record<string, unknown>)[name]));
}
