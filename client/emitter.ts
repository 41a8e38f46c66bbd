/** Typed events. A listener that throws keeps no other from hearing; its error goes to the console. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<(detail: never) => void>>();

  on<Name extends keyof Events>(name: Name, hear: (detail: Events[Name]) => void): () => void {
    // A wrapper of our own, so that the same function subscribed twice is heard twice and leaves once.
    const own = (detail: Events[Name]): void => hear(detail);
    const all = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, all.add(own));
    return () => void all.delete(own);
  }

  emit<Name extends keyof Events>(name: Name, detail: Events[Name]): void {
    const all = this.#listeners.get(name) as Set<(detail: Events[Name]) => void> | undefined;
    for (const hear of Array.from(all ?? [])) {
      try {
        hear(detail);
      } catch (error) {
        console.error(error);
      }
    }
  }

  clear(): void {
    for (const all of this.#listeners.values()) all.clear();
  }
}
