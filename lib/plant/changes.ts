import { isoTime } from '../base/clock.ts';
import type { Cause } from '../base/cause.ts';
import { copyOf } from '../devices/device.ts';
import type { DeviceChange, DeviceRecord, Quality, Value } from '../devices/device.ts';
import { qualityOf } from '../relays/record.ts';
import type { RelayChange, RelayRecord } from '../relays/relay.ts';
import type { Plant } from './plant.ts';

export interface ChangesOptions {
  readonly subject: 'devices' | 'relays' | 'both';
  /** Which ids to tell of. */
  readonly fits: (id: string) => boolean;
  /**
   * The topics that were told and not taken back, kept here for whoever follows after a redeploy: what is gone
   * by then is taken back at the start.
   */
  readonly told?: Set<string>;
}

/** A change as it is told: a topic of its own for each device and relay. */
export interface Told {
  /** `devices/ID` or `relays/ID`. */
  readonly topic: string;
  /** A copy of the whole record, null once it is gone. */
  readonly payload: DeviceRecord | RelayRecord | null;
  readonly factory: {
    /** The value or state before; null where there was none. */
    readonly previous: Value;
    /** A relay whose state cannot be known is bad, one with a fault uncertain; left out for what is gone. */
    readonly quality?: Quality;
    /** Time at which the value was true at its source (of receipt where that is not known), or the relay changed; ISO 8601. */
    readonly ts: string;
    /** What changed, as what leads to whatever flows do then; left out for what was gone already. */
    readonly cause?: Cause;
  };
}

/** Tells everything that a plant has, once, and then each change. Start it when the plant is ready. */
export class Changes {
  readonly #plant: Plant;
  readonly #subject: ChangesOptions['subject'];
  readonly #fits: (id: string) => boolean;
  readonly #told: Set<string>;
  #hear: (told: Told) => void = () => {};
  readonly #stop: (() => void)[] = [];
  readonly #counts = { devices: 0, relays: 0 };

  constructor(plant: Plant, { subject, fits, told = new Set() }: ChangesOptions) {
    this.#plant = plant;
    this.#told = told;
    this.#subject = subject;
    this.#fits = fits;
  }

  /** How many of each there are now, of those that are told of. */
  get counts(): { readonly devices: number; readonly relays: number } {
    return this.#counts;
  }

  start(hear: (told: Told) => void): void {
    this.#hear = hear;
    const before = Array.from(this.#told);
    this.#told.clear();
    if (this.#subject !== 'relays') this.#followDevices();
    if (this.#subject !== 'devices') this.#followRelays();
    for (const topic of before) if (!this.#told.has(topic)) this.#tell(this.#gone(topic));
  }

  /** Tells everything once more, for who came to listen meanwhile. */
  again(): void {
    for (const device of this.#subject === 'relays' ? [] : this.#plant.devices.list()) {
      if (this.#fits(device.id)) this.#tell(this.#ofDevice({ id: device.id, device, previous: device }));
    }
    for (const relay of this.#subject === 'devices' ? [] : this.#plant.relays.list()) {
      if (this.#fits(relay.id)) this.#tell(this.#ofRelay({ id: relay.id, relay, previous: relay }));
    }
  }

  /** Nothing is told after this. */
  stop(): void {
    for (const stop of this.#stop.splice(0)) stop();
  }

  #followDevices(): void {
    const tell = (change: DeviceChange): void => this.#device(change);
    this.#stop.push(this.#plant.devices.events.on('change', tell));
    for (const device of this.#plant.devices.list()) tell({ id: device.id, device, previous: null });
  }

  #followRelays(): void {
    const tell = (change: RelayChange): void => this.#relay(change);
    this.#stop.push(this.#plant.relays.events.on('change', tell));
    for (const relay of this.#plant.relays.list()) tell({ id: relay.id, relay, previous: null });
  }

  #device(change: DeviceChange): void {
    if (!this.#fits(change.id)) return;
    this.#counts.devices += Number(change.device !== null) - Number(change.previous !== null);
    this.#tell(this.#ofDevice(change));
  }

  #relay(change: RelayChange): void {
    if (!this.#fits(change.id)) return;
    this.#counts.relays += Number(change.relay !== null) - Number(change.previous !== null);
    this.#tell(this.#ofRelay(change));
  }

  #ofDevice({ id, device, previous }: DeviceChange): Told {
    return {
      topic: `devices/${id}`,
      payload: device && copyOf(device),
      factory: {
        previous: previous?.value ?? null,
        ...(device && { quality: device.quality }),
        ts: device?.source_time ?? device?.last_update ?? this.#now(),
        cause: [{ kind: 'device', id }],
      },
    };
  }

  #ofRelay({ id, relay, previous }: RelayChange): Told {
    return {
      topic: `relays/${id}`,
      payload: relay && { ...relay },
      factory: {
        previous: previous?.state ?? null,
        ...(relay && { quality: qualityOf(relay) }),
        ts: relay?.changed ?? this.#now(),
        cause: [{ kind: 'relay', id, ...(relay?.by && { by: relay.by }) }],
      },
    };
  }

  #gone(topic: string): Told {
    return { topic, payload: null, factory: { previous: null, ts: this.#now() } };
  }

  #tell(told: Told): void {
    if (told.payload === null) this.#told.delete(told.topic);
    else this.#told.add(told.topic);
    this.#hear(told);
  }

  #now(): string {
    return isoTime(this.#plant.clock.now());
  }
}
