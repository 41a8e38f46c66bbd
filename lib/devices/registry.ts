import { isoTime } from '../base/clock.ts';
import type { Clock } from '../base/clock.ts';
import { FactoryError } from '../base/errors.ts';
import { Emitter } from '../base/events.ts';
import { isSameJson } from '../base/json.ts';
import { canonicalName, nameKey } from '../base/text.ts';
import { FUTURE_TOLERANCE_MS, readSourceTime } from '../base/source-time.ts';
import type { SourceTime, TimeDoubt } from '../base/source-time.ts';
import type { DeviceChange, DeviceFilter, DeviceInput, DeviceRecord } from './device.ts';
import { matcher } from './filter.ts';
import { Intervals } from './intervals.ts';
import { checkId, MAX_DEVICES, quote } from './limits.ts';
import * as merging from './merge.ts';
import type { Entry, Kept } from './merge.ts';
import { parseDeviceInput } from './parse.ts';
import { lastGiven } from './source-order.ts';
import { PresenceWatch, REPORTED_OFFLINE } from './presence.ts';
import type { PresenceCounts } from './presence.ts';

export interface WriteOptions {
  /** Whether an unknown id becomes a new device (true, the default) or is refused. */
  readonly create?: boolean;
  /** It is a replay, such as a retained message: no sign of life, and its value is uncertain. */
  readonly isReplayed?: boolean;
  /** It says what the device is, and is no sign of life. */
  readonly isDeclared?: boolean;
  /** Names the source, such as a node: the times of a source are compared with each other only. */
  readonly source?: string;
  /** Time at which the value was true, milliseconds since 1970, where the writer has put its values in order itself. */
  readonly at?: number;
  /** Keeps the words for "no value", such as `unknown`, as text. */
  readonly keepWords?: boolean;
  /** Interval at which a node expects the device, milliseconds; null withdraws the one that the same node gave before. */
  readonly expects?: { readonly by: string; readonly interval: number | null };
  /** Called once for each device and cause, where a timestamp is not trusted. */
  readonly onDoubt?: (doubt: TimeDoubt, id: string) => void;
}

/** A record as a store keeps it. Records of earlier builds have no `kept`. */
export type StoredDevice = DeviceRecord & { readonly kept?: Kept };

/**
 * The devices of a plant, as they are now. A write costs the same with one device and with a hundred
 * thousand: nothing here walks over all of them but `list`.
 */
export class Registry {
  readonly events = new Emitter<{ change: DeviceChange }>();
  /** By the keys of their ids: the forms in which a name can be written are one device. */
  readonly #devices = new Map<string, Entry>();
  readonly #clock: Clock;
  readonly #presence: PresenceWatch;
  readonly #intervals = new Intervals();
  /** Causes of doubt that were told of, by device. */
  readonly #doubted = new Map<string, Set<TimeDoubt>>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#presence = new PresenceWatch(clock, (id) => this.#refresh(id));
  }

  get size(): number {
    return this.#devices.size;
  }

  /** Number of watched devices that are online, late, offline and unknown. */
  get presence(): PresenceCounts {
    return this.#presence.counts;
  }

  get(id: string): DeviceRecord | undefined {
    return this.#devices.get(nameKey(id))?.record;
  }

  /** The devices that match, in the order in which they came to be. */
  list(filter: DeviceFilter = {}): DeviceRecord[] {
    const { id, ...rest } = filter;
    const matches = matcher(rest);
    if (id === undefined) return Array.from(this.#devices.values(), ({ record }) => record).filter(matches);
    const one = this.get(id);
    return one && matches(one) ? [one] : [];
  }

  /**
   * Takes a write, a {@link DeviceInput} as it came, and publishes it, also when nothing but the time of receipt is
   * new: it proves the device alive. A replay that says nothing new is not published. Throws `invalid`, `limit`,
   * `unknown-device` or `stale`, and then nothing is changed.
   */
  write(input: DeviceInput | Readonly<Record<string, unknown>>, options: WriteOptions = {}): DeviceRecord {
    const given = parseDeviceInput(input);
    const now = this.#clock.now();
    const source =
      options.at === undefined ? readSourceTime(given.timestamp, now) : { at: Math.min(options.at, now) };
    const known = this.#devices.get(nameKey(given.id));
    if (!known) this.#admit(given.id, options.create ?? true);
    const before = known ?? merging.blank(canonicalName(given.id), now);
    const { id } = before.record;
    const { isReplayed = false, keepWords = false, source: by = '' } = options;
    if (!isReplayed && merging.isStale({ source, by, now }, before.kept)) {
      throw stale(before, source, by);
    }
    const merged = merging.merge(before, given, { source, by, now, isReplayed, keepWords });
    const entry = expecting(merged, options.expects);
    const device = this.#follow(entry, given, options);
    if (known && isReplayed && saysSame(known.record, device)) {
      this.#devices.set(nameKey(id), { ...entry, record: known.record });
      return known.record;
    }
    this.events.emit('change', { id, device, previous: known?.record ?? null });
    if (source.doubt) this.#doubt(source.doubt, id, options);
    return device;
  }

  /** Takes a device away, and gives back what it was; throws `unknown-device`. */
  remove(id: string): DeviceRecord {
    const entry = this.#devices.get(nameKey(id));
    if (!entry) throw unknown(id);
    const { record: previous } = entry;
    this.#devices.delete(nameKey(id));
    this.#doubted.delete(previous.id);
    this.#presence.forget(previous.id);
    this.#intervals.forget(previous.id);
    this.events.emit('change', { id: previous.id, device: null, previous });
    return previous;
  }

  /** The interval that a device keeps, learnt from its last signs of life, milliseconds; undefined: not known. */
  learntInterval(id: string): number | undefined {
    const entry = this.#devices.get(nameKey(id));
    return entry && this.#intervals.of(entry.record.id);
  }

  /** A device as a store is to keep it; undefined for an unknown id. */
  stored(id: string): StoredDevice | undefined {
    const entry = this.#devices.get(nameKey(id));
    return entry && { ...entry.record, kept: entry.kept };
  }

  /** Returns whether a node's expectation of a device is known already. */
  isExpected(id: string, { by, interval }: NonNullable<WriteOptions['expects']>): boolean {
    const expected = this.#devices.get(nameKey(id))?.kept.expected;
    return interval === null ? expected?.by !== by : expected?.by === by && expected.interval === interval;
  }

  /** Puts back what a store kept, without publishing it. What was written meanwhile is newer and stays. */
  restore(records: Iterable<StoredDevice>): void {
    for (const { kept: stored, ...record } of records) {
      if (this.#devices.has(nameKey(record.id))) continue;
      const isAhead = Date.parse(record.last_update) > this.#clock.now() + FUTURE_TOLERANCE_MS;
      const said = stored ?? merging.keptOf(record);
      const kept = isAhead ? merging.worse(said, 'uncertain', merging.CLOCK_WAS_AHEAD) : said;
      const entry = { record, kept, isFresh: false };
      this.#watch(entry);
      // A last will is not sent again unless the broker has kept it.
      if (kept.hasWill && record.presence === 'offline')
        this.#presence.gone(record.id, record.reason ?? REPORTED_OFFLINE);
      this.#keep(entry);
    }
  }

  /** Ends the watch over what is silent. */
  close(): void {
    this.#presence.stop();
  }

  #admit(id: string, create: boolean): void {
    if (!create) throw unknown(id);
    checkId(id);
    if (this.#devices.size < MAX_DEVICES) return;
    throw new FactoryError('limit', `there are ${MAX_DEVICES} devices already, and no more are allowed`);
  }

  /** Keeps an entry, with what the write says of the device's presence. */
  #follow(entry: Entry, given: DeviceInput, options: WriteOptions): DeviceRecord {
    const { id } = entry.record;
    const earlier = this.#presence.get(id)?.presence;
    const isWatched = this.#watch(entry);
    const isAlive = isSignOfLife(given, options);
    if (isAlive) this.#intervals.heard(id, this.#clock.monotonic());
    if (given.presence === 'offline') this.#presence.gone(id, given.reason ?? REPORTED_OFFLINE);
    else if (isAlive && isWatched) this.#presence.heard(id);
    const isBack = isAlive && isWatched && (earlier === 'offline' || earlier === 'unknown');
    if (!isBack || given.value !== undefined || given.quality !== undefined) return this.#keep(entry);
    return this.#keep({ ...entry, kept: merging.worse(entry.kept, 'uncertain', merging.CAME_BACK) });
  }

  /** Updates the watch on a device's presence, and returns whether it is watched; `unknown` before its first value. */
  #watch(entry: Entry): boolean {
    const { record, kept } = entry;
    const reason = kept.isValued ? merging.NOT_HEARD : merging.NO_VALUE_YET;
    const interval = merging.intervalOf(entry);
    const isWatched = interval !== undefined || kept.hasWill === true;
    if (isWatched || !kept.isValued) this.#presence.begin(record.id, reason);
    else this.#presence.forget(record.id);
    this.#presence.expect(record.id, interval);
    return isWatched;
  }

  #keep(entry: Entry): DeviceRecord {
    const { id } = entry.record;
    const record = merging.render(entry, this.#presence.get(id));
    this.#devices.set(nameKey(id), { ...entry, record });
    return record;
  }

  /** Publishes what time alone has made of a device's presence. */
  #refresh(id: string): void {
    const entry = this.#devices.get(nameKey(id));
    if (!entry) return;
    const { record: previous } = entry;
    const device = this.#keep({ ...entry, record: { ...previous, rev: previous.rev + 1 } });
    this.events.emit('change', { id, device, previous, isDerived: true });
  }

  #doubt(doubt: TimeDoubt, id: string, { onDoubt }: WriteOptions): void {
    const told = this.#doubted.get(id) ?? new Set();
    if (told.has(doubt)) return;
    this.#doubted.set(id, told.add(doubt));
    onDoubt?.(doubt, id);
  }
}

function expecting(entry: Entry, expects: WriteOptions['expects']): Entry {
  if (!expects) return entry;
  const { by, interval } = expects;
  const { expected, ...kept } = entry.kept;
  if (interval !== null) return { ...entry, kept: { ...kept, expected: { by, interval } } };
  return expected?.by === by ? { ...entry, kept } : entry;
}

/** Properties that a person, or the device's node, may set: they do not mean that the device is there. */
const DESCRIPTIONS: ReadonlySet<string> = new Set(['id', 'name', 'type', 'unit', 'status']);

function isSignOfLife(given: DeviceInput, { isReplayed, isDeclared }: WriteOptions): boolean {
  if (isReplayed || isDeclared || given.presence === 'offline') return false;
  if (given.value !== undefined) return true;
  const said = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  return said.length === 1 || said.some((name) => !DESCRIPTIONS.has(name));
}

/** Returns whether two records differ in nothing but their `rev`. */
function saysSame(
  { rev: _before, ...before }: DeviceRecord,
  { rev: _after, ...after }: DeviceRecord,
): boolean {
  return isSameJson(before, after);
}

function stale({ record, kept }: Entry, { at }: SourceTime, by: string): FactoryError {
  const known = isoTime(lastGiven(kept.given, by) ?? at);
  return new FactoryError(
    'stale',
    `the value of ${quote(record.id)} is of ${isoTime(at)}, a newer one of ${known} is known`,
  );
}

function unknown(id: string): FactoryError {
  return new FactoryError('unknown-device', `there is no device ${quote(id)}`);
}
