import { isoTime } from '../base/clock.ts';
import type { Clock } from '../base/clock.ts';
import { Emitter } from '../base/events.ts';
import { quote } from '../base/text.ts';
import type { GpioDriver } from '../gpio/driver.ts';
import { outputOf } from './channels.ts';
import type { Channel } from './channels.ts';
import type { RelayBoard } from './directory.ts';
import { KeptOpen } from './kept-open.ts';
import type { BoardStatus } from './kept-open.ts';
import { MAX_WAITING } from './limits.ts';
import { switchLine } from './lines.ts';
import { unknownRecord, withoutState, withState } from './record.ts';
import type { Command, RelayChange, RelayRecord, Result } from './relay.ts';
import { Remembered } from './remembered.ts';
import { resultOf } from './result.ts';
import type { Outcome } from './result.ts';
import { Turns } from './turns.ts';

export interface BoardOptions {
  readonly name: string;
  readonly channels: readonly Channel[];
  readonly driver: GpioDriver;
  readonly clock: Clock;
  /** Adds an entry to the plant's log: true once it is there for good. Each answer waits for it, no relay does. */
  readonly log: (entry: Readonly<Record<string, unknown>>) => Promise<boolean>;
  /** The answers that an earlier board of the same relays remembers, by relay id; this one goes on with them. */
  readonly answers?: Map<string, Remembered>;
}

interface Relay {
  readonly line: number;
  readonly turns: Turns;
  readonly remembered: Remembered;
  record: RelayRecord;
}

/** The relays of one driver: one command at a time for each, each read back, none executed twice. */
export class Board implements RelayBoard {
  readonly name: string;
  /** `status` tells when the board becomes available, and when it is not and why, once for each reason in a row. */
  readonly events = new Emitter<{ change: RelayChange; status: BoardStatus }>();
  readonly #driver: GpioDriver;
  readonly #clock: Clock;
  readonly #log: BoardOptions['log'];
  readonly #relays: ReadonlyMap<string, Relay>;
  readonly #kept: KeptOpen;

  constructor({ name, channels, driver, clock, log, answers = new Map() }: BoardOptions) {
    this.name = name;
    this.#driver = driver;
    this.#clock = clock;
    this.#log = log;
    this.#kept = new KeptOpen({ driver, lines: channels.map(outputOf), clock, idle: () => this.#idle() });
    const { reason } = this.#refusal();
    const relay = (channel: Channel): Relay => {
      const remembered = answers.get(channel.id) ?? new Remembered(clock);
      answers.set(channel.id, remembered);
      const record = unknownRecord(channel, name, driver.simulated, reason, this.#now());
      return { line: channel.line, turns: new Turns(MAX_WAITING), remembered, record };
    };
    this.#relays = new Map(channels.map((channel) => [channel.id, relay(channel)]));
    this.#kept.events.on('opened', (levels) => {
      for (const each of this.#relays.values()) this.#observe(each, levels.get(each.line)!, null);
      this.events.emit('status', this.status);
    });
    this.#kept.events.on('lost', (why) => {
      this.#withdraw(why);
      this.events.emit('status', this.status);
    });
  }

  get status(): BoardStatus {
    return this.#kept.status;
  }

  records(): RelayRecord[] {
    return Array.from(this.#relays.values(), ({ record }) => record);
  }

  /**
   * Opens the driver and reads what its relays are. Resolves when the first attempt is over, whatever came of
   * it; while the board is not available there is another one each 5 s. Never rejects.
   */
  open(): Promise<void> {
    return this.#kept.open();
  }

  /** Executes one command, once all earlier ones for its relay are over. Never rejects. */
  command(command: Command): Promise<Result> {
    const relay = this.#relays.get(command.relay);
    if (!relay) {
      const reason = `there is no relay ${quote(command.relay)} on the board ${quote(this.name)}`;
      const result = resultOf(command, { code: 'unknown-relay', reason }, undefined, this.#clock);
      return Promise.resolve({ ...result, logged: false });
    }
    const before = relay.remembered.get(command.id);
    if (before) {
      return before.then((result) => {
        // What became of the command is of then; what the relay is, is of now.
        const { state, verified, rev } = relay.record;
        return { ...result, code: 'duplicate', state, verified, rev, at: this.#now() };
      });
    }
    const answer = this.#answer(relay, command);
    relay.remembered.add(command.id, answer);
    return answer;
  }

  /**
   * Waits for what is under way, refuses what still waits, and lets go of all lines, which hold their levels.
   * Rejects with `unavailable` if the driver cannot let go.
   */
  async close(): Promise<void> {
    try {
      await this.#kept.close();
    } finally {
      this.#withdraw(this.#refusal().reason);
    }
  }

  async #idle(): Promise<void> {
    await Promise.all(Array.from(this.#relays.values(), ({ turns }) => turns.idle()));
  }

  async #answer(relay: Relay, command: Command): Promise<Result> {
    const result = (outcome: Outcome): Omit<Result, 'logged'> =>
      resultOf(command, outcome, relay.record, this.#clock);
    const turn = relay.turns.take(async () => result(await this.#execute(relay, command)));
    const answer = await (turn ?? result(CROWDED));
    const { id, action, by, from } = command;
    const { code, state } = answer;
    const entry = { kind: 'command', id, relay: command.relay, action, by, from, code, state };
    return { ...answer, logged: await this.#keep(entry) };
  }

  /** What is done is done: a log that fails shows in the result alone. */
  async #keep(entry: Readonly<Record<string, unknown>>): Promise<boolean> {
    try {
      return await this.#log(entry);
    } catch {
      return false;
    }
  }

  async #execute(relay: Relay, { action, issued, ttl, by }: Command): Promise<Outcome> {
    if (!this.status.available) return this.#refusal();
    const age = (): number => this.#clock.monotonic() - issued;
    const isValid = (): boolean => ttl === undefined || age() <= ttl;
    const expired = (): Outcome => ({
      code: 'expired',
      reason: `the command was valid for ${ttl} ms and is ${Math.round(age())} ms old`,
    });
    if (!isValid()) return expired();
    try {
      const switched = await switchLine(this.#driver, relay.line, action, isValid);
      if (!switched) return expired();
      const { before, wanted, after } = switched;
      // Whoever moved the line past this board is not the one who asks now.
      this.#observe(relay, before, null);
      if (before === wanted) return { code: 'unchanged', state: before };
      this.#observe(relay, after, by);
      if (after === wanted) return { code: 'done', state: after };
      const reason = `line ${relay.line} was switched ${word(wanted)}, but reads ${word(after)}`;
      return { code: 'readback-mismatch', state: after, reason };
    } catch (error) {
      return { code: 'unavailable', reason: this.#kept.lose(error) };
    }
  }

  #refusal(): { code: 'unavailable'; reason: string } {
    return { code: 'unavailable', reason: this.status.available ? '' : this.status.reason };
  }

  /** Takes over what was read from a relay's line. A board that failed meanwhile stays so until it is opened. */
  #observe(relay: Relay, state: boolean, by: string | null): void {
    if (!this.status.available || relay.record.state === state) return;
    this.#update(relay, withState(relay.record, state, by, this.#now()));
  }

  /** Nothing is known of any relay until the driver is opened again. */
  #withdraw(reason: string): void {
    for (const relay of this.#relays.values()) {
      this.#update(relay, withoutState(relay.record, reason, this.#now()));
    }
  }

  #update(relay: Relay, record: RelayRecord): void {
    const previous = relay.record;
    relay.record = record;
    this.events.emit('change', { id: record.id, relay: record, previous });
  }

  #now(): string {
    return isoTime(this.#clock.now());
  }
}

const CROWDED: Outcome = {
  code: 'unavailable',
  reason: `${MAX_WAITING} commands wait for this relay already`,
};

function word(on: boolean): string {
  return on ? 'on' : 'off';
}
