import { isoTime } from '../base/clock.ts';
import type { Clock } from '../base/clock.ts';
import { Emitter } from '../base/events.ts';
import type { DeviceChange, DeviceRecord } from '../devices/device.ts';
import { Registry } from '../devices/registry.ts';
import { RelayDirectory } from '../relays/directory.ts';
import type { KeptRelay } from '../relays/relay.ts';
import type { Durability, LogEntry, StorageState, Store, StoredRecord } from '../store/store.ts';

/** How long a log entry may take before its writer goes on without it: no relay waits longer for a disk. */
export const LOG_WAIT_MS = 100;

/** How long a close waits for a store that is still opening. */
export const CLOSE_OPENING_MS = 3000;

/** Begins the ids under which relays are stored; no device can have one of these. */
const RELAYS = 'relays/';

interface StoredRelay extends StoredRecord {
  readonly kept: KeptRelay;
}

export interface PlantOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly store: Store;
}

/** One plant's memory: its devices, the relays of its boards, and its log, over one store. */
export class Plant {
  readonly name: string;
  readonly clock: Clock;
  readonly devices: Registry;
  readonly relays: RelayDirectory;
  readonly events = new Emitter<{ storage: StorageState }>();
  /**
   * Resolves when what the store kept is here; never rejects. Also resolves when the store failed: the plant
   * then works in memory, and {@link Plant.storage} says so. Wait for it before reading or writing.
   */
  readonly ready: Promise<void>;
  readonly #store: Store;
  readonly #kept = new Map<string, KeptRelay>();
  readonly #stop: (() => void)[];

  constructor({ name, clock, store }: PlantOptions) {
    this.name = name;
    this.clock = clock;
    this.devices = new Registry(clock);
    this.relays = new RelayDirectory(clock);
    this.#store = store;
    this.#stop = [
      this.devices.events.on('change', (change) => this.#keep(change)),
      store.events.on('state', (state) => this.events.emit('storage', state)),
    ];
    this.ready = this.#load();
  }

  /** What was kept of relays, by id: once the plant is ready, what was before the process began. */
  get keptRelays(): ReadonlyMap<string, KeptRelay> {
    return this.#kept;
  }

  /** Keeps what of a relay has to survive a start of the process. */
  keepRelay(id: string, kept: KeptRelay): void {
    this.#kept.set(id, kept);
    this.#store.put({ id: RELAYS + id, kept } as StoredRelay, 'now');
  }

  get storage(): StorageState {
    return this.#store.state;
  }

  /**
   * Adds an entry, with the time, to the plant's log. True once it is there for good; false if it could not
   * be kept or is not there within {@link LOG_WAIT_MS} (it may still get there). Never rejects.
   */
  log(entry: LogEntry): Promise<boolean> {
    const stored = this.#store.append({ at: isoTime(this.clock.now()), ...entry });
    return new Promise((resolve) => {
      const cancel = this.clock.after(LOG_WAIT_MS, () => resolve(false));
      void stored.then((kept) => {
        cancel();
        resolve(kept);
      });
    });
  }

  /** Brings everything into the store and lets go of it. */
  async close(): Promise<void> {
    await this.#readyOrLate();
    for (const stop of this.#stop) stop();
    await this.#store.close();
  }

  #readyOrLate(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.clock.after(CLOSE_OPENING_MS, resolve);
      void this.ready.then(() => {
        cancel();
        resolve();
      });
    });
  }

  async #load(): Promise<void> {
    try {
      // The store keeps what this plant put there, and its version says that the form is still the same.
      const records = await this.#store.load();
      const isRelay = ({ id }: StoredRecord): boolean => id.startsWith(RELAYS);
      for (const { id, kept } of records.filter(isRelay) as StoredRelay[]) {
        this.#kept.set(id.slice(RELAYS.length), kept);
      }
      this.devices.restore(records.filter((record) => !isRelay(record)) as DeviceRecord[]);
    } catch {
      // Told by the store's state already: the plant goes on in memory.
    }
  }

  #keep({ id, device, previous }: DeviceChange): void {
    if (device) this.#store.put(device, durability(device, previous));
    else this.#store.delete(id);
  }
}

/** Values come again by themselves; what a device is, and a status that someone has set, does not. */
function durability(device: DeviceRecord, previous: DeviceRecord | null): Durability {
  const same =
    previous !== null &&
    device.name === previous.name &&
    device.type === previous.type &&
    device.unit === previous.unit &&
    device.status === previous.status &&
    device.attributes === previous.attributes;
  return same ? 'later' : 'now';
}
