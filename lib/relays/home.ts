import type { Clock } from '../base/clock.ts';
import type { GpioDriver } from '../gpio/driver.ts';
import type { CommandEntry } from './command-entry.ts';
import type { Channel } from './channels.ts';
import type { Contacts, StandingFault } from './contact-watch.ts';
import type { Interlocks } from './interlocks.ts';
import { Keeper } from './keeper.ts';
import type { BoardStatus } from './kept-open.ts';
import type { Conditions } from './reading.ts';
import type { KeptRelay, RelayChange } from './relay.ts';
import { Remembered } from './remembered.ts';

/** What is known of a relay beyond the life of its board. */
export interface Memory {
  readonly remembered: Remembered;
  readonly keeper: Keeper;
  /** The contact's fault, which no deploy clears. */
  readonly contact: StandingFault;
  /** Entries of what the relay did by itself while no board had it; the next board logs them. */
  readonly meanwhile: CommandEntry[];
  /** Progress of reading the state kept before the process began; `lost`: it could not be read. */
  past: 'unread' | 'lost' | 'read';
}

/** Memory of a relay that nothing is known of yet. */
export function newMemory(channel: Channel, place: string, clock: Clock): Memory {
  return {
    remembered: new Remembered(clock),
    keeper: new Keeper(channel, clock, place),
    contact: {},
    meanwhile: [],
    past: 'unread',
  };
}

/** What a relay needs of its board. */
export interface Home {
  readonly name: string;
  /** Location of the lines: the same number elsewhere is another line. */
  readonly place: string;
  readonly driver: GpioDriver;
  readonly clock: Clock;
  readonly interlocks: Interlocks;
  readonly contacts: Contacts;
  readonly conditions: Conditions;
  /** Memory that earlier boards had of the same relays, by the key of the relay's id. */
  readonly memory: Map<string, Memory>;
  readonly status: () => BoardStatus;
  /** The driver failed; returns the reason, for a person. */
  readonly lose: (error: unknown) => string;
  readonly log: (entry: CommandEntry) => Promise<boolean>;
  readonly keep: (id: string, kept: KeptRelay) => void;
  /** Called after the claims on a relay have changed, for a board that was not open and does not run its times. */
  readonly attend: () => void;
  readonly changed: (change: RelayChange) => void;
}
