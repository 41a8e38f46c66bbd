import { randomBytes } from 'node:crypto';
import { FactoryError } from '../base/errors.ts';
import type { Entry } from './protocol.ts';
import { Origins } from './sources.ts';

/**
 * Topics reach clients as event names and stay in memory, so both their length and their number are bounded;
 * all the devices that a plant may have and all their relays find room.
 */
export const MAX_TOPIC_LENGTH = 256;
export const MAX_TOPICS = 150_000;

/** How many topics that are no more are remembered as such, for clients that come back. */
export const MAX_GONE = 10_000;

/** What is told at once: serialising more would hold up whatever else the process has to do. */
export const MAX_ENTRIES = 2000;

/** Entries of topics, at most {@link MAX_ENTRIES}. */
export interface Part {
  readonly entries: readonly Entry[];
  /** Up to where the topics that were asked for are in it. */
  readonly seq: number;
  /** Whether there are others, which changed after that. */
  readonly more: boolean;
}

/**
 * The last payload of each topic, as a broker keeps retained messages, and the number of the change that brought it. What
 * is kept is never changed in place: whoever sets a payload hands it over for good.
 */
export class RetainedTopics {
  /** Names this memory: the numbers of another one mean nothing here. */
  readonly epoch = randomBytes(9).toString('base64url');
  /** Nodes that the topics came through. */
  readonly origins = new Origins();
  // Maps, so that a topic such as `__proto__` is one like any other.
  readonly #topics = new Map<string, unknown>();
  /** Every topic that is or was, with the number of its last change and in the order of these. */
  readonly #order = new Map<string, number>();
  /** Those that are no more, in the order in which they went, with the number of that change. */
  readonly #gone = new Map<string, number>();
  #seq = 0;
  /** Of a topic that went before this nothing is known any more. */
  #horizon = 0;

  get size(): number {
    return this.#topics.size;
  }

  /** The number of the last change; 0 before the first one. */
  get seq(): number {
    return this.#seq;
  }

  /** The last payload of a topic; undefined where there is none. */
  get(topic: string): unknown {
    return this.#topics.get(topic);
  }

  /** The last payloads of all topics that begin with `prefix`, in the order in which they were first seen. */
  under(prefix: string): readonly unknown[] {
    const found: unknown[] = [];
    for (const [topic, payload] of this.#topics) if (topic.startsWith(prefix)) found.push(payload);
    return found;
  }

  /** What is kept of the topics that fit: all in the order in which they were first seen, or, where they are more, the part that changed longest ago. */
  state(fits: (topic: string) => boolean): Part {
    if (this.#topics.size > MAX_ENTRIES) {
      return this.#part(this.#order, (topic) => this.#topics.has(topic) && fits(topic));
    }
    const entries: Entry[] = [];
    for (const [topic, payload] of this.#topics) if (fits(topic)) entries.push([topic, payload]);
    return { entries, seq: this.#seq, more: false };
  }

  /** Whether all that changed since then can still be told. */
  reaches(seq: number): boolean {
    return seq >= this.#horizon && seq <= this.#seq;
  }

  /**
   * The topics that fit and are other than they were at `seq`, in the order of their last change, the first of them where they
   * are too many; null: gone. `among`: those of which it is known that only they can be. Takes time by the number of these, or
   * of all.
   */
  changes(seq: number, fits: (topic: string) => boolean, among?: Iterable<string>): Part {
    const order = among ? this.#sorted(among) : this.#order;
    return this.#part(order, (topic, at) => at > seq && fits(topic));
  }

  #sorted(topics: Iterable<string>): [topic: string, at: number][] {
    const found: [topic: string, at: number][] = [];
    for (const topic of topics) {
      const at = this.#order.get(topic);
      if (at !== undefined) found.push([topic, at]);
    }
    return found.toSorted(([, a], [, b]) => a - b);
  }

  #part(order: Iterable<[topic: string, at: number]>, fits: (topic: string, at: number) => boolean): Part {
    const entries: Entry[] = [];
    let last = 0;
    for (const [topic, at] of order) {
      if (!fits(topic, at)) continue;
      if (entries.length === MAX_ENTRIES) return { entries, seq: last, more: true };
      entries.push([topic, this.#topics.get(topic) ?? null]);
      last = at;
    }
    return { entries, seq: this.#seq, more: false };
  }

  /** Keeps a payload in place of the last one, which is returned; null or undefined forgets the topic. Throws `invalid`, `limit`. */
  set(topic: string, payload: unknown): unknown {
    checkTopic(topic);
    const before = this.#topics.get(topic);
    if (payload === null || payload === undefined) {
      if (this.#topics.delete(topic)) this.#remember(topic);
      return before;
    }
    if (!this.#topics.has(topic) && this.#topics.size >= MAX_TOPICS) {
      throw new FactoryError('limit', `${MAX_TOPICS} topics are kept already, so ${topic} is refused`, {
        remedy: 'Send null on topics that are no longer used, or use fewer topics',
      });
    }
    this.#topics.set(topic, payload);
    this.#gone.delete(topic);
    this.#count(topic);
    return before;
  }

  #remember(topic: string): void {
    this.#count(topic);
    this.#gone.set(topic, this.#seq);
    if (this.#gone.size <= MAX_GONE) return;
    const [oldest] = this.#gone;
    this.#gone.delete(oldest![0]);
    this.#order.delete(oldest![0]);
    this.#horizon = oldest![1];
  }

  #count(topic: string): void {
    this.#order.delete(topic);
    this.#order.set(topic, ++this.#seq);
  }
}

/** Throws unless this can be a topic. */
export function checkTopic(topic: unknown): asserts topic is string {
  if (typeof topic !== 'string' || topic === '') {
    throw new FactoryError('invalid', 'a topic must be text and not empty', {
      remedy: 'Set msg.topic, for example to devices/sensor_001',
    });
  }
  if (topic.length > MAX_TOPIC_LENGTH) {
    throw new FactoryError(
      'limit',
      `a topic has at most ${MAX_TOPIC_LENGTH} characters, not ${topic.length}`,
    );
  }
}
