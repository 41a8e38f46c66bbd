import type { Clock } from '../base/clock.ts';
import { attributeOf } from '../devices/device.ts';
import type { DeviceRecord } from '../devices/device.ts';
import type { Durability } from '../store/store.ts';

/** An attribute that changes again within this time is measured, like a value. Milliseconds. */
export const OFTEN_MS = 60_000;
/** Attributes whose last change is remembered; beyond that the longest unchanged ones are forgotten. */
export const MAX_REMEMBERED_ATTRIBUTES = 100_000;

/**
 * Decides how soon the records of devices must be durable. Values, and attributes that change often such as a signal strength,
 * come again by themselves and wait for the next batch. What a device is, a status that somebody has set, and the first
 * change of an attribute in a while are committed at once.
 */
export class DeviceDurability {
  readonly #clock: Clock;
  /** Time of each attribute's last change, on the monotonic clock, the longest ago first. */
  readonly #changed = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  of(device: DeviceRecord, previous: DeviceRecord | null): Durability {
    const isSame =
      previous !== null &&
      device.name === previous.name &&
      device.type === previous.type &&
      device.unit === previous.unit &&
      device.status === previous.status;
    // Attributes are looked at in any case: each change of one is remembered.
    const isOften = previous === null || this.#changesOften(device, previous);
    return isSame && isOften ? 'later' : 'now';
  }

  #changesOften({ id, attributes }: DeviceRecord, { attributes: before }: DeviceRecord): boolean {
    if (attributes === before) return true;
    const now = this.#clock.monotonic();
    let isOften = true;
    for (const name of new Set([...Object.keys(before), ...Object.keys(attributes)])) {
      if (attributeOf(before, name) === attributeOf(attributes, name)) continue;
      const key = `${id}\n${name}`;
      const last = this.#changed.get(key);
      if (last === undefined || now - last >= OFTEN_MS) isOften = false;
      this.#changed.delete(key);
      this.#changed.set(key, now);
    }
    for (const oldest of this.#changed.keys()) {
      if (this.#changed.size <= MAX_REMEMBERED_ATTRIBUTES) break;
      this.#changed.delete(oldest);
    }
    return isOften;
  }
}
