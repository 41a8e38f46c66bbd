import type { Node, NodeAPI, NodeDef } from 'node-red';
import { createDriver, forgetBoard } from '../../lib/gpio/drivers.ts';
import { Board, type Memory } from '../../lib/relays/board.ts';
import type { Configuration } from '../../lib/plant/settings-changes.ts';
import { Caretaker } from '../../lib/relays/caretaker.ts';
import { parseChannels, parseStagger, type Channel } from '../../lib/relays/channels.ts';
import { configNode, inBackground, onClose, type PlantNode } from '../common.ts';
import { serveChips } from './chips.ts';
import { serveCrashFacts } from './crash.ts';
import type { DeployedBoards } from './deployed.ts';
import { servePreview } from './preview.ts';
import { serveTrials } from './try.ts';

interface BoardDef extends NodeDef {
  plant: string;
  driver: string;
  /** Of the drivers `chardev` and `sysfs`: which chip its lines are on; of `chardev`: how they are pulled. */
  chip?: unknown;
  bias?: unknown;
  /** Of the driver `message`: how its outputs are read back, and how long that may take, milliseconds. */
  readBack?: unknown;
  answerWithin?: unknown;
  staleAfter?: unknown;
  channels: unknown;
  /** Milliseconds from one relay that is restored to the next. */
  stagger?: unknown;
}

/** The boards there are, by their node's ids, for the end of the process; a deploy puts the next one in the place of the last. */
const boards = new Map<string, Board>();
let isWatching = false;

/** Once for all Node-REDs of a process: its listeners are few. */
function watchExit(): void {
  if (isWatching) return;
  isWatching = true;
  process.on('exit', (code) => {
    for (const board of boards.values()) board.end(code !== 0);
  });
}

export default function register(RED: NodeAPI): void {
  /** By the board's node id: what was executed, who has which relay, and when it moved outlive a deploy. */
  const memories = new Map<string, Map<string, Memory>>();

  /** By the board's node id: who ends what ends by time while there is no board. */
  const caretakers = new Map<string, Caretaker>();

  const deployed: DeployedBoards = new Map();

  serveChips(RED);
  serveCrashFacts(RED);
  servePreview(RED, deployed);
  serveTrials(RED, deployed);
  watchExit();

  RED.nodes.registerType('factory-board', function (this: Node, def: BoardDef) {
    RED.nodes.createNode(this, def);
    let closed = false;
    let forget = (): void => {};
    let close = async (): Promise<void> => {};
    // Also where its settings do not work: its last board holds the lines until it is removed.
    onClose(this, async (removed) => {
      closed = true;
      // While the plant still takes it: both may be removed at once.
      if (removed) forget();
      await close();
      if (!removed) return;
      caretakers.get(this.id)?.pause();
      caretakers.delete(this.id);
      forgetBoard(this.id);
      boards.get(this.id)?.leave();
      boards.delete(this.id);
      memories.delete(this.id);
      deployed.delete(this.id);
    });

    inBackground(
      this,
      async () => {
        const { plant } = configNode(RED, def.plant, 'factory-plant');
        const channels = parseChannels(def.channels);
        Object.assign(this, { driver: def.driver, channels });
        const memory = memories.get(this.id) ?? new Map<string, Memory>();
        const driver = createDriver(def.driver, this.id, {
          chip: def.chip,
          bias: def.bias || undefined,
          name: def.name,
          readBack: def.readBack || undefined,
          answerWithin: def.answerWithin,
          staleAfter: def.staleAfter,
          clock: plant.clock,
        });
        const name = def.name || this.id;
        const board = new Board({
          name,
          channels,
          driver,
          place: `${def.driver} ${typeof def.chip === 'string' ? def.chip.trim() : ''}`,
          clock: plant.clock,
          log: (entry) => plant.log(entry),
          memory,
          interlocks: plant.relays.interlocks,
          contacts: plant.inputs,
          conditions: plant.conditions,
          keep: (id, kept) => plant.keepRelay(id, kept),
          caretaker: caretakers.get(this.id),
          stagger: parseStagger(def.stagger),
        });
        // From now on the plant knows the relays, as not available until the board is open.
        const leave = plant.relays.add(board);
        board.listen();
        memories.set(this.id, memory);
        // What the board before this one had in an interlock and this one has not is nobody's concern any more.
        boards.get(this.id)?.leave();
        boards.set(this.id, board);
        // In a subflow there are as many of it as of the subflow, and the editor knows none of them.
        if (!('_alias' in def)) {
          const chip = typeof def.chip === 'string' ? def.chip.trim() : '';
          deployed.set(this.id, { board, plant, channels, driver: def.driver, chip });
        }

        let warned = false;
        board.events.on('status', (status) => {
          if (!status.available) this.warn(`the board is not available: ${status.reason}`);
          else if (warned) this.log('the board is available again');
          warned = !status.available;
        });

        close = async () => {
          try {
            await board.close();
          } finally {
            leave();
            // Its lines are held, and so is what ends by time.
            caretakers.get(this.id)?.pause();
            caretakers.set(this.id, new Caretaker({ name, channels, driver, clock: plant.clock, memory }));
          }
        };
        await plant.ready;
        if (closed) return;
        plant.configured(this.id, configurationOf(board.name, def, channels));
        forget = () => plant.unconfigured(this.id);
        await board.open(plant.past);
      },
      (error) => failed(RED, this, def, error),
    );
  });
}

/** Names a board that does not run to the plant it is of, until its node is closed. */
function failed(RED: NodeAPI, node: Node, { plant: id, name }: BoardDef, { message }: Error): void {
  const found = RED.nodes.getNode(id) as Partial<PlantNode> | null;
  found?.plant?.failed.set(node.id, { what: 'board', id: name || node.id, reason: message });
  node.once('close', () => found?.plant?.failed.delete(node.id));
}

/** What of a board's settings the log tells of where it is other than before. */
function configurationOf(name: string, def: BoardDef, channels: readonly Channel[]): Configuration {
  const { driver, chip, bias, readBack, answerWithin, staleAfter, stagger } = def;
  return {
    what: 'board',
    name,
    settings: { driver, chip, bias, readBack, answerWithin, staleAfter, stagger },
    channels: Object.fromEntries(channels.map(({ id, ...channel }) => [id, channel])),
  };
}
