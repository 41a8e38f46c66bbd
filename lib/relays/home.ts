import type { Clock } from '../base/clock.ts';
import type { GpioDriver } from '../gpio/driver.ts';
import type { CommandEntry } from './command-entry.ts';
import type { Contacts } from './contact-watch.ts';
import type { Interlocks } from './interlocks.ts';
import type { Keeper } from './keeper.ts';
import type { BoardStatus } from './kept-open.ts';
import type { KeptRelay, RelayChange } from './relay.ts';
import type { Remembered } from './remembered.ts';

/** What is known of a relay beyond the life of its board. */
export interface Memory {
  readonly remembered: Remembered;
  readonly keeper: Keeper;
}

/** What a relay needs of its board. */
export interface Home {
  readonly name: string;
  readonly driver: GpioDriver;
  readonly clock: Clock;
  readonly interlocks: Interlocks;
  readonly contacts: Contacts;
  /** What earlier boards of the same relays knew of them, by relay id. */
  readonly memory: Map<string, Memory>;
  readonly status: () => BoardStatus;
  /** The driver failed; returns the reason, for a person. */
  readonly lose: (error: unknown) => string;
  readonly log: (entry: CommandEntry) => Promise<boolean>;
  readonly keep: (id: string, kept: KeptRelay) => void;
  readonly changed: (change: RelayChange) => void;
}
