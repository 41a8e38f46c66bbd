import { setImmediate as turn } from 'node:timers/promises';
import type { NodeAPI } from 'node-red';
import { systemClock } from '../../lib/base/clock.ts';
import type { Plant } from '../../lib/plant/plant.ts';
import { onStarted } from '../common.ts';

/** Wires one behind the other that the first records of a deploy have time for; each takes a turn of the loop. */
const WIRES = 20;
/** Longest wait of a request for the end of a deploy, milliseconds: less than the limit of any request. */
const AT_MOST_MS = 5000;

/**
 * Tracks whether the plant was published to clients since the last deploy. While a deploy runs, and until the first records
 * have come through the wires, a relay or device would seem to be unknown, and the lists empty.
 */
export class Told {
  #isTold = false;
  #isStarted = false;
  /** Resolves at the end of the deploy that runs, or of the last one. */
  #deploy = Promise.withResolvers<void>();

  constructor(RED: NodeAPI) {
    RED.events.on('flows:stopping', () => {
      this.#isTold = false;
      if (this.#isStarted) this.#deploy = Promise.withResolvers<void>();
      this.#isStarted = false;
    });
    onStarted(RED, () => {
      this.#isStarted = true;
      this.#deploy.resolve();
    });
  }

  /** Resolves once clients have been told, or after some seconds. */
  async wait(plant: Plant): Promise<void> {
    await plant.ready;
    if (this.#isTold) return;
    const deploy = this.#deploy;
    const late = Promise.withResolvers<void>();
    const cancel = systemClock.after(AT_MOST_MS, late.resolve);
    await Promise.race([deploy.promise, late.promise]);
    cancel();
    if (!this.#isStarted) return;
    for (let wire = 0; wire < WIRES; wire++) await turn();
    this.#isTold = this.#isStarted && deploy === this.#deploy;
  }
}

/** By Node-RED's own events, on which there is one listener for all nodes. */
const known = new WeakMap<object, Told>();

export function toldOf(RED: NodeAPI): Told {
  const told = known.get(RED.events) ?? new Told(RED);
  known.set(RED.events, told);
  return told;
}
