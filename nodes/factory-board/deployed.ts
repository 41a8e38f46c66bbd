import type { NodeAPI } from 'node-red';
import type { Plant } from '../../lib/plant/plant.ts';
import type { Board } from '../../lib/relays/board.ts';
import type { Channel } from '../../lib/relays/channels.ts';
import type { RunningBoard } from '../../lib/relays/plan.ts';
import type { PlantNode } from '../common.ts';

/** A board with the settings that it runs with. */
export interface Deployed {
  readonly board: Board;
  readonly plant: Plant;
  readonly driver: string;
  /** As it was named; empty where it is not. */
  readonly chip: string;
  readonly channels: readonly Channel[];
}

/** The boards of one Node-RED by their nodes' ids: the last that worked, until the node is removed. */
export type DeployedBoards = Map<string, Deployed>;

/** What the preview has to know of the boards that run. */
export function runningBoards(deployed: DeployedBoards): RunningBoard[] {
  return Array.from(deployed, ([id, { board, driver, channels }]) => ({
    id,
    name: board.name,
    driver,
    available: board.status.available,
    channels,
    states: new Map(board.records().map((record) => [record.id, record.state])),
  }));
}

/** The plant of the node with this id, as far as it runs. */
export function plantOf(RED: NodeAPI, id: string): Plant | undefined {
  const node = RED.nodes.getNode(id) as PlantNode | null;
  return node?.type === 'factory-plant' ? node.plant : undefined;
}
