import type { Entry, Rows } from '../lib/live/protocol.ts';
import type { Emitter } from './emitter.ts';
import { readDevice, readDevices, readRelay, readRelays, readStats, same } from './shapes.ts';
import type { ClientEvents, Device, Relay, Stats } from './types.ts';

const STATS = 'system/stats';

/**
 * What is known of the plant. A map is never changed but replaced, and only where something is different; in it,
 * what did not change stays the same object, so that a page need not draw it again.
 */
export class PlantState {
  #devices: ReadonlyMap<string, Device> = new Map();
  #relays: ReadonlyMap<string, Relay> = new Map();
  #stats: Stats | null = null;
  /** The id of what each topic is of. */
  readonly #topics = new Map<string, string>();
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

  /** Takes all there is by topic: a device or relay that is not among it is no more. */
  hearState(state: readonly Entry[]): void {
    this.#topics.clear();
    if (!state.some(([topic]) => topic === STATS)) this.#forgetStats();
    this.#takeEntries(state, new Map(), new Map());
  }

  /** Takes what became of some topics, and of fields of some that are known. `now`: of the server, which times are told by. */
  hearChanges(changes: readonly Entry[], fields: readonly Rows[], now: number): void {
    if (changes.length + fields.length === 0) return;
    const entries = [...changes, ...fields.flatMap((alike) => this.#entriesOf(alike, now))];
    this.#takeEntries(entries, new Map(this.#devices), new Map(this.#relays));
  }

  /** The records of which some fields are told, whole. */
  #entriesOf({ names, times = [], rows }: Rows, now: number): Entry[] {
    return rows.map(([topic, ...values]) => {
      const known = this.#devices.get(this.#topics.get(topic) ?? '');
      const told = names.map((name, at) => [
        name,
        times.includes(name) ? timeAt(values[at], now) : values[at],
      ]);
      return [topic, { ...known, ...Object.fromEntries(told) }];
    });
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
    if (told) this.#setRelays(told);
    return told !== undefined;
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

  /** Forgets everything: whoever looks now has no right to know. */
  clear(): void {
    this.#stats = null;
    this.#topics.clear();
    this.#setDevices(new Map());
    this.#setRelays(new Map());
  }

  /** What cannot be read is not there. */
  #takeEntries(entries: readonly Entry[], devices: Map<string, Device>, relays: Map<string, Relay>): void {
    for (const [topic, payload] of entries) {
      if (topic === STATS) {
        if (payload === null) this.#forgetStats();
        else this.hearStats(payload);
        continue;
      }
      const all = topic.startsWith('devices/') ? devices : topic.startsWith('relays/') ? relays : undefined;
      if (!all) continue;
      const record = all === devices ? readDevice(payload) : readRelay(payload);
      // What a flow calls it in its topic need not be its id.
      const before = this.#topics.get(topic);
      if (before !== undefined && before !== record?.id) all.delete(before);
      if (record) (all as Map<string, Device | Relay>).set(record.id, record);
      if (record) this.#topics.set(topic, record.id);
      else this.#topics.delete(topic);
    }
    this.#setDevices(devices);
    this.#setRelays(relays);
  }

  #forgetStats(): void {
    if (this.#stats === null) return;
    this.#stats = null;
    this.#events.emit('stats', null);
  }

  #setRelays(told: ReadonlyMap<string, Relay>): void {
    const relays = merged(this.#relays, told);
    if (relays === this.#relays) return;
    this.#relays = relays;
    this.#events.emit('relays', relays);
  }

  #setDevices(told: ReadonlyMap<string, Device>): void {
    const devices = merged(this.#devices, told);
    if (devices === this.#devices) return;
    this.#devices = devices;
    this.#events.emit('devices', devices);
  }
}

/** The time so many milliseconds after `now`; what cannot be one is left as it is. */
function timeAt(ms: unknown, now: number): unknown {
  const time = new Date(now + (typeof ms === 'number' ? ms : NaN));
  return Number.isNaN(time.getTime()) ? ms : time.toISOString();
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
