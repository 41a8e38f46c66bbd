import type { Clock } from '../base/clock.ts';
import { deviceList, DEVICES, relayMap, RELAYS, stats, STATS } from './legacy.ts';
import type { RetainedTopics } from './retained.ts';
import type { Session } from './session.ts';
import { Window } from './window.ts';

export interface ListsOptions {
  readonly clock: Clock;
  readonly retained: RetainedTopics;
  readonly sessions: () => Iterable<Session>;
  /** Sends the same to all of these sessions. */
  readonly send: (sessions: readonly string[], event: string, payload: unknown) => void;
}

/** The contract's lists, for the clients that are told these. */
export class Lists {
  readonly #options: ListsOptions;
  readonly #windows: ReadonlyMap<string, Window>;
  /** Number of clients that receive the lists; while there are none, no list is made. */
  #told = 0;

  constructor(options: ListsOptions) {
    const { clock } = options;
    this.#options = options;
    this.#windows = new Map([
      [DEVICES, new Window(clock, () => this.#broadcast('devices_update'))],
      [RELAYS, new Window(clock, () => this.#broadcast('relays_update'))],
    ]);
  }

  /** One more client is told the lists; returns what to call once it is gone. */
  join(): () => void {
    this.#told++;
    return () => void this.#told--;
  }

  /** One of the lists to one client; nothing where there is nothing to tell yet. */
  tell(session: Session, event: string): void {
    const payload = this.#listOf(event);
    if (payload !== undefined && session.isReadyFor(event)) session.emit(event, payload);
  }

  /** Something of this kind is other than before. */
  changed(kind: string | undefined): void {
    if (kind === STATS) this.#broadcast('system_stats_update');
    else if (kind !== undefined) this.#windows.get(kind)?.poke();
  }

  close(): void {
    for (const window of this.#windows.values()) window.close();
  }

  /** One of the lists to everyone who is told them. Those who have not read what they have get it once they have. */
  #broadcast(event: string): void {
    if (this.#told === 0) return;
    const payload = this.#listOf(event);
    if (payload === undefined) return;
    const ready: string[] = [];
    for (const session of this.#options.sessions()) {
      if (session.protocol === 1 && session.isReadyFor(event)) ready.push(session.id);
    }
    this.#options.send(ready, event, payload);
  }

  #listOf(event: string): unknown {
    const { retained, clock } = this.#options;
    if (event === 'devices_update') return deviceList(retained, clock.now());
    return event === 'relays_update' ? relayMap(retained) : stats(retained);
  }
}
