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
  /** What it did by itself while no board had it, which the next one logs. */
  readonly meanwhile: CommandEntry[];
  /** Whether what was kept before the process began is in it: `lost` where it could not be read. */
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
  /** Where its lines are: a line with the same number elsewhere is another one. */
  readonly place: string;
  readonly driver: GpioDriver;
  readonly clock: Clock;
  readonly interlocks: Interlocks;
  readonly contacts: Contacts;
  readonly conditions: Conditions;
  /** What earlier boards of the same relays knew of them, by the key of the relay's id. */
  readonly memory: Map<string, Memory>;
  readonly status: () => BoardStatus;
  /** The driver failed; returns the reason, for a person. */
  readonly lose: (error: unknown) => string;
  readonly log: (entry: CommandEntry) => Promise<boolean>;
  readonly keep: (id: string, kept: KeptRelay) => void;
  /** Who has a relay is other than before, and it is not here that its time runs. */
  readonly attend: () => void;
  readonly changed: (change: RelayChange) => void;
}
