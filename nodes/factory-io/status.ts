import type { Node, NodeAPI } from 'node-red';
import type { Clock } from '../../lib/base/clock.ts';
import { asError, FactoryError } from '../../lib/base/errors.ts';
import type { Attached, MessagePort } from '../../lib/gpio/message-port.ts';
import { setStatus } from '../common.ts';

/** How often the age of the last read-back is told anew, milliseconds. */
const EACH_MS = 5000;

export interface PortStatusOptions {
  readonly node: Node;
  readonly RED: NodeAPI;
  readonly port: MessagePort;
  readonly attached: Attached;
  readonly clock: Clock;
}

/** Shows on a node what its board waits for, what is wrong, and how old the last read-back is. */
export class PortStatus {
  readonly #options: PortStatusOptions;
  #stops: (() => void)[] = [];
  #shown = '';

  constructor(options: PortStatusOptions) {
    this.#options = options;
  }

  /** Shows the state from now on; where `check` throws, the node cannot work, and that is shown, and returned, instead. */
  follow(check: () => void): Error | undefined {
    const { port, clock } = this.#options;
    const show = (): void => {
      const [look, text] = this.#state(check);
      // A board that is polled each second would fill the editor's log of statuses.
      if (`${look} ${text}` === this.#shown) return;
      this.#shown = `${look} ${text}`;
      setStatus(this.#options.node, look, text);
    };
    this.#stops = [
      port.events.on('heard', show),
      port.events.on('failed', show),
      port.events.on('waiting', show),
      port.events.on('link', show),
      clock.every(EACH_MS, show),
    ];
    show();
    try {
      check();
      return undefined;
    } catch (error) {
      return asError(error);
    }
  }

  /** Somebody else has shown something: the next state is shown even if it is the last one. */
  forget(): void {
    this.#shown = '';
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }

  #state(check: () => void): [look: 'ok' | 'idle' | 'busy' | 'error', text: string] {
    const { RED, port, attached, clock } = this.#options;
    try {
      check();
    } catch (error) {
      if (!attached.isServing) return ['error', 'factory-io.status.taken'];
      return ['error', error instanceof FactoryError ? error.message : 'common.error.unexpected'];
    }
    const states = Array.from(port.lines, ([line, state]) => ({ line, ...state }));
    const failed = states.find(({ problem }) => problem !== undefined);
    if (failed) return ['error', failed.problem ?? ''];
    const waiting = states.filter(({ pending }) => pending !== undefined).map(({ line }) => line);
    if (waiting.length > 0) return ['busy', `${RED._('factory-io.status.waiting')} ${waiting.join(', ')}`];
    if (port.isBlind) return ['idle', 'factory-io.status.blind'];
    const last = Math.max(...states.map(({ at }) => at));
    if (last === -Infinity) return ['idle', 'factory-io.status.silent'];
    const seconds = Math.floor((clock.monotonic() - last) / 1000);
    if (seconds * 1000 < EACH_MS) return ['ok', 'factory-io.status.fresh'];
    return ['ok', RED._('factory-io.status.age', { seconds: String(seconds) })];
  }
}
