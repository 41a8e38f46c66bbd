/** Which nodes a retained topic came through, and whether they still are there to tell of it. */
import type { Cancel, Clock } from '../base/clock.ts';
import { DEVICES, RELAYS } from './legacy.ts';

/** Delay after a deploy before the nodes of topics are looked for, milliseconds: others may publish them meanwhile. */
export const LOOK_AFTER_MS = 500;
/** Silence after which topics that were not published again since a deploy are taken back, milliseconds. */
export const QUIET_MS = 10_000;

/** Nodes that a topic came through. */
export interface Origin {
  /** Id of the node that published it. */
  readonly push: string;
  /** Id of the node that told of it first, where the message says so. */
  readonly teller?: string | undefined;
  /** True if the teller publishes everything again after each deploy. */
  readonly tellsAgain?: boolean | undefined;
}

interface Heard {
  readonly origin: Origin;
  /** The deploy after which it was told last. */
  round: number;
  /** Its nodes were gone at the last look. */
  isSilent: boolean;
}

/**
 * Nodes that each topic came through, and the deploy after which it was last published. Kept with the topics, beyond the
 * server that has them.
 */
export class Origins {
  readonly heard = new Map<string, Heard>();
  round = 0;

  /** Notes through which nodes a topic came; whether it is the first time since the last deploy. */
  note(topic: string, origin: Origin): boolean {
    const known = this.heard.get(topic);
    const isFirst = known?.round !== this.round;
    if (!isFirst && !known.isSilent && isSame(known.origin, origin)) return false;
    // Mostly they are the same few, which are then kept once.
    const kept = known && isSame(known.origin, origin) ? known.origin : origin;
    this.heard.set(topic, { origin: kept, round: this.round, isSilent: false });
    return isFirst;
  }
}

export interface SourcesOptions {
  readonly clock: Clock;
  readonly origins: Origins;
  /** The record that a topic has; undefined where it has none. */
  readonly get: (topic: string) => unknown;
  /** Puts a record in place of the one there is; null: nothing tells of the topic any more. */
  readonly set: (topic: string, record: unknown) => void;
}

/** Takes back what nothing tells of any more: where a node is gone, and what is not told again after a deploy. */
export class Sources {
  readonly #options: SourcesOptions;
  #lastTold = 0;
  #cancel: Cancel | undefined;

  constructor(options: SourcesOptions) {
    this.#options = options;
  }

  /** Takes note of a topic that was published through these nodes; null: it is no more. */
  note(topic: string, payload: unknown, origin: Origin | undefined): void {
    const { origins, clock } = this.#options;
    if (payload === null || !origin) origins.heard.delete(topic);
    else if (origins.note(topic, origin)) this.#lastTold = clock.monotonic();
  }

  /** After a deploy: looks which nodes are left, and waits for what they tell again. */
  deployed(exists: (node: string) => boolean): void {
    const { origins, clock } = this.#options;
    origins.round++;
    this.#lastTold = clock.monotonic();
    this.close();
    if (origins.heard.size > 0) this.#cancel = clock.after(LOOK_AFTER_MS, () => this.#look(exists));
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #look(exists: (node: string) => boolean): void {
    const { origins, get, set } = this.#options;
    const known = new Map<string, boolean>();
    const isThere = (node: string): boolean => {
      const there = known.get(node) ?? exists(node);
      known.set(node, there);
      return there;
    };
    let isAwaited = false;
    for (const [topic, one] of origins.heard) {
      const { push, teller, tellsAgain } = one.origin;
      const wasSilent = one.isSilent;
      one.isSilent = !isThere(push) || (teller !== undefined && !isThere(teller));
      if (one.isSilent && !wasSilent) set(topic, silenced(topic, get(topic)));
      isAwaited ||= tellsAgain === true && one.round < origins.round && !one.isSilent;
    }
    if (isAwaited) this.#await();
  }

  #await(): void {
    const { clock } = this.#options;
    const left = QUIET_MS - (clock.monotonic() - this.#lastTold);
    if (left > 0) this.#cancel = clock.after(left, () => this.#await());
    else this.#takeBack();
  }

  /** Takes back topics that a running node has not published again: a wire is cut, or a filter hides them. */
  #takeBack(): void {
    const { origins, set } = this.#options;
    for (const [topic, { origin, round, isSilent }] of origins.heard) {
      if (origin.tellsAgain === true && round < origins.round && !isSilent) set(topic, null);
    }
  }
}

/** Reason of a state that is not known because the nodes that published it are gone. */
export const SILENT = 'nothing tells of it any more';

/** A record as it is told once nothing tells of it any more; null where it is none that could say so. */
export function silenced(topic: string, record: unknown): unknown {
  if (typeof record !== 'object' || record === null) return null;
  if (topic.startsWith(RELAYS)) {
    return { ...record, state: null, verified: null, available: false, reason: SILENT };
  }
  if (!topic.startsWith(DEVICES)) return null;
  // Existing clients do not know of quality.
  const { status } = record as { readonly status?: unknown };
  return { ...record, ...(status === 'active' && { status: 'inactive' }), quality: 'bad', reason: SILENT };
}

function isSame(one: Origin, other: Origin): boolean {
  return one.push === other.push && one.teller === other.teller && one.tellsAgain === other.tellsAgain;
}
