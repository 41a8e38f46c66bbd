/** What the nodes of the live link share: their status, the number of connected clients; and the rehearsal of its fallback. */
import type { Node, NodeAPI } from 'node-red';
import { systemClock } from '../lib/base/clock.ts';
import { MARK_TYPE } from '../lib/live/answer.ts';
import { Window } from '../lib/live/window.ts';
import type { RehearsalReport } from '../lib/live/rehearsed.ts';
import type { RehearsalWish } from '../lib/live/rehearsal.ts';
import type { LiveServer } from '../lib/live/live-server.ts';
import type { RehearsalEntry } from '../lib/plant/audit-entry.ts';
import { audit } from './access.ts';
import { configNode, inBackground, onClose, setStatus, type Message } from './common.ts';

/** Ids of the nodes that tell live servers what is in the plant; by our own book, as Node-RED does not find those inside of a subflow. */
const tellers = new Set<string>();

/** Counts a node among those that tell, until it closes. */
export function tells(node: Node): void {
  tellers.add(node.id);
  onClose(node, () => void tellers.delete(node.id));
}

/** Returns whether the node of this id publishes and is in the flows. */
export function isTelling(id: string): boolean {
  return tellers.has(id);
}

/** Ids of nodes that have not told yet what there is when the flows start. */
const untold = new Set<string>();

/** Has {@link whenAllTold} wait for a node; returns what to call once it has told everything, or cannot. */
export function hasToTell(node: Node): () => void {
  untold.add(node.id);
  const told = (): void => void untold.delete(node.id);
  onClose(node, told);
  return told;
}

/** Longest way of a message from one node to the next few, milliseconds. */
const ON_WIRES_MS = 300;
const LOOK_EACH_MS = 50;
/** A plant whose disk is stuck must not be waited for in vain. */
const TOLD_WITHIN_MS = 30_000;

/** Calls `arrived` once all nodes have told what there is, and it has arrived; returns what keeps it from that. */
export function whenAllTold(arrived: () => void): () => void {
  const began = systemClock.monotonic();
  let cancel = (): void => {};
  const look = (): void => {
    const isLate = systemClock.monotonic() - began > TOLD_WITHIN_MS;
    if (untold.size === 0 || isLate) cancel = systemClock.after(ON_WIRES_MS, arrived);
    else cancel = systemClock.after(LOOK_EACH_MS, look);
  };
  look();
  return () => cancel();
}

/** Live servers that run. */
const running = new Set<LiveServer>();

/** Counts a live server among those that run, until the node closes. */
export function run(node: Node, live: LiveServer): void {
  running.add(live);
  onClose(node, () => void running.delete(live));
}

/** Tells whether the live client that a message is of has gone; undefined where there is none, or no server that could know. */
export function leaverOf({ _session: mark }: Message): (() => boolean) | undefined {
  if (mark?.type !== MARK_TYPE || running.size === 0) return undefined;
  return () => !Array.from(running).some((live) => live.has(mark.id));
}

/**
 * Shows on the node how many clients are connected, until it closes. Returns what shows it anew, for after
 * an error. `trouble`: a word of warning that stands beside the number, where there is one.
 */
export function showClients(
  RED: NodeAPI,
  node: Node,
  server: string | undefined,
  trouble: () => string | undefined = () => undefined,
): () => void {
  let show = (): void => {};
  inBackground(node, () => {
    const { live } = configNode(RED, server, 'factory-server');
    show = () => {
      const { count } = live;
      // The runtime translates this: the editor would only find whole texts, without a number.
      const word = RED._(count === 1 ? 'common.status.clients_one' : 'common.status.clients');
      const warning = trouble();
      const text = `${count} ${word}`;
      if (warning === undefined) setStatus(node, count > 0 ? 'ok' : 'idle', text);
      else setStatus(node, 'warn', `${text} · ${warning}`);
    };
    // After a redeploy all clients come back within a moment.
    const window = new Window(systemClock, () => show());
    const changed = (): void => window.poke();
    const leave = [live.events.on('connect', changed), live.events.on('disconnect', changed)];
    show();
    onClose(node, () => {
      for (const off of leave) off();
      window.close();
      node.status({});
    });
  });
  return () => show();
}

/** Begins a rehearsal, and writes down whose wish it was; throws and resolves as the rehearsal's own start. */
export function rehearse(
  { rehearsal }: LiveServer,
  wish: RehearsalWish,
  who: Pick<RehearsalEntry, 'by' | 'from' | 'via'>,
): Promise<RehearsalReport> {
  const ended = rehearsal.start(wish);
  const { of: what, cut = 0, hold = 0 } = rehearsal.report ?? { of: 'all' };
  audit({ kind: 'rehearsal', ...who, what, result: 'done', cut, hold });
  return ended;
}
