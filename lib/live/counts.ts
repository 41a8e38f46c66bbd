/** How many there are now of each kind, whatever they are counted by. */
export class Counts {
  readonly #counts = new Map<string, number>();

  of(kind: string): number {
    return this.#counts.get(kind) ?? 0;
  }

  /** One more; returns what to call, once, when it is gone. */
  add(kind: string): () => void {
    this.#counts.set(kind, this.of(kind) + 1);
    return () => {
      const left = this.of(kind) - 1;
      if (left > 0) this.#counts.set(kind, left);
      else this.#counts.delete(kind);
    };
  }
}
