import type { Cancel, Clock } from '../base/clock.ts';
import { Emitter } from '../base/events.ts';
import { nameKey, quote } from '../base/text.ts';
import type { GpioDriver } from '../gpio/driver.ts';
import { BoardRelay } from './board-relay.ts';
import type { Caretaker } from './caretaker.ts';
import { outputOf } from './channels.ts';
import type { Channel } from './channels.ts';
import type { CommandEntry } from './command-entry.ts';
import type { Home, Memory } from './home.ts';
import type { Past } from './past.ts';
import { NO_CONTACTS, type Contacts } from './contact-watch.ts';
import type { RelayBoard } from './directory.ts';
import { Heartbeat } from './heartbeat.ts';
import { Interlocks } from './interlocks.ts';
import { KeptOpen } from './kept-open.ts';
import type { BoardStatus } from './kept-open.ts';
import { NO_CONDITIONS, type Conditions } from './reading.ts';
import { READ_EACH_MS } from './limits.ts';
import { readLines } from './lines.ts';
import type { Command, KeptRelay, RelayChange, RelayRecord, Result } from './relay.ts';
import { resultOf } from './result.ts';

export type { Memory } from './home.ts';
export type { Past } from './past.ts';

export interface BoardOptions {
  readonly name: string;
  readonly channels: readonly Channel[];
  readonly driver: GpioDriver;
  /** Location of the lines, such as the driver and its chip: the same number elsewhere is another line. */
  readonly place?: string;
  readonly clock: Clock;
  /** Adds an entry to the plant's log: true once it is there for good. Each answer waits for it, no relay does. */
  readonly log: (entry: CommandEntry) => Promise<boolean>;
  /** Memory that an earlier board had of the same relays, by the key of the relay's id; this board goes on with it. */
  readonly memory?: Map<string, Memory>;
  /** Those of the plant; left out: the board's own. */
  readonly interlocks?: Interlocks;
  /** The inputs of the plant, which verify relays; left out: none. */
  readonly contacts?: Contacts;
  /** Sources that the conditions of relays are judged by; left out: nothing is known. */
  readonly conditions?: Conditions;
  /** Keeps what is to survive a start of the process; called when some of it is other than before. */
  readonly keep?: (id: string, kept: KeptRelay) => void;
  /** Takes care of the relays until this board has opened their lines; left out: nobody does. */
  readonly caretaker?: Pick<Caretaker, 'pause' | 'resume' | 'attend'> | undefined;
  /** How long after one relay the next one is restored, milliseconds; 0: all at once. */
  readonly stagger?: number;
}

/** The relays of one driver: one command at a time for each, each read back, none executed twice. */
export class Board implements RelayBoard {
  readonly name: string;
  /** `status` tells when the board becomes available, and when it is not and why, once for each reason in a row. */
  readonly events = new Emitter<{ change: RelayChange; status: BoardStatus }>();
  readonly #driver: GpioDriver;
  readonly #clock: Clock;
  readonly #relays: ReadonlyMap<string, BoardRelay>;
  readonly #heartbeats: readonly Heartbeat[];
  readonly #stagger: number;
  readonly #kept: KeptOpen;
  #stopReading: Cancel = () => {};
  #wasOpen = false;
  #unwatch: Cancel | undefined;

  constructor(options: BoardOptions) {
    const {
      name,
      channels,
      driver,
      clock,
      log,
      memory = new Map(),
      interlocks,
      keep,
      stagger = 0,
      caretaker,
    } = options;
    this.name = name;
    this.#driver = driver;
    this.#clock = clock;
    this.#stagger = stagger;
    const beats = channels.filter(({ beat }) => beat !== null);
    this.#kept = new KeptOpen({
      driver,
      lines: () => {
        caretaker?.pause();
        return [
          ...Array.from(this.#relays.values(), (relay) => relay.output(stagger > 0)),
          ...beats.map((channel) => outputOf(channel)),
        ];
      },
      clock,
      idle: () => this.#idle(),
      failed: () => {
        if (!this.#wasOpen) caretaker?.resume();
      },
    });
    const home: Home = {
      name,
      place: options.place ?? '',
      driver,
      clock,
      interlocks: interlocks ?? new Interlocks(clock),
      contacts: options.contacts ?? NO_CONTACTS,
      conditions: options.conditions ?? NO_CONDITIONS,
      memory,
      status: () => this.status,
      lose: (error) => this.#kept.lose(error),
      log,
      keep: keep ?? (() => {}),
      attend: () => {
        if (!this.#wasOpen) caretaker?.attend();
      },
      changed: (change) => this.events.emit('change', change),
    };
    const relays = channels.filter(({ beat }) => beat === null);
    this.#relays = new Map(relays.map((channel) => [nameKey(channel.id), new BoardRelay(channel, home)]));
    this.#heartbeats = beats.map(
      ({ line, beat }) => new Heartbeat({ driver, clock, line, beat: beat!, lose: home.lose }),
    );
    this.#kept.events.on('opened', (levels) => this.#start(levels));
    this.#kept.events.on('lost', (why) => {
      this.#rest();
      for (const relay of this.#relays.values()) relay.withdraw(why, true);
      this.events.emit('status', this.status);
    });
    for (const [id, { keeper }] of memory) if (!this.#relays.has(id)) keeper.letGo();
  }

  get status(): BoardStatus {
    return this.#kept.status;
  }

  records(): RelayRecord[] {
    return Array.from(this.#relays.values(), ({ record }) => record);
  }

  /** Hears what the conditions of its relays are judged by, until it is closed: before it is open too. */
  listen(): void {
    for (const { conditions } of this.#relays.values()) conditions?.listen();
  }

  /**
   * Opens the driver and reads what its relays are. Resolves when the first attempt is over, whatever came of
   * it; while the board is not available there is another one each 5 s. Never rejects. Until then nothing that the driver
   * hears opens, writes or judges anything.
   */
  open(past: Past = {}): Promise<void> {
    this.listen();
    for (const relay of this.#relays.values()) relay.prepare(past);
    const hear = (): void => void (this.status.available ? this.#readIdle() : this.#kept.open());
    this.#unwatch ??= this.#driver.watch?.(hear);
    return this.#kept.open();
  }

  /** Executes one command, once all earlier ones for its relay are over. Never rejects. */
  command(command: Command): Promise<Result> {
    const relay = this.#relays.get(nameKey(command.relay));
    if (relay) return relay.command(command);
    const reason = `there is no relay ${quote(command.relay)} on the board ${quote(this.name)}`;
    const result = resultOf(command, { code: 'unknown-relay', reason }, undefined, this.#clock);
    return Promise.resolve({ ...result, logged: false });
  }

  /**
   * Waits for what is under way, refuses what still waits, and lets go of all lines, which hold their levels.
   * Rejects with `unavailable` if the driver cannot let go.
   */
  async close(): Promise<void> {
    this.#unwatch?.();
    this.#rest();
    try {
      await this.#kept.close();
    } finally {
      this.#rest();
      const { status } = this;
      const reason = status.available ? '' : status.reason;
      for (const relay of this.#relays.values()) {
        relay.withdraw(reason);
        relay.conditions?.leave();
      }
    }
  }

  /** Makes the relays what they are to be when the process has ended, in order or by an error. It ends now, and waits for nothing. */
  end(isFault: boolean): void {
    const levels = new Map<number, boolean>();
    for (const relay of this.#relays.values()) {
      const level = relay.atExit(isFault);
      if (level !== undefined) levels.set(relay.channel.line, level);
    }
    if (levels.size > 0) this.#driver.setAtExit(levels);
  }

  /** Its relays are nobody's concern any more: the board is removed, not redeployed. */
  leave(): void {
    for (const relay of this.#relays.values()) relay.leave();
  }

  #start(levels: ReadonlyMap<number, boolean>): void {
    this.#wasOpen = true;
    const toGoOn = Array.from(this.#relays.values()).filter((relay) =>
      relay.found(levels.get(relay.channel.line)!),
    );
    this.events.emit('status', this.status);
    for (const [turn, relay] of toGoOn.entries()) relay.restoring.after(turn * this.#stagger);
    this.#readEachSecond();
    for (const heartbeat of this.#heartbeats) heartbeat.start();
  }

  /** Nothing happens by itself any more. */
  #rest(): void {
    this.#stopReading();
    for (const heartbeat of this.#heartbeats) heartbeat.stop();
    for (const relay of this.#relays.values()) relay.rest();
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
    const idle = Array.from(this.#relays.values()).filter(({ isBusy }) => !isBusy);
    if (idle.length === 0 || !this.status.available) return;
    const revs = idle.map(({ record }) => record.rev);
    try {
      const levels = await readLines(
        this.#driver,
        idle.map(({ channel }) => channel.line),
      );
      for (const [index, relay] of idle.entries()) {
        // What a command has read meanwhile is newer.
        if (!relay.isBusy && relay.record.rev === revs[index]) relay.observe(levels.get(relay.channel.line)!);
      }
    } catch (error) {
      if (this.status.available) this.#kept.lose(error);
    }
  }

  async #idle(): Promise<void> {
    await Promise.all(Array.from(this.#relays.values(), (relay) => relay.idle()));
  }
}
