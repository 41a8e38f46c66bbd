import { randomUUID } from 'node:crypto';
import type { Cancel, Clock } from '../base/clock.ts';
import { ClockTrust, type Suspicion, type TrustChange } from '../base/clock-trust.ts';
import { Emitter } from '../base/events.ts';
import { nameKey } from '../base/text.ts';
import type { DeviceChange } from '../devices/device.ts';
import type { PresenceCounts } from '../devices/presence.ts';
import { Registry } from '../devices/registry.ts';
import type { StoredDevice } from '../devices/registry.ts';
import { InputDirectory } from '../inputs/directory.ts';
import { RelayDirectory } from '../relays/directory.ts';
import type { Past } from '../relays/board.ts';
import type { PlantOptions } from './plant-options.ts';
import type { KeptRelay } from '../relays/relay.ts';
import type { StorageState, Store, StoredRecord } from '../store/store.ts';
import type { AuditEntry, ConfigEntry } from './audit-entry.ts';
import { Before } from './before.ts';
import { PlantConditions } from './conditions.ts';
import { DeviceDurability } from './durability.ts';
import { Audit, type AuditState } from './audit.ts';
import { CLOCK, ClockKeeper, type StoredClock } from './clock-keeper.ts';
import type { Problem } from './health.ts';
import { KeptSessions, SESSIONS, type StoredSession } from './kept-sessions.ts';
import { RETENTION_DAYS } from './retention.ts';
import { settingsChanges, type Configuration } from './settings-changes.ts';
import { nextStart, parseStart, SETTLED_MS, unsafeStart, type Start } from './starts.ts';

/** How long a log entry may take before its writer goes on without it: no relay waits longer for a disk. */
export const LOG_WAIT_MS = 100;

/** How long a close waits for a store that is still opening. */
export const CLOSE_OPENING_MS = 3000;

/** Begins the ids under which relays are stored; no device can have one of these. */
const RELAYS = 'relays/';
/** Begins the ids under which is stored what the plant and its boards were set to. */
const SETTINGS = 'settings/';
/** The id under which the start of this process is stored. */
const START = 'process/start';
/** Names this process. */
const PROCESS = randomUUID();
/** Number of the last audit log entries that say what the time was. */
const LOOK_BACK = 1000;

interface StoredRelay extends StoredRecord {
  readonly kept: KeptRelay;
}

interface StoredSettings extends StoredRecord {
  readonly configuration: Configuration;
}

interface StoredStart extends StoredRecord {
  readonly start: Start;
}

/** One plant's memory: its devices, the relays of its boards, its inputs, and its log, over one store. */
export class Plant {
  readonly name: string;
  readonly clock: Clock;
  readonly devices: Registry;
  readonly relays: RelayDirectory;
  readonly inputs = new InputDirectory();
  readonly conditions: PlantConditions;
  /** Boards that do not run because of their settings, by the ids of their nodes. */
  readonly failed = new Map<string, Problem>();
  readonly audit: Audit;
  /** Use it once the plant is ready. */
  readonly sessions: KeptSessions;
  readonly events = new Emitter<{ storage: StorageState; audit: AuditState; clock: TrustChange }>();
  /**
   * Resolves when what the store kept is here; never rejects. Also resolves when the store failed: the plant
   * then works in memory, and {@link Plant.storage} says so. Wait for it before reading or writing.
   */
  readonly ready: Promise<void>;
  readonly #store: Store;
  readonly #durability: DeviceDurability;
  readonly #time: ClockKeeper;
  readonly #process: string;
  readonly #before = new Before();
  readonly #settings = new Map<string, Configuration>();
  #start: Start | undefined;
  #cancelSettling: Cancel = () => {};
  readonly #stop: (() => void)[];

  constructor({
    name,
    clock,
    store,
    process = PROCESS,
    retention = RETENTION_DAYS,
    topics,
    trust = new ClockTrust(clock),
  }: PlantOptions) {
    this.name = name;
    this.clock = clock;
    this.devices = new Registry(clock);
    this.relays = new RelayDirectory(clock);
    this.conditions = new PlantConditions(this.devices, this.inputs, topics);
    this.#store = store;
    this.#durability = new DeviceDurability(clock);
    this.#process = process;
    const log = (entry: AuditEntry): Promise<boolean> => this.log(entry);
    this.sessions = new KeptSessions(store);
    this.#time = new ClockKeeper({ trust, clock, store, log });
    this.audit = new Audit({ store, clock, retention, log, suspicion: () => this.suspicion });
    this.#stop = [
      this.devices.events.on('change', (change) => this.#keep(change)),
      store.events.on('state', (state) => this.events.emit('storage', state)),
      this.audit.events.on('state', (state) => this.events.emit('audit', state)),
      this.#time.events.on('changed', (change) => this.events.emit('clock', change)),
    ];
    this.ready = this.#load();
  }

  /** What was before the process began, once the plant is ready, for its boards to go on with. */
  get past(): Past {
    return this.#before.past;
  }

  /** Reason, for a person, why relays are in their fault state though nothing says so; undefined: all kept state is known. */
  get doubt(): string | undefined {
    const { damaged } = this.#before;
    if (this.#store.doubt !== undefined) return `the plant file could not be read: ${this.#store.doubt}`;
    return damaged.length === 0
      ? undefined
      : `damaged records of relays in the plant file: ${damaged.join(', ')}`;
  }

  /** Expects the boards of the relays that it has had, until the directory is told that the flows have started. */
  expectRelays(): void {
    let isReady = false;
    void this.ready.then(() => (isReady = true));
    this.relays.expect((id) => !isReady || this.#before.has(id));
  }

  /** Keeps what of a relay has to survive a start of the process. */
  keepRelay(id: string, kept: KeptRelay): void {
    this.#before.keep(id, kept);
    this.#store.put({ id: RELAYS + nameKey(id), kept } as StoredRelay, 'now');
  }

  /** Writes a device's record, as it is now, with the next commit. */
  keepDevice(id: string): void {
    const stored = this.devices.stored(id);
    if (stored) this.#store.put(stored, 'now');
  }

  /**
   * Logs what the plant or a board is set to otherwise than before, be it before a deploy or before a start.
   * Call it once the plant is ready.
   */
  configured(id: string, configuration: Configuration): void {
    const changes = settingsChanges(this.#settings.get(id), configuration);
    if (!changes) return;
    this.#settings.set(id, configuration);
    this.#store.put({ id: SETTINGS + id, configuration } as StoredSettings, 'now');
    this.#logSettings(id, configuration, changes);
  }

  /** The board is removed for good. */
  unconfigured(id: string): void {
    const configuration = this.#settings.get(id);
    if (!configuration) return;
    this.#settings.delete(id);
    this.#store.delete(SETTINGS + id);
    this.#logSettings(id, configuration, { result: 'removed' });
  }

  /** Reason why the wall clock is not trusted with what cannot be undone; undefined: it is. */
  get suspicion(): Suspicion | undefined {
    return this.#time.suspicion;
  }

  /** Number of watched devices that are online, late, offline and unknown. */
  get presence(): PresenceCounts {
    return this.devices.presence;
  }

  /** The file of the plant's memory; undefined: it has none. */
  get file(): string | undefined {
    return this.#store.file;
  }

  get storage(): StorageState {
    return this.#store.state;
  }

  /**
   * Adds an entry, with the time, to the plant's log. True once it is there for good; false if it could not
   * be kept or is not there within {@link LOG_WAIT_MS} (it may still get there). Never rejects.
   */
  log(entry: AuditEntry): Promise<boolean> {
    const stored = this.#store.append({ ...this.#time.stamp(), ...entry });
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
    this.#cancelSettling();
    this.audit.stop();
    this.#time.stop();
    if (this.#start) this.#keepStart({ ...this.#start, ended: true });
    this.devices.close();
    for (const stop of this.#stop) stop();
    this.conditions.stop();
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
      this.#before.isLost = this.#store.doubt !== undefined;
      const devices: StoredRecord[] = [];
      let clock: StoredClock | undefined;
      for (const record of records) {
        const { id } = record;
        if (id === START) this.#start = parseStart((record as StoredStart).start);
        else if (id === CLOCK) clock = record as StoredClock;
        else if (id.startsWith(SESSIONS)) this.sessions.restore(record as StoredSession);
        else if (id.startsWith(RELAYS))
          this.#before.restore(id.slice(RELAYS.length), (record as StoredRelay).kept);
        else if (id.startsWith(SETTINGS)) {
          this.#settings.set(id.slice(SETTINGS.length), (record as StoredSettings).configuration);
        } else devices.push(record);
      }
      if (this.#start?.process !== this.#process)
        this.conditions.restored(devices.flatMap(({ id }) => (this.devices.get(id) ? [] : [id])));
      this.devices.restore(devices as StoredDevice[]);
      // What is in memory alone was in this process, and whoever was to know it does.
      const before = this.storage.kind === 'sqlite' ? await this.#store.recent(LOOK_BACK) : [];
      // First of all: what follows has a time.
      this.#time.start(clock, before);
      this.#begin();
      await this.#before.recallFrom(this.#store);
      // Nobody waits for it.
      void this.audit.start();
    } catch {
      // Told by the store's state already: the plant goes on in memory.
      this.#before.isLost = this.#store.doubt !== undefined;
    }
  }

  /** Counts this start, and says so once it has lasted. */
  #begin(): void {
    const start = nextStart(this.#start, this.#process);
    this.#before.unsafe = unsafeStart(this.#start, start);
    this.#keepStart(start);
    const { unsafe } = this.#before;
    for (const why of [unsafe, this.doubt]) if (why !== undefined) void this.log({ kind: 'safe-mode', why });
    if (start.settled) return;
    this.#cancelSettling = this.clock.after(SETTLED_MS, () => this.#keepStart({ ...start, settled: true }));
  }

  #logSettings(
    id: string,
    { what, name }: Configuration,
    changes: Pick<ConfigEntry, 'result' | 'changed' | 'channels'>,
  ): void {
    void this.log({ kind: 'config', by: null, from: '', via: 'start', what, id, name, ...changes });
  }

  #keepStart(start: Start): void {
    this.#start = start;
    this.#store.put({ id: START, start } as StoredStart, 'now');
  }

  #keep({ id, device, previous, isDerived }: DeviceChange): void {
    if (isDerived) return;
    if (device) this.#store.put(this.devices.stored(id) ?? device, this.#durability.of(device, previous));
    else this.#store.delete(id);
  }
}
