import type { Cause } from '../base/cause.ts';
import type { Unsubscribe } from '../base/events.ts';
import { kind, nameKey } from '../base/text.ts';
import type { Registry } from '../devices/registry.ts';
import type { InputDirectory } from '../inputs/directory.ts';
import { MAX_WHY_LENGTH } from '../relays/limits.ts';
import type { Source } from '../relays/condition.ts';
import type { Conditions, Reading } from '../relays/reading.ts';

/** The devices, inputs and topics that the conditions of a plant's relays name. */
export class PlantConditions implements Conditions {
  readonly #devices: Registry;
  readonly #inputs: InputDirectory;
  readonly #watchers = new Map<string, Set<() => void>>();
  /** Last reading of each topic that a condition names. */
  readonly #topics: Map<string, Reading>;
  /** The topics of which something fresh was heard. */
  readonly #fresh = new Set<string>();
  /** Keys of devices of which nothing was heard in this process: what they were before is no answer to what they are. */
  readonly #unheard = new Set<string>();
  readonly #stop: readonly Unsubscribe[];

  /** `topics` are those of an earlier plant in this process: what was said while a deploy made this one was not heard. */
  constructor(devices: Registry, inputs: InputDirectory, topics = new Map<string, Reading>()) {
    this.#topics = topics;
    for (const [topic, reading] of topics) topics.set(topic, doubtful(reading, DEPLOYED));
    this.#devices = devices;
    this.#inputs = inputs;
    this.#stop = [
      devices.events.on('change', ({ id, isDerived }) => {
        if (!isDerived) this.#unheard.delete(nameKey(id));
        this.#tell('device', id);
      }),
      inputs.events.on('change', ({ id }) => this.#tell('input', id)),
    ];
  }

  get(source: Source, id: string): Reading | undefined {
    if (source === 'topic') return this.#topics.get(id);
    if (source === 'input') {
      const input = this.#inputs.get(id);
      // One that waits for its first reading after a deploy is not bad yet.
      if (!input || (input.level === null && input.reason === undefined)) return undefined;
      return { value: input.level, ...qualityOf(input) };
    }
    const device = this.#unheard.has(nameKey(id)) ? undefined : this.#devices.get(id);
    return device && { value: device.value, ...qualityOf(device) };
  }

  /** These devices are known from before the process began alone. */
  restored(ids: Iterable<string>): void {
    for (const id of ids) this.#unheard.add(nameKey(id));
  }

  watch(source: Source, id: string, changed: () => void): Unsubscribe {
    const key = keyOf(source, id);
    const watchers = this.#watchers.get(key) ?? new Set();
    // Each one for itself: a relay may have two conditions on one source.
    const own = (): void => changed();
    this.#watchers.set(key, watchers.add(own));
    return () => {
      watchers.delete(own);
      if (watchers.size === 0 && this.#watchers.get(key) === watchers) this.#watchers.delete(key);
    };
  }

  /** Returns whether a condition names this topic, so that its messages are for the condition and no commands. */
  hears(topic: string): boolean {
    return this.#watchers.has(keyOf('topic', topic));
  }

  /**
   * Takes over a message's payload as what its topic is. What is no number, text or boolean is not known. A replayed message is
   * uncertain, and says nothing where a fresh one has come, except that it may be otherwise by now.
   */
  say(topic: string, payload: unknown, { isBad = false, isReplayed = false, cause }: Saying = {}): void {
    const reading = readingOf(payload, isBad, cause);
    const known = this.#topics.get(topic);
    if (!isReplayed) {
      this.#topics.set(topic, reading);
      this.#fresh.add(topic);
    } else if (!known || !this.#fresh.has(topic)) this.#topics.set(topic, doubtful(reading, REPLAYED));
    else if (known.value !== reading.value) this.#topics.set(topic, doubtful(known, REPLAYED));
    this.#tell('topic', topic);
  }

  stop(): void {
    for (const stop of this.#stop) stop();
  }

  #tell(source: Source, id: string): void {
    // Most devices are none of a relay's concern.
    if (this.#watchers.size === 0) return;
    for (const changed of Array.from(this.#watchers.get(keyOf(source, id)) ?? [])) changed();
  }
}

/** Circumstances of a message, beside its payload. */
export interface Saying {
  readonly isBad?: boolean;
  /** A broker has kept it and delivers it again. */
  readonly isReplayed?: boolean;
  readonly cause?: Cause;
}

function readingOf(payload: unknown, isBad: boolean, cause: Cause | undefined): Reading {
  const isValue =
    typeof payload === 'boolean' ||
    (typeof payload === 'number' && Number.isFinite(payload)) ||
    (typeof payload === 'string' && payload.length <= MAX_WHY_LENGTH);
  const led = cause && cause.length > 0 ? { cause } : {};
  if (isValue && !isBad) return { value: payload, quality: 'good', ...led };
  return { value: null, quality: 'bad', reason: isBad ? BAD : `its message is ${kind(payload)}`, ...led };
}

function doubtful(reading: Reading, reason: string): Reading {
  if (reading.quality !== 'good') return reading;
  return { ...reading, quality: 'uncertain', reason };
}

const DEPLOYED = 'it was heard before the last deploy';
const REPLAYED = 'a broker has kept its message, and delivers it again';
const BAD = 'its message says that its quality is bad';

/** Topics are compared as they are, ids as names are. */
function keyOf(source: Source, id: string): string {
  return `${source} ${source === 'topic' ? id : nameKey(id)}`;
}

function qualityOf({
  quality,
  reason,
}: {
  readonly quality: Reading['quality'];
  readonly reason?: string;
}): Pick<Reading, 'quality' | 'reason'> {
  return { quality, ...(reason !== undefined && { reason }) };
}
