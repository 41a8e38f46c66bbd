import type { Node, NodeAPI, NodeDef } from 'node-red';
import { systemClock } from '../../lib/base/clock.ts';
import { Plant } from '../../lib/plant/plant.ts';
import { forgetMemory, storeFor } from '../../lib/plant/storage.ts';
import { registerPlant } from '../access.ts';
import { onClose } from '../common.ts';
import type { PlantNode } from '../common.ts';

interface PlantDef extends NodeDef {
  storage: 'sqlite' | 'memory';
  /** Relative to the user directory; empty: a file of its own there. */
  file?: string;
}

export default function register(RED: NodeAPI): void {
  RED.nodes.registerType('factory-plant', function (this: Node, def: PlantDef) {
    RED.nodes.createNode(this, def);
    const store = storeFor({
      id: this.id,
      storage: def.storage === 'memory' ? 'memory' : 'sqlite',
      file: def.file ?? '',
      folder: RED.settings.userDir ?? '.',
      clock: systemClock,
    });
    const plant = new Plant({ name: def.name || 'Plant', clock: systemClock, store });
    Object.assign(this, { plant } satisfies Pick<PlantNode, 'plant'>);

    // The store tells of each state once, whatever goes on failing.
    plant.events.on('storage', (storage) => {
      if (storage.state === 'ok') this.log('storage works again; everything is kept');
      else if (storage.state === 'late')
        this.warn(`storage is late, commands are carried out but not logged yet: ${storage.detail ?? ''}`);
      else
        this.error(`storage failed, the plant works in memory only: ${storage.detail ?? 'unknown reason'}`);
    });

    void plant.ready.then(() => {
      const { unsafe } = plant.past;
      if (unsafe)
        this.error(`safe mode: ${unsafe}; all relays are in their fault state until a person unlocks them`);
    });

    const unregister = registerPlant(plant);
    onClose(this, async (removed) => {
      unregister();
      await plant.close();
      if (removed) forgetMemory(this.id);
    });
  });
}
