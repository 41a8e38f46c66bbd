import type { Cause } from '../base/cause.ts';
import type { Cancel, Clock } from '../base/clock.ts';
import { Wake } from '../base/wake.ts';
import type { Unsubscribe } from '../base/events.ts';
import { nameKey } from '../base/text.ts';
import type { Channel, FaultState } from './channels.ts';
import type { Claims } from './claims.ts';
import type { Condition } from './condition.ts';
import type { Act } from './due.ts';
import type { Home } from './home.ts';
import { holds, tell, type Conditions } from './reading.ts';
import { isConditional } from './rules.ts';
import type { RelayRecord } from './relay.ts';
import type { Outcome } from './result.ts';

/**
 * Time after the start of its board for which a source may be silent before it counts as lost, milliseconds: the first value
 * takes its time, and a relay that runs without one must not run on.
 */
export const SOURCE_GRACE_MS = 60_000;

/** Time for which a source may be missing before it counts as lost, milliseconds: a deploy removes it and makes it anew. */
export const GONE_GRACE_MS = 20_000;

export interface ConditionWatchOptions {
  readonly trips: readonly Condition[];
  readonly permits: readonly Condition[];
  /** Its fault state: where that is on, so is its trip state, and nothing has to permit that it goes on. */
  readonly fault: FaultState;
  readonly conditions: Conditions;
  readonly clock: Clock;
  readonly relay: { readonly record: RelayRecord; readonly keeper: { readonly claims: Claims } };
  readonly trip: (cause: TripCause) => Promise<unknown>;
  /** Some of what it says may be other than before. */
  readonly changed: () => void;
}

/** The watch of a relay's conditions; undefined: it has none. */
export function conditionsOf(
  relay: ConditionWatchOptions['relay'] & { readonly channel: Channel; readonly home: Home },
  act: (act: Act) => Promise<unknown>,
  changed: () => void,
): ConditionWatch | undefined {
  const { channel, home } = relay;
  const { rules, fault } = channel;
  if (!isConditional(rules)) return undefined;
  const { conditions, clock } = home;
  const trip = ({ by, reason, cause }: TripCause): Promise<unknown> =>
    act({ action: 'trip', by, why: reason, rule: 'trip', cause });
  return new ConditionWatch({ ...rules, fault, conditions, clock, relay, trip, changed });
}

/** Cause for which a relay has to trip. */
export interface TripCause {
  /** Id of the device or input, or the topic. */
  readonly by: string;
  readonly reason: string;
  readonly cause: Cause;
}

/** `waits`: nothing was heard of its source since its board was opened. */
type Verdict = 'clear' | 'present' | 'lost' | 'waits';

/** Holds a relay's conditions against what its plant knows: why it has to trip, and why it may not go on. */
export class ConditionWatch {
  readonly #options: ConditionWatchOptions;
  /** Those whose source was known once. */
  readonly #seen = new Set<Condition>();
  /** Since when sources are missing that were there, on the monotonic clock. */
  readonly #gone = new Map<Condition, number>();
  readonly #wake: Wake;
  #leave: Unsubscribe[] = [];
  #cancelGrace: Cancel | undefined;
  #isGraceOver = false;
  #isTripping = false;

  constructor(options: ConditionWatchOptions) {
    this.#options = options;
    this.#wake = new Wake(options.clock, () => this.#hear());
  }

  /** True while the first values may still be on their way. */
  get isWaiting(): boolean {
    return !this.#isGraceOver;
  }

  /** Watches the sources, also while the board is not available: what is said then is not said again. */
  listen(): void {
    if (this.#leave.length > 0) return;
    const { trips, permits, conditions } = this.#options;
    const hear = (): void => this.#hear();
    this.#leave = [...trips, ...permits].map(({ source, id }) => conditions.watch(source, id, hear));
  }

  leave(): void {
    this.rest();
    for (const leave of this.#leave.splice(0)) leave();
  }

  /** The board is open: from now on a source that is silent is lost after a while. */
  start(): void {
    if (this.#cancelGrace) return;
    this.#cancelGrace = this.#options.clock.after(SOURCE_GRACE_MS, () => {
      this.#isGraceOver = true;
      this.#hear();
    });
    this.check();
  }

  rest(): void {
    this.#cancelGrace?.();
    this.#cancelGrace = undefined;
    this.#wake.stop();
    this.#gone.clear();
    this.#isGraceOver = false;
  }

  #hear(): void {
    this.check();
    this.#options.changed();
  }

  /** Trips the relay where it has to. It is on, off or out of sight as its record says. */
  check(): void {
    const { relay, trip } = this.#options;
    if (relay.keeper.claims.trip || this.#isTripping) return;
    const cause = this.#causeNow(relay.record.state);
    if (!cause) return;
    this.#isTripping = true;
    void trip(cause).finally(() => (this.#isTripping = false));
  }

  /**
   * Returns the cause for which the relay has to trip now; undefined: none. A missing permit trips only what is on, and a
   * lost source only what is in sight: with the board's way to its lines, that of the source is often lost too.
   */
  #causeNow(isOn: boolean | null): TripCause | undefined {
    const { trips, permits } = this.#options;
    const isLost = (condition: Condition): boolean =>
      isOn !== null && condition.lost === 'trip' && (isOn || this.#seen.has(condition));
    const isCause = (condition: Condition, verdict: Verdict): boolean =>
      verdict === 'present' || (verdict === 'lost' && isLost(condition));
    const found =
      trips.find((condition) => isCause(condition, this.#tripVerdict(condition))) ??
      (isOn ? permits.find((condition) => isCause(condition, this.#permitVerdict(condition))) : undefined);
    return found && this.#causeOf(found);
  }

  /** Returns the refusal where the relay may not go on now; undefined where it may. */
  judge(): Outcome | undefined {
    const { trips, permits, fault } = this.#options;
    if (fault === 'on') return undefined;
    const found =
      trips.find((condition) => this.#tripsAgain(condition)) ??
      permits.find((condition) => this.#permitVerdict(condition) !== 'clear');
    return found && { code: 'not-permitted', reason: this.#causeOf(found).reason };
  }

  /** Causes of a trip by `by` that are still present, one for each source: it is not reset before they are gone. */
  causes(by: string): readonly TripCause[] {
    const { trips, permits } = this.#options;
    const found = [
      ...trips.filter((condition) => this.#tripsAgain(condition)),
      ...permits.filter(
        (condition) => nameKey(condition.id) === nameKey(by) && this.#permitVerdict(condition) !== 'clear',
      ),
    ];
    const causes = found.map((condition) => this.#causeOf(condition));
    return causes.filter((cause, index) => causes.findIndex((other) => other.by === cause.by) === index);
  }

  /** Returns whether a condition would trip the relay as soon as that is on, or may do so once its first value is here. */
  #tripsAgain(condition: Condition): boolean {
    const verdict = this.#tripVerdict(condition);
    return verdict === 'present' || (verdict !== 'clear' && condition.lost === 'trip');
  }

  #tripVerdict(condition: Condition): Verdict {
    return this.#verdict(condition, { yes: 'present', no: 'clear' });
  }

  #permitVerdict(condition: Condition): Verdict {
    return this.#verdict(condition, { yes: 'clear', no: 'present' });
  }

  #verdict(condition: Condition, { yes, no }: { readonly yes: Verdict; readonly no: Verdict }): Verdict {
    const reading = this.#options.conditions.get(condition.source, condition.id);
    const now = holds(condition, reading);
    if (reading) this.#gone.delete(condition);
    else if (this.#seen.has(condition) && this.#isJustGone(condition)) return 'waits';
    const isNews = condition.op === 'bad' && now === 'yes' && !this.#seen.has(condition);
    if (now === 'lost' || isNews) return this.#isGraceOver || this.#seen.has(condition) ? 'lost' : 'waits';
    this.#seen.add(condition);
    return now === 'yes' ? yes : no;
  }

  /** Returns whether a deploy may be making the condition's source anew. */
  #isJustGone(condition: Condition): boolean {
    const now = this.#options.clock.monotonic();
    const end = (this.#gone.get(condition) ?? now) + GONE_GRACE_MS;
    if (now >= end) return false;
    this.#gone.set(condition, end - GONE_GRACE_MS);
    this.#wake.by(end);
    return true;
  }

  #causeOf(condition: Condition): TripCause {
    const { source, id, reason } = condition;
    const reading = this.#options.conditions.get(source, id);
    const isKnown = holds(condition, reading) !== 'lost';
    const step = source === 'topic' ? [] : [{ kind: source, id } as const];
    return {
      by: id,
      reason: isKnown && reason !== '' ? reason : tell(condition, reading),
      cause: reading?.cause ?? step,
    };
  }
}
