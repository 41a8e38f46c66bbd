import { setImmediate as turn } from 'node:timers/promises';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import type { GpioDriver } from '../../../lib/gpio/driver.ts';
import { forgetSimulated, SimulatedDriver } from '../../../lib/gpio/simulated.ts';
import { Board, type Memory, type Past } from '../../../lib/relays/board.ts';
import { Caretaker } from '../../../lib/relays/caretaker.ts';
import { parseChannels, type Channel } from '../../../lib/relays/channels.ts';
import type { CommandEntry } from '../../../lib/relays/command-entry.ts';
import { newCommand, type Wish } from '../../../lib/relays/command.ts';
import type { KeptRelay, Owner, RelayRecord, Result } from '../../../lib/relays/relay.ts';

/** A board through deploys and starts of its process: relay `a` on line 0, and more. */
export class Life {
  readonly clock = new FakeClock();
  readonly logged: Readonly<Record<string, unknown>>[] = [];
  readonly kept = new Map<string, KeptRelay>();
  memory = new Map<string, Memory>();
  driver: SimulatedDriver | undefined;
  board!: Board;
  /** Makes the driver of the next board; left out: a simulated one. */
  makeDriver: (() => GpioDriver) | undefined;
  caretaker: Caretaker | undefined;
  /** Answers for the log. */
  log: (entry: CommandEntry) => Promise<boolean> = () => Promise.resolve(true);
  /** Location of the lines. */
  place = '';
  #channels: object[] = [];
  #parsed: Channel[] = [];
  #driver: GpioDriver | undefined;
  #stagger = 0;

  /** Another board of the same process, or the first one; left out: with the channels of the last. */
  make(channels?: object[], stagger = this.#stagger): Board {
    this.#channels = channels ?? this.#channels;
    this.#stagger = stagger;
    this.driver = this.makeDriver ? undefined : new SimulatedDriver('life');
    this.#driver = this.driver ?? this.makeDriver!();
    this.#parsed = parseChannels(
      this.#channels.map((each, line) => ({ id: String.fromCodePoint(97 + line), line, ...each })),
    );
    this.board = new Board({
      name: 'life',
      channels: this.#parsed,
      driver: this.#driver,
      place: this.place,
      clock: this.clock,
      log: (entry) => {
        this.logged.push(entry);
        return this.log(entry);
      },
      memory: this.memory,
      caretaker: this.caretaker,
      keep: (id, what) => void this.kept.set(id, structuredClone(what)),
      stagger,
    });
    return this.board;
  }

  async open(channels?: object[], stagger?: number, past: Past = {}): Promise<void> {
    await this.make(channels, stagger).open(past);
    await this.pass(0);
  }

  /** The flows are stopped: lines are held, and their caretaker goes on. */
  async stop(): Promise<void> {
    await this.board.close();
    this.caretaker?.pause();
    this.caretaker = new Caretaker({
      name: 'life',
      channels: this.#parsed,
      driver: this.#driver!,
      clock: this.clock,
      memory: this.memory,
    });
  }

  async deploy(channels?: object[]): Promise<void> {
    await this.board.close();
    await this.open(channels);
  }

  /** The process ends and is back after `away` milliseconds; its pins rest meanwhile unless `pins` holds them. */
  async restart(options: { away?: number; jump?: number; pins?: boolean; past?: Past } = {}): Promise<void> {
    const { away = 0, jump = 0, pins = false, past = {} } = options;
    await this.board.close();
    if (!pins) forgetSimulated('life');
    this.memory = new Map();
    this.clock.advance(away);
    this.clock.jump(jump);
    await this.open(undefined, undefined, { kept: new Map(this.kept), ...past });
  }

  command(wish: Wish, owner: Owner = 'auto', relay = 'a'): Promise<Result> {
    return this.board.command(newCommand({ ...wish, relay, by: owner, from: 'here', owner }, this.clock));
  }

  record(id = 'a'): RelayRecord {
    return this.board.records().find((record) => record.id === id)!;
  }

  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    for (let round = 0; round < 6; round++) await turn();
  }

  async end(): Promise<void> {
    await this.board.close();
    this.caretaker?.pause();
    forgetSimulated('life');
  }
}
