import { isoTime } from '../base/clock.ts';
import type { Cancel, Clock } from '../base/clock.ts';
import { asError } from '../base/errors.ts';
import { Emitter } from '../base/events.ts';
import { quote } from '../base/text.ts';
import type { GpioDriver } from '../gpio/driver.ts';
import { outputOf } from './channels.ts';
import type { Channel } from './channels.ts';
import { newCommand } from './command.ts';
import type { RelayBoard } from './directory.ts';
import { Interlocks, type Place } from './interlocks.ts';
import { Keeper } from './keeper.ts';
import { KeptOpen } from './kept-open.ts';
import type { BoardStatus } from './kept-open.ts';
import { MAX_WAITING, READ_EACH_MS } from './limits.ts';
import { readLines, switchLine } from './lines.ts';
import { unknownRecord, withClaims, withoutState, withState } from './record.ts';
import { CLAIMS } from './relay.ts';
import type {
  Action,
  Claiming,
  Command,
  KeptRelay,
  Move,
  RelayChange,
  RelayRecord,
  Result,
} from './relay.ts';
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
  /** What an earlier board of the same relays knew of them, by relay id; this one goes on with it. */
  readonly memory?: Map<string, Memory>;
  /** Those of the plant; left out: the board's own. */
  readonly interlocks?: Interlocks;
  /** Keeps what is to survive a start of the process; called when some of it is other than before. */
  readonly keep?: (id: string, kept: KeptRelay) => void;
}

/** What is known of a relay beyond the life of its board. */
export interface Memory {
  readonly remembered: Remembered;
  readonly keeper: Keeper;
}

interface Relay {
  readonly line: number;
  readonly turns: Turns;
  readonly remembered: Remembered;
  readonly keeper: Keeper;
  /** In its interlock, where it has one. */
  readonly place: Place | undefined;
  /** Ends the wait for the moment at which it goes off by itself. */
  cancelOff: Cancel;
  record: RelayRecord;
  /** Whether no earlier board in this process has had it. */
  readonly isNew: boolean;
  /** What was kept of it last, as JSON. */
  kept: string;
}

/** The relays of one driver: one command at a time for each, each read back, none executed twice. */
export class Board implements RelayBoard {
  readonly name: string;
  /** `status` tells when the board becomes available, and when it is not and why, once for each reason in a row. */
  readonly events = new Emitter<{ change: RelayChange; status: BoardStatus }>();
  readonly #driver: GpioDriver;
  readonly #clock: Clock;
  readonly #log: BoardOptions['log'];
  readonly #keepRelay: NonNullable<BoardOptions['keep']>;
  #found: ReadonlyMap<string, KeptRelay> = new Map();
  #stopReading: Cancel = () => {};
  readonly #atExit: ReadonlyMap<number, boolean>;
  readonly #relays: ReadonlyMap<string, Relay>;
  readonly #kept: KeptOpen;
  readonly #unwatch: Cancel;

  constructor({ name, channels, driver, clock, log, memory = new Map(), interlocks, keep }: BoardOptions) {
    this.#keepRelay = keep ?? (() => {});
    const groups = interlocks ?? new Interlocks(clock);
    this.name = name;
    this.#driver = driver;
    this.#clock = clock;
    this.#log = log;
    this.#kept = new KeptOpen({
      driver,
      lines: () => channels.map((channel) => outputOf(channel, this.#found.get(channel.id))),
      clock,
      idle: () => this.#idle(),
    });
    const { reason } = this.#refusal();
    const relay = (channel: Channel): Relay => {
      const { id, line, rules } = channel;
      const isNew = !memory.has(id);
      const known = memory.get(id) ?? { remembered: new Remembered(clock), keeper: new Keeper(rules, clock) };
      memory.set(id, known);
      known.keeper.follow(rules);
      const record = unknownRecord(channel, name, driver.simulated, reason, this.#now());
      return {
        ...known,
        isNew,
        kept: '',
        line,
        turns: new Turns(MAX_WAITING),
        place: rules.interlock === null ? undefined : groups.join(rules.interlock, id, rules.changeOver),
        cancelOff: () => {},
        record: withClaims(record, known.keeper, clock),
      };
    };
    this.#relays = new Map(channels.map((channel) => [channel.id, relay(channel)]));
    this.#atExit = new Map(
      channels.filter(({ end }) => end !== 'hold').map(({ line, end }) => [line, end === 'on']),
    );
    this.#kept.events.on('opened', (levels) => {
      for (const each of this.#relays.values()) this.#observe(each, levels.get(each.line)!, null);
      this.events.emit('status', this.status);
      for (const each of this.#relays.values()) this.#arm(each);
      this.#readEachSecond();
    });
    this.#kept.events.on('lost', (why) => {
      this.#stopReading();
      this.#withdraw(why);
      this.events.emit('status', this.status);
    });
    const hear = (): void => void (this.status.available ? this.#readIdle() : this.#kept.open());
    this.#unwatch = driver.watch?.(hear) ?? (() => {});
  }

  get status(): BoardStatus {
    return this.#kept.status;
  }

  records(): RelayRecord[] {
    return Array.from(this.#relays.values(), ({ record }) => record);
  }

  /**
   * Opens the driver and reads what its relays are. Resolves when the first attempt is over, whatever came of
   * it; while the board is not available there is another one each 5 s. Never rejects. `found` is what was kept of its
   * relays before the process began.
   */
  open(found: ReadonlyMap<string, KeptRelay> = new Map()): Promise<void> {
    this.#found = found;
    for (const relay of this.#relays.values()) {
      const kept = found.get(relay.record.id);
      // What an earlier board in this process knows is newer than what was kept.
      if (kept && relay.isNew) relay.keeper.restore(kept);
      relay.kept = JSON.stringify(relay.keeper.kept);
      this.#retell(relay);
    }
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
    this.#unwatch();
    this.#stopReading();
    for (const relay of this.#relays.values()) relay.cancelOff();
    try {
      await this.#kept.close();
    } finally {
      this.#stopReading();
      for (const relay of this.#relays.values()) relay.cancelOff();
      this.#withdraw(this.#refusal().reason);
    }
  }

  /** Makes the relays what they are to be when the process has ended. It ends now, and waits for nothing. */
  end(): void {
    if (this.#atExit.size > 0) this.#driver.setAtExit(this.#atExit);
  }

  /** Its relays are nobody's concern any more: the board is removed, not redeployed. */
  leave(): void {
    for (const { place } of this.#relays.values()) place?.leave();
  }

  /** Sees what was moved past the board, and that the hardware is gone, without anybody's asking. */
  #readEachSecond(): void {
    this.#stopReading();
    let isReading = false;
    this.#stopReading = this.#clock.every(READ_EACH_MS, () => {
      // A bus may be slower than that.
      if (isReading) return;
      isReading = true;
      void this.#readIdle().finally(() => (isReading = false));
    });
  }

  /** Reads the lines of the relays that no command is at. Never rejects. */
  async #readIdle(): Promise<void> {
    const idle = Array.from(this.#relays.values()).filter(({ turns }) => !turns.isBusy);
    if (idle.length === 0 || !this.status.available) return;
    const revs = idle.map(({ record }) => record.rev);
    try {
      const levels = await readLines(
        this.#driver,
        idle.map(({ line }) => line),
      );
      for (const [index, relay] of idle.entries()) {
        // What a command has read meanwhile is newer.
        if (!relay.turns.isBusy && relay.record.rev === revs[index])
          this.#observe(relay, levels.get(relay.line)!, null);
      }
    } catch (error) {
      if (this.status.available) this.#kept.lose(error);
    }
  }

  async #idle(): Promise<void> {
    await Promise.all(Array.from(this.#relays.values(), ({ turns }) => turns.idle()));
  }

  async #answer(relay: Relay, command: Command): Promise<Result> {
    const result = (outcome: Outcome): Omit<Result, 'logged'> =>
      resultOf(command, outcome, relay.record, this.#clock, this.#driver.verified);
    // A flow that runs wild must keep nobody from going off for safety's sake, or from locking the relay out.
    const mustRun = command.owner === 'safety' || command.action === 'lock';
    const turn = relay.turns.take(async () => result(await this.#execute(relay, command)), mustRun);
    const answer = await (turn ?? result(CROWDED));
    const { id, action, by, from, why } = command;
    const { code, state } = answer;
    const entry = {
      kind: 'command',
      id,
      relay: command.relay,
      action,
      by,
      from,
      code,
      state,
      ...(why && { why }),
    };
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

  async #execute(relay: Relay, command: Command): Promise<Outcome> {
    const { action, by, owner } = command;
    if (!this.status.available) return this.#refusal();
    const late = this.#lateness(command);
    if (late) return late;
    if (isClaim(action)) return this.#claim(relay, command, action);
    const move = (): Promise<Outcome> => this.#move(relay, command, action);
    const outcome = await (action !== 'off' && relay.place ? relay.place.alone(move) : move());
    // Whoever was refused has not taken it over; whoever found it as wanted has, as whoever moved it.
    if (owner === 'hand' && outcome.code === 'unchanged') {
      relay.keeper.takeInHand(by);
      this.#retell(relay);
    }
    return outcome;
  }

  async #claim(relay: Relay, command: Command, claim: Claiming): Promise<Outcome> {
    const { keeper } = relay;
    const { by, owner, why = '' } = command;
    const refused = keeper.judgeClaim(owner, claim);
    if (refused) return refused;
    if (claim === 'hand') keeper.takeInHand(by);
    else if (claim === 'auto') keeper.release();
    else if (claim === 'unlock') keeper.unlock();
    else keeper.lockOut(by, why, owner);
    this.#retell(relay);
    // Who locks a machine out is about to reach into it.
    return claim === 'lock' ? this.#move(relay, { ...command, owner: 'safety' }, 'off') : { code: 'done' };
  }

  async #move(relay: Relay, command: Command, move: Move): Promise<Outcome> {
    const { by, owner } = command;
    const { keeper, place, line } = relay;
    const judge = (wanted: boolean): Outcome | undefined => {
      const refused =
        this.#lateness(command) ??
        keeper.judge(owner, wanted, command.for) ??
        (wanted ? place?.judge() : undefined);
      if (!refused && owner === 'hand') keeper.takeInHand(by);
      return refused;
    };
    try {
      const switched = await switchLine(this.#driver, line, move, judge);
      // Whoever moved the line past this board is not the one who asks now.
      if ('code' in switched) {
        if (switched.state !== undefined) this.#observe(relay, switched.state, null);
        return switched;
      }
      const { before, wanted, after } = switched;
      this.#observe(relay, before, null);
      if (before !== wanted) this.#observe(relay, after, by);
      if (after !== wanted) {
        const reason = `line ${line} was switched ${word(wanted)}, but reads ${word(after)}`;
        return { code: 'readback-mismatch', state: after, reason };
      }
      if (wanted) {
        keeper.stayOn(owner, command.for);
        this.#arm(relay);
      }
      return { code: before === wanted ? 'unchanged' : 'done', state: after };
    } catch (error) {
      return { code: 'unavailable', reason: this.#kept.lose(error) };
    }
  }

  /** Why a command comes too late; undefined where it does not. */
  #lateness({ ttl, issued }: Command): Outcome | undefined {
    const age = this.#clock.monotonic() - issued;
    if (ttl === undefined || age <= ttl) return undefined;
    const reason = `the command was valid for ${ttl} ms and is ${Math.round(age)} ms old`;
    return { code: 'expired', reason };
  }

  /** Waits for the moment at which the relay goes off by itself; once it is past, it goes off at once. */
  #arm(relay: Relay): void {
    relay.cancelOff();
    const { off } = relay.keeper;
    this.#retell(relay);
    if (!off || !this.status.available) return;
    relay.cancelOff = this.#clock.after(Math.max(0, off.at - this.#clock.monotonic()), () => {
      const { name: from } = this;
      const command = newCommand(
        { action: 'off', relay: relay.record.id, by: off.why, from, owner: 'safety' },
        this.#clock,
      );
      // In its turn, and into the log as any other; its result is for nobody.
      void this.#answer(relay, command).catch((error: unknown) => this.#kept.lose(asError(error)));
    });
  }

  /** Tells of a relay whose claims or time to go off are other than its record says. */
  #retell(relay: Relay): void {
    const record = withClaims(relay.record, relay.keeper, this.#clock);
    if (record !== relay.record) this.#update(relay, record);
  }

  #refusal(): { code: 'unavailable'; reason: string } {
    return { code: 'unavailable', reason: this.status.available ? '' : this.status.reason };
  }

  /** Takes over what was read from a relay's line. A board that failed meanwhile stays so until it is opened. */
  #observe(relay: Relay, state: boolean, by: string | null): void {
    if (!this.status.available) return;
    relay.keeper.observe(state);
    relay.place?.observe(state);
    if (!relay.keeper.off) relay.cancelOff();
    if (relay.record.state === state) return;
    this.#update(
      relay,
      withClaims(
        withState(relay.record, state, this.#driver.verified, by, this.#now()),
        relay.keeper,
        this.#clock,
      ),
    );
  }

  /** Nothing is known of any relay until the driver is opened again. */
  #withdraw(reason: string): void {
    for (const relay of this.#relays.values()) {
      relay.cancelOff();
      relay.place?.observe(null);
      this.#update(relay, withoutState(relay.record, reason, this.#now()));
    }
  }

  #update(relay: Relay, record: RelayRecord): void {
    const previous = relay.record;
    relay.record = record;
    // Out of sight nothing is learnt of it.
    const kept = record.available ? JSON.stringify(relay.keeper.kept) : relay.kept;
    if (kept !== relay.kept) {
      relay.kept = kept;
      this.#keepRelay(record.id, relay.keeper.kept);
    }
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

function isClaim(action: Action): action is Claiming {
  return (CLAIMS as readonly string[]).includes(action);
}

function word(on: boolean): string {
  return on ? 'on' : 'off';
}
