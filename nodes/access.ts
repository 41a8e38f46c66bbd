/**
 * The one {@link Access} of this Node-RED: who is who, for every node of ours. A module, because it belongs to the process:
 * sessions and open sockets outlive each deploy, and nothing can be forgotten by not choosing it.
 */
import type { EventEmitter } from 'node:events';
import type { Node } from 'node-red';
import { Access } from '../lib/access/access.ts';
import type { Refused } from '../lib/access/refusal-log.ts';
import type { Via } from '../lib/base/cause.ts';
import type { DashboardSocket } from '../lib/access/screens.ts';
import { systemClock } from '../lib/base/clock.ts';
import type { RehearsalEntry } from '../lib/plant/audit-entry.ts';
import type { Plant } from '../lib/plant/plant.ts';
import { clockTrust } from './clock-trust.ts';

export const access = new Access(systemClock, clockTrust);

/** What `ui.ioMiddleware` in the settings of a Node-RED tells of each socket of node-red-dashboard; see docs/access.md. */
const SCREEN_EVENT = 'factory-iot:screen';

// Settings of Node-RED are read before any node is loaded, so they tell of a dashboard's sockets by an event of the process.
(process as EventEmitter).on(SCREEN_EVENT, (socket: DashboardSocket) => access.screens.mark(socket));

const plants = new Set<Plant>();
/** Where an access node wants the audit to be; without one, the plants that there are. */
let chosen: Plant | undefined;

access.report.to((entry) => void auditor()?.log({ ...entry }));

function auditor(): Plant | undefined {
  return chosen ?? plants.values().next().value;
}

/** A plant is there for as long as its node is: what no access node has a plant for is written down there. */
export function registerPlant(plant: Plant): () => void {
  plants.add(plant);
  return () => void plants.delete(plant);
}

export function auditIn(plant: Plant | undefined): void {
  chosen = plant;
}

/** Something that a person or a flow did to the server itself: into the audit. */
export function audit(entry: RehearsalEntry): void {
  void auditor()?.log(entry);
}

/** Someone was refused: into the audit, and for people into Node-RED's log. */
export function tellRefused(node: Node, refused: Refused & { via: Via }): void {
  const line = access.report.refused(refused);
  if (line !== undefined) node.warn(line);
}
