import type { Source } from '../../../lib/relays/condition.ts';
import type { Conditions, Reading } from '../../../lib/relays/reading.ts';

/** The devices, inputs and topics of a plant, as a test says them. */
export class Sources implements Conditions {
  readonly #readings = new Map<string, Reading>();
  readonly #watchers = new Map<string, Set<() => void>>();

  get(source: Source, id: string): Reading | undefined {
    return this.#readings.get(`${source} ${id}`);
  }

  watch(source: Source, id: string, changed: () => void): () => void {
    const key = `${source} ${id}`;
    const watchers = this.#watchers.get(key) ?? new Set();
    this.#watchers.set(key, watchers.add(changed));
    return () => void watchers.delete(changed);
  }

  /** Number of watchers. */
  get watched(): number {
    return Array.from(this.#watchers.values()).reduce((sum, { size }) => sum + size, 0);
  }

  /** A source with its value; null: its quality is bad. */
  say(name: string, value: Reading['value'], more: Partial<Reading> = {}): void {
    this.#readings.set(name, { value, quality: value === null ? 'bad' : 'good', ...more });
    for (const changed of this.#watchers.get(name) ?? []) changed();
  }

  forget(name: string): void {
    this.#readings.delete(name);
    for (const changed of this.#watchers.get(name) ?? []) changed();
  }
}
