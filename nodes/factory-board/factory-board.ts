import type { Node, NodeAPI, NodeDef } from 'node-red';
import { createDriver, forgetBoard } from '../../lib/gpio/drivers.ts';
import { Board, type Memory } from '../../lib/relays/board.ts';
import { parseChannels } from '../../lib/relays/channels.ts';
import { configNode, inBackground, onClose } from '../common.ts';
import { serveChips } from './chips.ts';

interface BoardDef extends NodeDef {
  plant: string;
  driver: string;
  /** Of the driver `chardev`: which chip its lines are on, and how inputs of it are pulled. */
  chip?: unknown;
  bias?: unknown;
  /** Of the driver `message`: how its outputs are read back, and how long that may take, milliseconds. */
  readBack?: unknown;
  answerWithin?: unknown;
  staleAfter?: unknown;
  channels: unknown;
}

/** The boards there are, by their node's ids, for the end of the process; a deploy puts the next one in the place of the last. */
const boards = new Map<string, Board>();
let isWatching = false;

/** Once for all Node-REDs of a process: its listeners are few. */
function watchExit(): void {
  if (isWatching) return;
  isWatching = true;
  process.on('exit', () => {
    for (const board of boards.values()) board.end();
  });
}

export default function register(RED: NodeAPI): void {
  /** By the board's node id: what was executed, who has which relay, and when it moved outlive a deploy. */
  const memories = new Map<string, Map<string, Memory>>();

  serveChips(RED);
  watchExit();

  RED.nodes.registerType('factory-board', function (this: Node, def: BoardDef) {
    RED.nodes.createNode(this, def);

    inBackground(this, async () => {
      const { plant } = configNode(RED, def.plant, 'factory-plant');
      const channels = parseChannels(def.channels);
      Object.assign(this, { driver: def.driver, channels });
      const memory = memories.get(this.id) ?? new Map<string, Memory>();
      const board = new Board({
        name: def.name || this.id,
        channels,
        driver: createDriver(def.driver, this.id, {
          chip: def.chip,
          bias: def.bias || undefined,
          name: def.name,
          readBack: def.readBack || undefined,
          answerWithin: def.answerWithin,
          staleAfter: def.staleAfter,
          clock: plant.clock,
        }),
        clock: plant.clock,
        log: (entry) => plant.log(entry),
        memory,
        interlocks: plant.relays.interlocks,
        keep: (id, kept) => plant.keepRelay(id, kept),
      });
      // From now on the plant knows the relays, as not available until the board is open.
      const leave = plant.relays.add(board);
      memories.set(this.id, memory);
      // What the board before this one had in an interlock and this one has not is nobody's concern any more.
      boards.get(this.id)?.leave();
      boards.set(this.id, board);

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
        if (!removed) return;
        forgetBoard(this.id);
        board.leave();
        boards.delete(this.id);
        memories.delete(this.id);
      });

      await plant.ready;
      if (!closed) await board.open(plant.keptRelays);
    });
  });
}
