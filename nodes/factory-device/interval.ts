import type { NodeAPI } from 'node-red';
import { FactoryError } from '../../lib/base/errors.ts';
import { proposedSeconds } from '../../lib/devices/intervals.ts';
import { serveGet } from '../admin.ts';

/** Intervals of the devices that a node writes, milliseconds, of those that are known. */
export type LearntIntervals = () => number[];

/** The nodes that can say how often their devices were heard, by their ids. */
export const learnt = new Map<string, LearntIntervals>();

/** Serves the dialog of the device: the interval that its devices keep, in seconds; null while too little is known. */
export function serveInterval(RED: NodeAPI): void {
  serveGet(RED, '/factory-iot/interval', ({ query: { node } }) => {
    const intervals = typeof node === 'string' ? learnt.get(node)?.() : undefined;
    if (!intervals) throw new FactoryError('invalid', 'the node is not deployed');
    const longest = intervals.reduce((most, one) => Math.max(most, one), 0);
    return { devices: intervals.length, seconds: intervals.length > 0 ? proposedSeconds(longest) : null };
  });
}
