import type { FactoryError } from '../base/errors.ts';
import type { ChipInfo } from '../gpio/chips.ts';
import type { Holding } from '../gpio/holding.ts';
import type { Channel } from './channels.ts';

/** A board as the editor would deploy it; nothing of it has been checked. */
export interface StagedBoard {
  readonly id: string;
  readonly name: string;
  readonly driver: string;
  readonly chip?: unknown;
  readonly bias?: unknown;
  readonly channels: unknown;
  /** The id of its plant; null where it has none that would run. */
  readonly plant: string | null;
  /** Whether the deploy stops and starts it: all that was changed is, and in a full deploy everything. */
  readonly restarts: boolean;
}

/** Where a staged board's lines would be. */
export interface Place {
  /** Of the chip; empty where the driver has none. */
  readonly path: string;
  readonly chip?: ChipInfo;
  /** Why there is no such place. */
  readonly refused?: FactoryError;
}

/** A board as it runs, or as it ran last where its settings do not work. */
export interface RunningBoard {
  readonly id: string;
  readonly name: string;
  readonly driver: string;
  readonly available: boolean;
  readonly channels: readonly Channel[];
  /** What its relays were last read to be, by id; null where it is not known. */
  readonly states: ReadonlyMap<string, boolean | null>;
}

/** A staged board with what was found out about it. */
export interface Plan {
  readonly board: StagedBoard;
  readonly running: RunningBoard | undefined;
  /** Why its settings cannot work; the rest is missing then. */
  readonly invalid?: string;
  /** Whether its driver would be made, whatever comes after. */
  readonly isMade: boolean;
  readonly channels?: readonly Channel[];
  readonly holding?: Holding | undefined;
  readonly place?: Place;
  /** The lines that its board as it runs holds. */
  readonly holds: ReadonlySet<number>;
}
