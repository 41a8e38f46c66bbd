import type { Emitter } from './emitter.ts';
import { readDevice, readDevices, readRelays, readStats, same } from './shapes.ts';
import type { ClientEvents, Device, Relay, Stats } from './types.ts';

/**
 * What is known of the plant. A map is never changed but replaced, and only where something is different; in it,
 * what did not change stays the same object, so that a page need not draw it again.
 */
export class PlantState {
  #devices: ReadonlyMap<string, Device> = new Map();
  #relays: ReadonlyMap<string, Relay> = new Map();
  #stats: Stats | null = null;
  readonly #events: Emitter<ClientEvents>;

  constructor(events: Emitter<ClientEvents>) {
    this.#events = events;
  }

  get devices(): ReadonlyMap<string, Device> {
    return this.#devices;
  }

  get relays(): ReadonlyMap<string, Relay> {
    return this.#relays;
  }

  get stats(): Stats | null {
    return this.#stats;
  }

  /** Takes one of the contract's lists, by the event that brings it: whether it could be read; undefined where it is none of them. */
  hearList(event: string, payload: unknown): boolean | undefined {
    switch (event) {
      case 'devices_update':
        return this.hearDevices(payload);
      case 'relays_update':
        return this.hearRelays(payload);
      case 'system_stats_update':
        return this.hearStats(payload);
      default:
        return undefined;
    }
  }

  /** Takes the list of all devices; false where it is none. */
  hearDevices(payload: unknown): boolean {
    const told = readDevices(payload);
    if (told) this.#setDevices(told);
    return told !== undefined;
  }

  /** Takes what all relays are; false where it does not say. */
  hearRelays(payload: unknown): boolean {
    const told = readRelays(payload);
    if (!told) return false;
    const relays = merged(this.#relays, told);
    if (relays === this.#relays) return true;
    this.#relays = relays;
    this.#events.emit('relays', relays);
    return true;
  }

  /** Takes the statistics; false where they are none. */
  hearStats(payload: unknown): boolean {
    const told = readStats(payload);
    if (!told) return false;
    if (same(this.#stats, told)) return true;
    this.#stats = told;
    this.#events.emit('stats', told);
    return true;
  }

  /** Takes one device as it is after writing to it, unless something newer is known; undefined where it is none. */
  hearDevice(entry: unknown): Device | undefined {
    const device = readDevice(entry);
    if (!device) return undefined;
    const known = this.#devices.get(device.id);
    if (known && Date.parse(known.last_update) > Date.parse(device.last_update)) return device;
    this.#setDevices(new Map(this.#devices).set(device.id, device));
    return device;
  }

  /** Forgets everything: whoever looks now has no right to know. */
  clear(): void {
    this.#stats = null;
    this.#setDevices(new Map());
    if (this.#relays.size === 0) return;
    this.#relays = new Map();
    this.#events.emit('relays', this.#relays);
  }

  #setDevices(told: ReadonlyMap<string, Device>): void {
    const devices = merged(this.#devices, told);
    if (devices === this.#devices) return;
    this.#devices = devices;
    this.#events.emit('devices', devices);
  }
}

/** `told` with the objects of `known` where they say the same; `known` itself where all of it does. */
function merged<T>(known: ReadonlyMap<string, T>, told: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  const ids = Array.from(known.keys());
  let changed = known.size !== told.size;
  const all = new Map<string, T>();
  for (const [id, entry] of told) {
    const before = known.get(id);
    const stays = before !== undefined && same(before, entry);
    if (!stays || ids[all.size] !== id) changed = true;
    all.set(id, stays ? before : entry);
  }
  return changed ? all : known;
}
