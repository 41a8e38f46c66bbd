import { isoTime } from '../base/clock.ts';
import { isOlder, TIME_DOUBTS } from '../base/source-time.ts';
import type { SourceTime } from '../base/source-time.ts';
import { attributeOf, EXPECTED_INTERVAL, TEXT } from './device.ts';
import type { DeviceInput, DeviceRecord, DeviceStatus, Quality, Value } from './device.ts';
import { MAX_ATTRIBUTES } from './limits.ts';
import { whyNoValue } from './no-value.ts';
import { tooManyAttributes } from './parse.ts';
import type { PresenceState } from './presence.ts';
import { lastGiven, withGiven, type GivenTimes } from './source-order.ts';

/** Reasons for a quality that nobody has given. */
export const NO_VALUE_YET = 'no value yet';
export const NOT_HEARD = 'not heard yet';
export const REPLAYED = 'replayed: kept by the broker, not sent now';
export const CAME_BACK = 'no value since it came back';
export const CLOCK_WAS_AHEAD = 'of an unknown time: it was written while the clock was ahead';

/** An expectation, by the id of the node that has it: it alone can take it back. */
export interface Expected {
  readonly by: string;
  /** Milliseconds. */
  readonly interval: number;
}

/** State of a device that survives a start beside its record: as it was reported, without what time has made of it. */
export interface Kept {
  readonly quality: Quality;
  readonly reason?: string;
  /** As somebody has set it. */
  readonly status?: DeviceStatus;
  /** True once the device has had a value. */
  readonly isValued: boolean;
  readonly given?: GivenTimes;
  /** Which node expects it how often. */
  readonly expected?: Expected;
  /** Messages say whether it is there. */
  readonly hasWill?: true;
}

/** A device as the registry keeps it. */
export interface Entry {
  /** As everybody sees it. */
  readonly record: DeviceRecord;
  readonly kept: Kept;
  /** True if the value was taken in this process and is not replayed. */
  readonly isFresh: boolean;
}

/** Circumstances by which a write is interpreted. */
export interface Reading {
  readonly source: SourceTime;
  /** Names the source: its times are compared with each other only. */
  readonly by: string;
  readonly now: number;
  /** It was replayed: it is no sign of life, and its value is uncertain. */
  readonly isReplayed: boolean;
  readonly keepWords: boolean;
}

export function blank(id: string, now: number): Entry {
  const time = isoTime(now);
  return {
    record: {
      id,
      name: id,
      type: 'generic',
      value: null,
      unit: '',
      status: 'inactive',
      last_update: time,
      quality: 'bad',
      reason: NO_VALUE_YET,
      source_time: time,
      attributes: {},
      rev: 0,
    },
    kept: { quality: 'bad', reason: NO_VALUE_YET, isValued: false },
    isFresh: false,
  };
}

/** The entry that a write makes of the one before; its record still lacks what presence makes of it. */
export function merge(before: Entry, input: DeviceInput, reading: Reading): Entry {
  const { record, kept } = before;
  const { source, by, now, isReplayed, keepWords } = reading;
  const words = keepWords || attributeOf(record.attributes, TEXT) === true;
  const none = whyNoValue(input.value, words);
  const value = input.value === undefined ? record.value : valueOf(input.value, none !== undefined);
  // What is known at first hand, or newer, gains nothing from a replay.
  const isKnown =
    isReplayed &&
    ((before.isFresh && value === record.value && input.quality === undefined) || isStale(reading, kept));
  const saysValue = input.value !== undefined && !isKnown;
  const saysQuality = (saysValue || input.quality !== undefined) && !isKnown;
  const isSame = !saysValue || value === record.value;
  return {
    record: {
      ...record,
      name: input.name ?? record.name,
      type: input.type ?? record.type,
      value: saysValue ? value : record.value,
      unit: input.unit ?? record.unit,
      last_update: isReplayed && isSame && kept.isValued ? record.last_update : isoTime(now),
      // The source time is the value's: a new status or name alone does not make the value any younger.
      source_time: saysQuality ? sourceTimeOf(before, value, reading) : record.source_time,
      attributes: input.attributes ? mergeAttributes(record.attributes, input.attributes) : record.attributes,
      rev: record.rev + 1,
    },
    kept: keptAfter(kept, {
      ...(saysQuality ? qualityOf(input, none, reading, kept) : kept),
      status: input.status ?? kept.status,
      isValued: kept.isValued || (saysValue && none === undefined),
      given: isKnown || source.given === undefined ? kept.given : withGiven(kept.given, by, source.given),
      hasWill: kept.hasWill || input.presence !== undefined,
    }),
    isFresh: saysValue ? !isReplayed : before.isFresh,
  };
}

/** Returns whether a write is older than what is known of the same source. */
export function isStale({ source, by, now }: Pick<Reading, 'source' | 'by' | 'now'>, kept: Kept): boolean {
  return source.given !== undefined && isOlder(source.given, lastGiven(kept.given, by), now);
}

/** Returns the kept state that a record of an earlier build implies. */
export function keptOf({ quality, status, value }: DeviceRecord): Kept {
  const isValued = value !== null;
  return {
    ...(isValued ? { quality } : { quality: 'bad', reason: NO_VALUE_YET }),
    // Until then every device was active unless somebody said otherwise.
    ...(status !== 'active' && { status }),
    isValued,
  };
}

/** The record as everybody sees it: what was said of the device, and what its presence makes of that. */
export function render({ record, kept }: Entry, state: PresenceState | undefined): DeviceRecord {
  const { id, name, type, value, unit, last_update, source_time, attributes, rev } = record;
  const isOffline = state?.presence === 'offline';
  const shown = state && state.presence !== 'online' ? degrade(kept, state) : kept;
  const { quality, reason } = shown;
  const status = kept.status ?? (kept.isValued && !isOffline ? 'active' : 'inactive');
  // Each write of each device comes by here: literals are several times as fast as copies without some fields.
  const all = { id, name, type, value, unit, status, last_update, quality, source_time, attributes, rev };
  if (reason === undefined && !state) return all;
  return {
    ...all,
    ...(reason !== undefined && { reason }),
    ...(state && { presence: state.presence, presence_since: state.since }),
  };
}

/** The quality that is worse of the two, with its reason. */
export function worse(kept: Kept, quality: Quality, reason: string): Kept {
  if (RANK[kept.quality] < RANK[quality]) return { ...kept, quality, reason };
  return { ...kept, reason: kept.reason ?? reason };
}

/** Returns the interval at which a device is expected, milliseconds; undefined: none. */
export function intervalOf({ record, kept }: Entry): number | undefined {
  const seconds = attributeOf(record.attributes, EXPECTED_INTERVAL);
  return typeof seconds === 'number' ? seconds * 1000 : kept.expected?.interval;
}

const RANK: Readonly<Record<Quality, number>> = { good: 0, uncertain: 1, bad: 2 };

function degrade(kept: Kept, { presence, reason = '' }: PresenceState): Pick<Kept, 'quality' | 'reason'> {
  return worse(kept, presence === 'offline' ? 'bad' : 'uncertain', reason);
}

function qualityOf(
  input: DeviceInput,
  none: string | undefined,
  { source, isReplayed }: Reading,
  kept: Kept,
): Pick<Kept, 'quality' | 'reason'> {
  if (none !== undefined) return { quality: 'bad', reason: none };
  const quality = input.quality ?? (input.value === undefined ? kept.quality : 'good');
  const doubt = isReplayed ? REPLAYED : source.doubt && TIME_DOUBTS[source.doubt];
  const reason = quality === 'good' ? doubt : (input.reason ?? doubt);
  return {
    quality: quality === 'good' && doubt !== undefined ? 'uncertain' : quality,
    ...(reason !== undefined && { reason }),
  };
}

interface Said {
  readonly quality: Quality;
  readonly reason?: string;
  readonly status: DeviceStatus | undefined;
  readonly isValued: boolean;
  readonly given: GivenTimes | undefined;
  readonly hasWill: boolean;
}

/** The same object where nothing is new, as mostly. */
function keptAfter(kept: Kept, { quality, reason, status, isValued, given, hasWill }: Said): Kept {
  if (
    quality === kept.quality &&
    reason === kept.reason &&
    status === kept.status &&
    isValued === kept.isValued &&
    given === kept.given &&
    hasWill === (kept.hasWill ?? false)
  ) {
    return kept;
  }
  return {
    quality,
    ...(reason !== undefined && { reason }),
    ...(status !== undefined && { status }),
    isValued,
    ...(given !== undefined && { given }),
    ...(kept.expected && { expected: kept.expected }),
    ...(hasWill && { hasWill }),
  };
}

function sourceTimeOf({ record, kept }: Entry, value: Value, { source, isReplayed }: Reading): string | null {
  if (!isReplayed || source.given) return isoTime(source.at);
  return kept.isValued && value === record.value ? record.source_time : null;
}

/**
 * Minus zero is zero: it comes of rounding, and nobody means it. An empty text stays one, as the contract has it, and says
 * nothing anyhow.
 */
function valueOf(value: Value, isNone: boolean): Value {
  if (isNone) return value === '' ? '' : null;
  return value === 0 ? 0 : value;
}

/** The same object where nothing is new, so that who compares sees it at once. A number that is none takes the attribute away. */
function mergeAttributes(
  before: Readonly<Record<string, Value>>,
  given: Readonly<Record<string, Value>>,
): Readonly<Record<string, Value>> {
  const said = (key: string): Value => {
    const value = given[key] ?? null;
    return typeof value === 'number' && !Number.isFinite(value) ? null : value;
  };
  const news = Object.keys(given).filter((key) => attributeOf(before, key) !== said(key));
  if (news.length === 0) return before;
  const merged: Record<string, Value> = { ...before };
  for (const key of news) {
    const value = said(key);
    if (value === null) delete merged[key];
    else merged[key] = value;
  }
  const count = Object.keys(merged).length;
  if (count > MAX_ATTRIBUTES) throw tooManyAttributes(count);
  return merged;
}
