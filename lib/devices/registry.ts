import { isoTime } from '../base/clock.ts';
import type { Clock } from '../base/clock.ts';
import { FactoryError } from '../base/errors.ts';
import { Emitter } from '../base/events.ts';
import { attributeOf } from './device.ts';
import type { DeviceChange, DeviceFilter, DeviceInput, DeviceRecord, Value } from './device.ts';
import { matcher } from './filter.ts';
import { checkId, MAX_ATTRIBUTES, MAX_DEVICES, quote } from './limits.ts';
import { parseDeviceInput, tooManyAttributes } from './parse.ts';
import { parseTimestamp, sourceTime } from './source-time.ts';

export interface WriteOptions {
  /** Whether an unknown id becomes a new device (true, the default) or is refused. */
  readonly create?: boolean;
}

/**
 * The devices of a plant, as they are now. A write costs the same with one device and with a hundred
 * thousand: nothing here walks over all of them but `list`.
 */
export class Registry {
  readonly events = new Emitter<{ change: DeviceChange }>();
  readonly #devices = new Map<string, DeviceRecord>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#devices.size;
  }

  get(id: string): DeviceRecord | undefined {
    return this.#devices.get(id);
  }

  /** The devices that match, in the order in which they came to be. */
  list(filter: DeviceFilter = {}): DeviceRecord[] {
    if (filter.id === undefined) return Array.from(this.#devices.values()).filter(matcher(filter));
    const one = this.#devices.get(filter.id);
    return one && matcher(filter)(one) ? [one] : [];
  }

  /**
   * Takes a write, a {@link DeviceInput} as it came, and tells of it, also when nothing but the time of receipt is
   * new: it proves the device alive. Throws `invalid`, `limit`, `unknown-device` or `stale`, and then nothing is changed.
   */
  write(input: DeviceInput | Readonly<Record<string, unknown>>, options: WriteOptions = {}): DeviceRecord {
    const given = parseDeviceInput(input);
    const previous = this.#devices.get(given.id) ?? null;
    if (!previous) this.#admit(given.id, options.create ?? true);
    const now = this.#clock.now();
    const device = merge(previous ?? blank(given.id, now), given, now);
    this.#devices.set(device.id, device);
    this.events.emit('change', { id: device.id, device, previous });
    return device;
  }

  /** Takes a device away, and gives back what it was; throws `unknown-device`. */
  remove(id: string): DeviceRecord {
    const previous = this.#devices.get(id);
    if (!previous) throw unknown(id);
    this.#devices.delete(id);
    this.events.emit('change', { id, device: null, previous });
    return previous;
  }

  /** Puts back what a store kept, without telling of it. What was written meanwhile is newer and stays. */
  restore(records: Iterable<DeviceRecord>): void {
    for (const record of records) {
      if (!this.#devices.has(record.id)) this.#devices.set(record.id, record);
    }
  }

  #admit(id: string, create: boolean): void {
    if (!create) throw unknown(id);
    checkId(id);
    if (this.#devices.size < MAX_DEVICES) return;
    throw new FactoryError('limit', `there are ${MAX_DEVICES} devices already, and no more are allowed`);
  }
}

function unknown(id: string): FactoryError {
  return new FactoryError('unknown-device', `there is no device ${quote(id)}`);
}

function blank(id: string, now: number): DeviceRecord {
  const time = isoTime(now);
  return {
    id,
    name: id,
    type: 'generic',
    value: null,
    unit: '',
    status: 'active',
    last_update: time,
    quality: 'good',
    source_time: time,
    attributes: {},
    rev: 0,
  };
}

/** The record that a write makes of the one before. */
function merge(before: DeviceRecord, input: DeviceInput, now: number): DeviceRecord {
  const given = input.timestamp === undefined ? undefined : parseTimestamp(input.timestamp);
  const source = sourceTime(given, now);
  if (given !== undefined && before.rev > 0) checkOrder(before, source, now);
  const hasValue = input.value !== undefined;
  return {
    id: before.id,
    name: input.name ?? before.name,
    type: input.type ?? before.type,
    value: input.value === undefined ? before.value : input.value,
    unit: input.unit ?? before.unit,
    status: input.status ?? before.status,
    last_update: isoTime(now),
    quality: input.quality ?? (hasValue ? 'good' : before.quality),
    // The source time is the value's: a new status or name alone does not make the value any younger.
    source_time: hasValue || input.quality !== undefined ? isoTime(source) : before.source_time,
    attributes: input.attributes ? mergeAttributes(before.attributes, input.attributes) : before.attributes,
    rev: before.rev + 1,
  };
}

/**
 * Values may overtake each other on their way here; an older one does not replace a newer one. A write that
 * names no time is of now, whatever the clock says. A stored time that lies in the future says that our own
 * clock was set back, and orders nothing: else no value would be taken until the clock caught up with it.
 */
function checkOrder(before: DeviceRecord, source: number, now: number): void {
  const known = Date.parse(before.source_time);
  if (source >= known || known > now) return;
  throw new FactoryError(
    'stale',
    `the value of ${quote(before.id)} is of ${isoTime(source)}, a newer one of ${before.source_time} is known`,
  );
}

/** The same object where nothing is new, so that who compares sees it at once. */
function mergeAttributes(
  before: Readonly<Record<string, Value>>,
  given: Readonly<Record<string, Value>>,
): Readonly<Record<string, Value>> {
  const news = Object.keys(given).filter((key) => attributeOf(before, key) !== given[key]);
  if (news.length === 0) return before;
  const merged: Record<string, Value> = { ...before };
  for (const key of news) {
    const value = given[key];
    if (value === null || value === undefined) delete merged[key];
    else merged[key] = value;
  }
  const count = Object.keys(merged).length;
  if (count > MAX_ATTRIBUTES) throw tooManyAttributes(count);
  return merged;
}
