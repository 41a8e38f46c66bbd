/** The plant of the kill tests, and what goes between it and the test that kills it. */
import type { KeptRelay, Owner, RelayRecord, Result } from '../../lib/relays/relay.ts';
import type { Wish } from '../../lib/relays/command.ts';

/** One relay for each way to start, and two of them upside down. */
export const CHANNELS = [
  { id: 'off', line: 0, start: 'off' },
  { id: 'on', line: 1, start: 'on', activeLow: true },
  { id: 'hold', line: 2, start: 'hold' },
  { id: 'hold-low', line: 3, start: 'hold', activeLow: true },
  { id: 'restore', line: 4, start: 'restore' },
  { id: 'restore-low', line: 5, start: 'restore', activeLow: true },
] as const;

/** What the test asks of the plant, one as JSON a line; the end of its input closes it. */
export interface Ask extends Wish {
  readonly id: string;
  readonly relay: string;
  readonly owner: Owner;
}

/** What the plant says, one as JSON a line: first what it found and what it made of it, then the results. */
export type Said =
  | {
      readonly kind: 'opened';
      /** By relay id, as the plant read it from its file. */
      readonly found: Readonly<Record<string, KeptRelay>>;
      /** Once the board is open. */
      readonly records: readonly RelayRecord[];
    }
  | { readonly kind: 'result'; readonly result: Result };
