import { isoTime } from '../../../lib/base/clock.ts';
import type { Clock } from '../../../lib/base/clock.ts';
import { Emitter } from '../../../lib/base/events.ts';
import type { RelayBoard } from '../../../lib/relays/directory.ts';
import type { Command, RelayChange, RelayRecord, Result, ResultCode } from '../../../lib/relays/relay.ts';

/** A board of one relay that does as it is told, or refuses with the code it is given. */
export class OneRelay implements RelayBoard {
  readonly name = 'bench';
  readonly events = new Emitter<{ change: RelayChange }>();
  readonly heard: Command[] = [];
  /** What it refuses with from now on. */
  refuses: ResultCode | undefined;
  /** What it rejects with, which a board never should. */
  fails: Error | undefined;
  readonly #clock: Clock;
  #record: RelayRecord;

  constructor(id: string, clock: Clock) {
    this.#clock = clock;
    this.#record = {
      id,
      name: id,
      state: false,
      verified: 'line',
      board: this.name,
      available: true,
      simulated: false,
      rev: 0,
      changed: isoTime(clock.now()),
      by: null,
    };
  }

  records(): RelayRecord[] {
    return [this.#record];
  }

  command(command: Command): Promise<Result> {
    this.heard.push(command);
    if (this.fails) return Promise.reject(this.fails);
    const { id, relay, action, by } = command;
    const at = isoTime(this.#clock.now());
    if (!this.refuses) {
      const previous = this.#record;
      const state = action === 'toggle' ? !previous.state : action === 'on';
      this.#record = { ...previous, state, rev: previous.rev + 1, changed: at, by };
      this.events.emit('change', { id: relay, relay: this.#record, previous });
    }
    const { state, verified, rev } = this.#record;
    const told = { id, relay, state, verified, rev, at, logged: false };
    return Promise.resolve(
      this.refuses
        ? { ...told, ok: false, code: this.refuses, reason: `it is ${this.refuses}` }
        : { ...told, ok: true, code: 'done' },
    );
  }
}
