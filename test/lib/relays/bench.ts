import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { forgetSimulated, SimulatedDriver } from '../../../lib/gpio/simulated.ts';
import { Board } from '../../../lib/relays/board.ts';
import type { BoardStatus } from '../../../lib/relays/kept-open.ts';
import { parseChannels } from '../../../lib/relays/channels.ts';
import { newCommand } from '../../../lib/relays/command.ts';
import type { Wish } from '../../../lib/relays/command.ts';
import type { Command, Owner, RelayChange, RelayRecord, Result } from '../../../lib/relays/relay.ts';

/** A board on a simulated driver, and everything that a test wants to know of it. */
export class Bench {
  readonly clock = new FakeClock();
  readonly driver = new SimulatedDriver('bench');
  readonly logged: Readonly<Record<string, unknown>>[] = [];
  readonly changes: RelayChange[] = [];
  readonly statuses: BoardStatus[] = [];
  /** What the log answers. */
  log: () => Promise<boolean> = () => Promise.resolve(true);
  readonly board = new Board({
    name: 'Bench',
    channels: parseChannels([
      { id: 'relay1', name: 'Pump', line: 17 },
      { id: 'relay2', name: 'Fan', line: 27, activeLow: true, start: 'on' },
    ]),
    driver: this.driver,
    clock: this.clock,
    log: (entry) => {
      this.logged.push(entry);
      return this.log();
    },
  });

  constructor() {
    this.board.events.on('change', (change) => this.changes.push(change));
    this.board.events.on('status', (status) => this.statuses.push(status));
  }

  command(wish: Wish & Pick<Command, 'gone'>, relay = 'relay1', owner: Owner = 'auto'): Promise<Result> {
    const by = 'ada';
    return this.board.command(newCommand({ ...wish, relay, by, from: '10.0.0.1', owner }, this.clock));
  }

  record(id = 'relay1'): RelayRecord {
    return this.board.records().find((record) => record.id === id)!;
  }

  /** What a relay's line is, past the board. */
  async line(number = 17): Promise<boolean> {
    return (await this.driver.read([number])).get(number)!;
  }

  /** The next status of the board: ask before doing what causes it. */
  status(): Promise<BoardStatus> {
    return new Promise((resolve) => {
      const stop = this.board.events.on('status', (status) => {
        stop();
        resolve(status);
      });
    });
  }

  async clean(): Promise<void> {
    this.driver.faults.wait = undefined;
    await this.board.close();
    forgetSimulated('bench');
  }
}

/** Holds the calls of a driver until it is let go; `entered` tells that there is one. */
export function gate(): { wait: () => Promise<void>; open: () => void; entered: Promise<void> } {
  const opened = Promise.withResolvers<void>();
  const entered = Promise.withResolvers<void>();
  const wait = (): Promise<void> => {
    entered.resolve();
    return opened.promise;
  };
  return { wait, open: opened.resolve, entered: entered.promise };
}
