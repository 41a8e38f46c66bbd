import type { Node, NodeAPI } from 'node-red';
import type { Clock } from '../../lib/base/clock.ts';
import { asError, FactoryError } from '../../lib/base/errors.ts';
import { oneLine } from '../../lib/base/text.ts';
import type { Attached, MessagePort } from '../../lib/gpio/message-port.ts';
import { setStatus } from '../common.ts';

/** How often the age of the last read-back is told anew, milliseconds. */
const EACH_MS = 5000;

/** Characters of a topic that are shown. */
const MAX_SHOWN = 40;

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
  #foreign = '';

  constructor(options: PortStatusOptions) {
    this.#options = options;
  }

  /** Shows the state of the lines that `check` names from now on; where it throws, the node cannot work, and that is shown, and returned, instead. */
  follow(check: () => readonly number[]): Error | undefined {
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

  /** A message on this topic was about something else, which is shown while nothing else has come. */
  foreign(topic: string): void {
    if (this.#foreign === '') this.#foreign = oneLine(topic, MAX_SHOWN);
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }

  #state(check: () => readonly number[]): [look: 'ok' | 'idle' | 'busy' | 'error', text: string] {
    const { RED, port, attached, clock } = this.#options;
    let lines: readonly number[];
    try {
      lines = check();
    } catch (error) {
      if (!attached.isServing) return ['error', 'factory-io.status.taken'];
      return ['error', error instanceof FactoryError ? error.message : 'common.error.unexpected'];
    }
    const states = lines.map((line) => port.line(line));
    const failed = states.find(({ problem }) => problem !== undefined);
    if (failed) return ['error', failed.problem ?? ''];
    const waiting = lines.filter((line) => port.line(line).pending !== undefined);
    if (waiting.length > 0) return ['busy', `${RED._('factory-io.status.waiting')} ${waiting.join(', ')}`];
    if (port.isBlind) return ['idle', 'factory-io.status.blind'];
    const last = Math.max(...states.map(({ at }) => at));
    if (last === -Infinity) {
      if (this.#foreign === '') return ['idle', 'factory-io.status.silent'];
      return ['idle', RED._('factory-io.status.foreign', { topic: this.#foreign })];
    }
    const missing = lines.filter((line) => !port.isKnown(line));
    if (missing.length > 0) return ['error', `${RED._('factory-io.status.missing')} ${missing.join(', ')}`];
    const doubtful = lines.filter((line) => port.line(line).doubt !== undefined);
    if (doubtful.length > 0) return ['busy', `${RED._('factory-io.status.doubtful')} ${doubtful.join(', ')}`];
    const seconds = Math.floor((clock.monotonic() - last) / 1000);
    if (seconds * 1000 < EACH_MS) return ['ok', 'factory-io.status.fresh'];
    return ['ok', RED._('factory-io.status.age', { seconds: String(seconds) })];
  }
}
