import type { ConditionWatch } from './condition-watch.ts';
import { tripState } from './claims.ts';
import { newCommand } from './command.ts';
import { entryOf } from './command-entry.ts';
import type { Channel } from './channels.ts';
import type { Act } from './due.ts';
import type { Home } from './home.ts';
import type { Place } from './interlocks.ts';
import type { Keeper } from './keeper.ts';
import type { Outcome } from './result.ts';

/** Moves that do not come by any command, in records and in the log. */
export const OUTSIDE = 'outside';

/** Most moves from outside that are put back within a time, milliseconds: a wall switch that insists wins, and is a fault. */
export const MAX_PUT_BACK = 3;
export const PUT_BACK_WITHIN_MS = 60_000;

/** Parts of a relay that following moves from outside needs. */
export interface Followed {
  readonly channel: Channel;
  readonly keeper: Keeper;
  readonly place: Place | undefined;
  readonly conditions: ConditionWatch | undefined;
}

/**
 * Follows a relay that others may move, such as a wall switch or the device's own timer: what they make of it is wanted,
 * unless a trip, a lock-out, a condition or an interlock stands against it.
 */
export class Outside {
  readonly #relay: Followed;
  readonly #home: Home;
  readonly #act: (act: Act) => Promise<unknown>;
  /** Times at which moves were put back, on the monotonic clock. */
  #putBack: number[] = [];

  constructor(relay: Followed, home: Home, act: (act: Act) => Promise<unknown>) {
    this.#relay = relay;
    this.#home = home;
    this.#act = act;
  }

  /** Its line was moved to this state by nobody of the plant. */
  moved(state: boolean): void {
    const { keeper } = this.#relay;
    const refused = this.#judge(state);
    this.#log(state, refused);
    if (!refused) {
      // By what others did it is no longer by force.
      keeper.unforce();
      keeper.want(state);
      return;
    }
    const now = this.#home.clock.monotonic();
    this.#putBack = this.#putBack.filter((at) => now < at + PUT_BACK_WITHIN_MS);
    if (this.#putBack.length >= MAX_PUT_BACK) return;
    this.#putBack.push(now);
    const { trip } = keeper.claims;
    void this.#act(
      trip
        ? { action: 'trip', by: trip.by, why: trip.reason, rule: 'trip' }
        : { action: state ? 'off' : 'on', by: OUTSIDE, rule: OUTSIDE },
    );
  }

  /** Returns the refusal where the relay may not be so; undefined where it may. Its time rules do not matter: it has moved. */
  #judge(state: boolean): Outcome | undefined {
    const { keeper, channel, conditions, place } = this.#relay;
    const { lock } = keeper.claims;
    const tripped = tripState(keeper.claims);
    if (tripped !== null) return tripped === state ? undefined : { code: 'tripped' };
    if (lock?.owner === 'safety') {
      return channel.fault === 'hold' || state === (channel.fault === 'on') ? undefined : { code: 'locked' };
    }
    if (!state) return undefined;
    return lock ? { code: 'locked' } : (conditions?.judge() ?? place?.judge());
  }

  #log(state: boolean, refused: Outcome | undefined): void {
    const { channel } = this.#relay;
    const { clock, name: from, log } = this.#home;
    const action = state ? 'on' : 'off';
    const wish = { action, relay: channel.id, by: OUTSIDE, from, owner: 'hand', via: OUTSIDE } as const;
    const entry = entryOf(newCommand(wish, clock), { code: refused?.code ?? 'done', state });
    // A log that fails is told by the plant; nobody waits for this.
    void log(entry).catch(() => {});
  }
}
