import { FactoryError } from '../base/errors.ts';

/**
 * Topics reach clients as event names and stay in memory, so both their length and their number are bounded;
 * all the devices that a plant may have and all their relays find room.
 */
export const MAX_TOPIC_LENGTH = 256;
export const MAX_TOPICS = 150_000;

/**
 * The last payload of each topic, as a broker keeps retained messages. What is kept is never changed in
 * place: whoever sets a payload hands it over for good.
 */
export class RetainedTopics {
  // A Map, so that a topic such as `__proto__` is one like any other.
  readonly #payloads = new Map<string, unknown>();

  get size(): number {
    return this.#payloads.size;
  }

  /** The last payload of a topic; undefined where there is none. */
  get(topic: string): unknown {
    return this.#payloads.get(topic);
  }

  /** The last payloads of all topics that begin with `prefix`, in the order in which they were first seen. */
  under(prefix: string): readonly unknown[] {
    const found: unknown[] = [];
    for (const [topic, payload] of this.#payloads) if (topic.startsWith(prefix)) found.push(payload);
    return found;
  }

  /** Keeps a payload in place of the last one; null or undefined forgets the topic. Throws `invalid`, `limit`. */
  set(topic: string, payload: unknown): void {
    checkTopic(topic);
    if (payload === null || payload === undefined) {
      this.#payloads.delete(topic);
      return;
    }
    if (!this.#payloads.has(topic) && this.#payloads.size >= MAX_TOPICS) {
      throw new FactoryError('limit', `${MAX_TOPICS} topics are kept already, so ${topic} is refused`, {
        remedy: 'Send null on topics that are no longer used, or use fewer topics',
      });
    }
    this.#payloads.set(topic, payload);
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
