import type { Cancel, Clock } from '../base/clock.ts';
import type { ConditionWatch } from './condition-watch.ts';
import type { Act } from './due.ts';
import type { Keeper } from './keeper.ts';
import type { RelayRecord, Result } from './relay.ts';

/** Parts of a relay that restoring it needs. */
export interface Restored {
  readonly keeper: Keeper;
  readonly record: RelayRecord;
  readonly conditions: ConditionWatch | undefined;
}

/** Switches a relay on that was on before the process began: in its turn, and once its conditions permit it. */
export class Restoring {
  readonly #relay: Restored;
  readonly #clock: Clock;
  readonly #act: (act: Act) => Promise<Result | undefined>;
  #cancel: Cancel = () => {};
  #isHeld = false;

  constructor(relay: Restored, clock: Clock, act: (act: Act) => Promise<Result | undefined>) {
    this.#relay = relay;
    this.#clock = clock;
    this.#act = act;
  }

  /** It is on again after so long, unless somebody wants something else meanwhile. Milliseconds. */
  after(delay: number): void {
    this.#cancel = this.#clock.after(delay, () => {
      const { keeper, conditions } = this.#relay;
      // The time that it was on for ended while it waited for its turn.
      const { left } = keeper;
      if (left === 0) return keeper.want(false);
      this.#isHeld = conditions !== undefined && conditions.isWaiting && conditions.judge() !== undefined;
      if (this.#isHeld) return;
      const wish = { action: 'on', ...(left !== undefined && { for: left }) } as const;
      void this.#act({ ...wish, by: 'restore', rule: 'restore', via: 'start' }).then((result) => {
        // It may still have to rest, or another one may be on.
        if (result?.retry_after !== undefined) this.after(result.retry_after);
        // Its board finds it anew.
        else if (result?.code !== 'unavailable') keeper.want(this.#relay.record.state ?? false);
      });
    });
  }

  /** Its conditions may be other than before. */
  retry(): void {
    if (this.#isHeld) this.after(0);
    this.#isHeld = false;
  }

  cancel(): void {
    this.#cancel();
    this.#isHeld = false;
  }
}
