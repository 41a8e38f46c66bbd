/** Devices of a node that have fallen silent, shown in its status. */
import type { Node, NodeAPI } from 'node-red';
import type { Unsubscribe } from '../../lib/base/events.ts';
import type { Registry } from '../../lib/devices/registry.ts';
import { setStatus } from '../common.ts';

export class SilentDevices {
  readonly #RED: NodeAPI;
  readonly #node: Node;
  readonly #silent = new Map<string, 'late' | 'offline'>();

  constructor(RED: NodeAPI, node: Node) {
    this.#RED = RED;
    this.#node = node;
  }

  /** Watches those devices that are the node's `own`; `recovered` is called once none of them is silent any more. */
  watch(devices: Registry, own: ReadonlySet<string>, recovered: () => void): Unsubscribe {
    const look = (id: string, presence: string | undefined): boolean => {
      const before = this.#silent.get(id);
      const now = presence === 'late' || presence === 'offline' ? presence : undefined;
      if (now) this.#silent.set(id, now);
      else this.#silent.delete(id);
      return now !== before;
    };
    for (const id of own) look(id, devices.get(id)?.presence);
    this.show();
    return devices.events.on('change', ({ id, device }) => {
      if (!own.has(id) || !look(id, device?.presence)) return;
      if (!this.show()) recovered();
    });
  }

  /** Shows them. Returns whether there are any. */
  show(): boolean {
    const [first] = this.#silent;
    if (!first) return false;
    const isOffline = [...this.#silent.values()].includes('offline');
    const word = this.#RED._(`factory-device.status.${isOffline ? 'offline' : 'late'}`);
    const what = this.#silent.size === 1 ? first[0] : String(this.#silent.size);
    setStatus(this.#node, isOffline ? 'error' : 'warn', `${what}: ${word}`);
    return true;
  }
}
