import type { Node } from 'node-red';
import { systemClock } from '../../lib/base/clock.ts';
import { Window } from '../../lib/live/window.ts';
import { setStatus } from '../common.ts';

/** How often the status shows a new count, milliseconds. */
const STATUS_EACH_MS = 1000;

/** Counts what was answered, and shows it or that someone was refused since. */
export class Tally {
  #answered = 0;
  #refused = false;
  readonly #shown: Window;

  constructor(node: Node) {
    const show = (): void => {
      if (this.#refused) setStatus(node, 'warn', 'factory-api.status.refused');
      else setStatus(node, 'ok', String(this.#answered));
    };
    this.#shown = new Window(systemClock, show, STATUS_EACH_MS);
  }

  answered(): void {
    this.#answered++;
    this.#refused = false;
    this.#shown.poke();
  }

  refused(): void {
    this.#refused = true;
    this.#shown.poke();
  }

  close(): void {
    this.#shown.close();
  }
}
