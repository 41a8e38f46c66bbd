import type { Node } from 'node-red';
import type { LiveServer } from '../../lib/live/live-server.ts';

/** The *live clients* nodes of each live server: where there are several, each event of a client enters the flows several times. */
export class Hearers {
  readonly #nodes = new WeakMap<LiveServer, Map<Node, () => void>>();
  readonly #servers = new WeakMap<Node, LiveServer>();

  /** Adds a node; `changed` is called whenever another one comes or goes. Returns what removes the node. */
  join(live: LiveServer, node: Node, changed: () => void): () => void {
    const nodes = this.#nodes.get(live) ?? new Map<Node, () => void>();
    this.#nodes.set(live, nodes.set(node, changed));
    this.#servers.set(node, live);
    const notify = (): void => {
      for (const each of nodes.values()) each();
    };
    notify();
    return () => {
      this.#servers.delete(node);
      if (nodes.delete(node)) notify();
    };
  }

  /** Returns whether another node receives from the same server. */
  areSeveral(node: Node): boolean {
    const live = this.#servers.get(node);
    return live !== undefined && (this.#nodes.get(live)?.size ?? 0) > 1;
  }
}
