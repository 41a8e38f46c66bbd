interface Deadline<Item> {
  readonly at: number;
  readonly item: Item;
}

/** Items by the moment at which each is due, the earliest first: a binary heap. */
export class Deadlines<Item> {
  readonly #heap: Deadline<Item>[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** The earliest moment; Infinity where nothing is due ever. */
  get next(): number {
    return this.#heap[0]?.at ?? Infinity;
  }

  add(at: number, item: Item): void {
    const heap = this.#heap;
    const added = { at, item };
    let index = heap.push(added) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (heap[parent]!.at <= at) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = added;
  }

  /** Removes and returns the earliest item; undefined where there is none. */
  take(): Item | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || first === last) return first?.item;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.at < heap[child]!.at) child += 1;
      if (heap[child]!.at >= last.at) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
    return first.item;
  }

  clear(): void {
    this.#heap.length = 0;
  }
}
