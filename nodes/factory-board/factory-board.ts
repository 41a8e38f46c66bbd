import type { Node, NodeAPI, NodeDef } from 'node-red';
import { createDriver } from '../../lib/gpio/drivers.ts';
import { forgetSimulated } from '../../lib/gpio/simulated.ts';
import { Board } from '../../lib/relays/board.ts';
import { parseChannels } from '../../lib/relays/channels.ts';
import { configNode, inBackground, onClose } from '../common.ts';

interface BoardDef extends NodeDef {
  plant: string;
  driver: string;
  channels: unknown;
}

export default function register(RED: NodeAPI): void {
  RED.nodes.registerType('factory-board', function (this: Node, def: BoardDef) {
    RED.nodes.createNode(this, def);

    inBackground(this, async () => {
      const { plant } = configNode(RED, def.plant, 'factory-plant');
      const board = new Board({
        name: def.name || this.id,
        channels: parseChannels(def.channels),
        driver: createDriver(def.driver, this.id),
        clock: plant.clock,
        log: (entry) => plant.log(entry),
      });
      // From now on the plant knows the relays, as not available until the board is open.
      const leave = plant.relays.add(board);

      let warned = false;
      board.events.on('status', (status) => {
        if (!status.available) this.warn(`the board is not available: ${status.reason}`);
        else if (warned) this.log('the board is available again');
        warned = !status.available;
      });

      let closed = false;
      onClose(this, async (removed) => {
        closed = true;
        await board.close();
        leave();
        if (removed) forgetSimulated(this.id);
      });

      await plant.ready;
      if (!closed) await board.open();
    });
  });
}
