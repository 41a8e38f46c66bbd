import { randomBytes } from 'node:crypto';
import { FactoryError } from '../base/errors.ts';
import type { Entry } from './protocol.ts';

/**
 * Topics reach clients as event names and stay in memory, so both their length and their number are bounded;
 * all the devices that a plant may have and all their relays find room.
 */
export const MAX_TOPIC_LENGTH = 256;
export const MAX_TOPICS = 150_000;

/** How many topics that are no more are remembered as such, for clients that come back. */
export const MAX_GONE = 10_000;

interface Kept {
  readonly payload: unknown;
  readonly seq: number;
}

/**
 * The last payload of each topic, as a broker keeps retained messages, with the number of the change that brought it. What
 * is kept is never changed in place: whoever sets a payload hands it over for good.
 */
export class RetainedTopics {
  /** Names this memory: the numbers of another one mean nothing here. */
  readonly epoch = randomBytes(9).toString('base64url');
  // Maps, so that a topic such as `__proto__` is one like any other.
  readonly #topics = new Map<string, Kept>();
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
    return this.#topics.get(topic)?.payload;
  }

  /** The last payloads of all topics that begin with `prefix`, in the order in which they were first seen. */
  under(prefix: string): readonly unknown[] {
    const found: unknown[] = [];
    for (const [topic, { payload }] of this.#topics) if (topic.startsWith(prefix)) found.push(payload);
    return found;
  }

  /** Everything that is kept of the topics that fit, in the order in which they were first seen. */
  state(fits: (topic: string) => boolean): Entry[] {
    const found: Entry[] = [];
    for (const [topic, { payload }] of this.#topics) if (fits(topic)) found.push([topic, payload]);
    return found;
  }

  /** Whether all that changed since then can still be told. */
  reaches(seq: number): boolean {
    return seq >= this.#horizon && seq <= this.#seq;
  }

  /**
   * The topics that fit and are other than they were at `seq`, in the order of their last change; null: gone. `among`: those
   * of which it is known that only they can be. Takes time by the number of these, or of all.
   */
  changes(seq: number, fits: (topic: string) => boolean, among?: Iterable<string>): Entry[] {
    const found: [at: number, entry: Entry][] = [];
    const look = (topic: string): void => {
      const kept = this.#topics.get(topic);
      const at = kept?.seq ?? this.#gone.get(topic) ?? 0;
      if (at > seq && fits(topic)) found.push([at, [topic, kept ? kept.payload : null]]);
    };
    if (among) {
      for (const topic of among) look(topic);
    } else {
      for (const topic of this.#topics.keys()) look(topic);
      for (const topic of this.#gone.keys()) look(topic);
    }
    return found.toSorted(([a], [b]) => a - b).map(([, entry]) => entry);
  }

  /** Keeps a payload in place of the last one; null or undefined forgets the topic. Throws `invalid`, `limit`. */
  set(topic: string, payload: unknown): void {
    checkTopic(topic);
    if (payload === null || payload === undefined) {
      if (this.#topics.delete(topic)) this.#remember(topic);
      return;
    }
    if (!this.#topics.has(topic) && this.#topics.size >= MAX_TOPICS) {
      throw new FactoryError('limit', `${MAX_TOPICS} topics are kept already, so ${topic} is refused`, {
        remedy: 'Send null on topics that are no longer used, or use fewer topics',
      });
    }
    this.#topics.set(topic, { payload, seq: ++this.#seq });
    this.#gone.delete(topic);
  }

  #remember(topic: string): void {
    this.#gone.set(topic, ++this.#seq);
    if (this.#gone.size <= MAX_GONE) return;
    const [oldest] = this.#gone;
    this.#gone.delete(oldest![0]);
    this.#horizon = oldest![1];
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
