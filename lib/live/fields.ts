/** What of a record is other than before, told without the rest: of a device that is measured, mostly its value and its times. */
import { isoTime } from '../base/clock.ts';
import { isSameJson } from '../base/json.ts';
import type { Entry, Rows } from './protocol.ts';

type Fields = Readonly<Record<string, unknown>>;
type Row = readonly [topic: string, ...values: unknown[]];

/** Changes as they are told to somebody who has what was before. */
export interface Parts {
  /** Those that are told whole. */
  readonly changes: readonly Entry[];
  readonly fields: readonly Rows[];
}

interface Group extends Rows {
  readonly times: readonly string[];
  readonly rows: Row[];
}

/**
 * Parts entries by whether it is enough to tell some fields. `before`: the records that the listener has; `now`: the time of the
 * update, milliseconds since 1970, which times are told by.
 */
export function partFields(
  entries: readonly Entry[],
  before: (topic: string) => unknown,
  now: number,
): Parts {
  const changes: Entry[] = [];
  const groups = new Map<string, Group>();
  let group: Group | undefined;
  for (const entry of entries) {
    const [topic, payload] = entry;
    const row: [string, ...unknown[]] = [topic];
    const told = namesOfOthers(before(topic), payload, now, row);
    if (!told) {
      changes.push(entry);
      continue;
    }
    const { names, times } = told;
    // Mostly the same fields change of all, so a key is rarely made.
    if (!group || !areSame(group.names, names) || !areSame(group.times, times)) {
      const key = JSON.stringify([names, times]);
      group = groups.get(key) ?? { names, times, rows: [] };
      groups.set(key, group);
    }
    group.rows.push(row);
  }
  const fields = Array.from(groups.values(), ({ names, times, rows }) => ({
    names,
    ...(times.length > 0 && { times }),
    rows,
  }));
  return { changes, fields };
}

/**
 * The fields that are other than before, whose values it adds to `row`; undefined where it is no record any more, was none, or has
 * lost a field.
 */
function namesOfOthers(
  before: unknown,
  payload: unknown,
  now: number,
  row: unknown[],
): { readonly names: readonly string[]; readonly times: readonly string[] } | undefined {
  if (!isRecord(before) || !isRecord(payload)) return undefined;
  const all = Object.keys(payload);
  if (hasLost(before, payload, all)) return undefined;
  const names: string[] = [];
  const times: string[] = [];
  for (const name of all) {
    const value = payload[name];
    if (before[name] === value || isSameJson(before[name], value)) continue;
    names.push(name);
    const time = timeOf(value);
    row.push(time === undefined ? value : time - now);
    if (time !== undefined) times.push(name);
  }
  return { names, times };
}

/** Mostly both have the same fields in the same order, so none is looked up. */
function hasLost(before: Fields, now: Fields, names: readonly string[]): boolean {
  const known = Object.keys(before);
  return !areSame(known, names) && !known.every((name) => Object.hasOwn(now, name));
}

function areSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, index) => name === other[index]);
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

const TIME_LENGTH = '2026-01-31T12:00:00.000Z'.length;
/** The last time that was read: those of one update are mostly the same few. */
let read: { text: string; ms: number | undefined } = { text: '', ms: undefined };

/** Milliseconds since 1970 where a value is a time, written exactly as {@link isoTime} does. */
function timeOf(value: unknown): number | undefined {
  if (typeof value !== 'string' || value.length !== TIME_LENGTH || !value.endsWith('Z')) return undefined;
  if (value !== read.text) {
    const ms = Date.parse(value);
    read = { text: value, ms: !Number.isNaN(ms) && isoTime(ms) === value ? ms : undefined };
  }
  return read.ms;
}
