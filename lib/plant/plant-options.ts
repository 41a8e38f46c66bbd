import type { Clock } from '../base/clock.ts';
import type { Reading } from '../relays/reading.ts';
import type { Store } from '../store/store.ts';
import type { ClockTrust } from '../base/clock-trust.ts';

/** Settings of a plant, and what it lives on. */
export interface PlantOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly store: Store;
  /** Names the process that the plant lives in; left out: this one. */
  readonly process?: string;
  /** Retention of audit log entries, days. */
  readonly retention?: number;
  /** Readings of topics, shared with earlier and later plants of this process; left out: none. */
  readonly topics?: Map<string, Reading>;
  /** Judge of the wall clock; left out: one that knows of this plant alone. */
  readonly trust?: ClockTrust;
}
