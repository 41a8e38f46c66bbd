import { isoTime } from '../base/clock.ts';
import type { Clock } from '../base/clock.ts';
import type { Claiming, Forced, Hand, KeptForce, KeptRelay, Lock, Owner, Trip } from './relay.ts';
import type { Outcome } from './result.ts';

/** A wish to force a relay. */
export interface Force {
  readonly by: string;
  readonly state: boolean;
  /** Milliseconds. */
  readonly for: number;
  readonly why?: string | undefined;
}

type KeptClaims = Pick<KeptRelay, 'hand' | 'lock' | 'trip' | 'forced'>;

/** The claims on a relay. Their rank: a trip, a lock-out, a force, a person's hand, flows. */
export class Claims {
  readonly #clock: Clock;
  #hand: Hand | null = null;
  /** Time at which the hand ends by itself, on the monotonic clock; null: it does not. */
  #handUntil: number | null = null;
  #lock: Lock | null = null;
  #trip: Trip | null = null;
  #forced: Forced | null = null;
  /** Time at which the force ends, on the monotonic clock, and its whole length, milliseconds. */
  #forcedUntil = 0;
  #forcedFor = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get hand(): Hand | null {
    return this.#hand;
  }

  get lock(): Lock | null {
    return this.#lock;
  }

  get trip(): Trip | null {
    return this.#trip;
  }

  get forced(): Forced | null {
    return this.#forced;
  }

  /** When the force ends by itself, on the monotonic clock; null: there is none. */
  get forcedUntil(): number | null {
    return this.#forced && this.#forcedUntil;
  }

  /** True once the time of the force is over. */
  get isForceOver(): boolean {
    return this.#forced !== null && this.#forcedUntil <= this.#clock.monotonic();
  }

  /** Whether it is the flows' to move. */
  get isAuto(): boolean {
    return !this.#hand && !this.#lock && !this.#forced && !this.#trip;
  }

  /** The claims that outlive the process. */
  get kept(): KeptClaims {
    const forced = this.#forced && { ...this.#forced, of: this.#forcedFor };
    return { hand: this.#hand, lock: this.#lock, trip: this.#trip, ...(forced && { forced }) };
  }

  /** Goes on with what was kept. A force and a hand last as long as they have left, and never longer than in all. */
  restore({ hand, lock, trip = null, forced: force }: KeptClaims, handFor: number | null = null): void {
    this.#hand = null;
    if (hand) this.#hold(hand, handFor === null ? null : this.#left(hand.until, handFor));
    this.#lock = lock;
    // One that came before this was read stands.
    this.#trip ??= trip;
    if (!force || lock || this.#trip) return;
    const { of, ...forced } = force;
    const left = this.#left(forced.until, of);
    this.#begin({ ...forced, until: isoTime(this.#clock.now() + left) }, left, of);
  }

  /** Takes it in hand, for `duration` milliseconds from now; null: until somebody gives it back. */
  takeInHand(by: string, duration: number | null = null): void {
    this.#hold(this.#hand ?? { by, since: this.#now() }, duration);
  }

  /** Time at which the hand ends by itself, on the monotonic clock; null: it does not. */
  get handUntil(): number | null {
    return this.#hand && this.#handUntil;
  }

  /** True once the time of the hand is over. */
  get isHandOver(): boolean {
    return this.handUntil !== null && this.handUntil <= this.#clock.monotonic();
  }

  /** A deploy has given the hand another time, which begins now. */
  limitHand(duration: number | null): void {
    if (this.#hand) this.#hold(this.#hand, duration);
  }

  release(): void {
    this.#hand = null;
  }

  lockOut(by: string, why: string, owner: Owner): void {
    this.#lock = { by, why, since: this.#now(), owner };
    this.#forced = null;
  }

  unlock(): void {
    this.#lock = null;
  }

  /** Latches a trip into `state`. The first one stands: a later one changes neither its reason nor its time. */
  latch(by: string, reason: string, state: boolean): void {
    this.#trip ??= { by, since: this.#now(), reason, state };
    this.#forced = null;
  }

  reset(): void {
    this.#trip = null;
  }

  /** A force that begins now. */
  planned({ by, state, for: of, why }: Force): KeptForce {
    const until = isoTime(this.#clock.now() + of);
    return { by, since: this.#now(), state, until, ...(why !== undefined && { why }), of };
  }

  force(force: Force): void {
    const { of, ...forced } = this.planned(force);
    this.#begin(forced, of, of);
  }

  unforce(): void {
    this.#forced = null;
  }

  /** The force ends as soon as it can. */
  expire(): void {
    this.#forcedUntil = this.#clock.monotonic();
  }

  /** Why this owner may not have the relay moved so; undefined where nobody of a higher rank has it. */
  judge(owner: Owner, wanted: boolean, isForce: boolean): Outcome | undefined {
    const { lock, trip } = this;
    if (trip && (isForce || wanted !== trip.state)) return tripped(trip);
    // To its trip state it goes whoever has it, but not on where a person has locked it out.
    if (trip && !wanted) return undefined;
    // What is locked out may always go off, but what is in its fault state stays there.
    if (lock && (wanted || isForce || lock.owner === 'safety')) {
      if (owner !== 'safety' || lock.owner !== 'safety') return lockedOut(lock);
    }
    if (trip) return undefined;
    if (isForce) return owner === 'auto' ? PEOPLE_FORCE : undefined;
    if (this.#forced && owner !== 'safety' && (owner === 'auto' || wanted)) return isForced(this.#forced);
    if (this.#hand && owner === 'auto') return inHand(this.#hand);
    return undefined;
  }

  /** Why this owner may not change who has the relay; undefined where it may. What people took, flows do not give back. */
  judgeClaim(owner: Owner, claim: Claiming): Outcome | undefined {
    if (owner !== 'auto') return undefined;
    if (claim === 'hand') return PEOPLE_TAKE;
    if (claim === 'reset') return PEOPLE_RESET;
    if (claim === 'trip') return undefined;
    if (claim === 'auto') {
      if (this.#forced) return isForced(this.#forced);
      return this.#hand ? inHand(this.#hand) : undefined;
    }
    return this.#lock && this.#lock.owner !== 'auto' ? lockedOut(this.#lock) : undefined;
  }

  #begin(forced: Forced, left: number, of: number): void {
    this.#forced = forced;
    this.#forcedUntil = this.#clock.monotonic() + left;
    this.#forcedFor = of;
  }

  #hold({ by, since }: Hand, duration: number | null): void {
    const until = duration === null ? {} : { until: isoTime(this.#clock.now() + duration) };
    this.#hand = { by, since, ...until };
    this.#handUntil = duration === null ? null : this.#clock.monotonic() + duration;
  }

  /** Returns what is left of a time that ends at `until`, by a wall clock that may have jumped; milliseconds. */
  #left(until: string | undefined, of: number): number {
    return until === undefined ? of : Math.min(Math.max(Date.parse(until) - this.#clock.now(), 0), of);
  }

  #now(): string {
    return isoTime(this.#clock.now());
  }
}

/** Returns the state that a trip gives a relay: never on where a person has locked it out. Null: it has not tripped. */
export function tripState({ lock, trip }: Pick<KeptRelay, 'lock' | 'trip'>): boolean | null {
  return trip ? trip.state && (!lock || lock.owner === 'safety') : null;
}

const PEOPLE_FORCE: Outcome = { code: 'invalid', reason: 'only people force a relay, and this is a flow' };
const PEOPLE_TAKE: Outcome = {
  code: 'invalid',
  reason: 'only people take a relay in hand, and this is a flow',
};

const PEOPLE_RESET: Outcome = { code: 'invalid', reason: 'only people reset a trip, and this is a flow' };

function tripped({ by, reason }: Trip): Outcome {
  return { code: 'tripped', reason: `it was tripped by ${by}: ${reason}; reset it first` };
}

function inHand({ by, since }: Hand): Outcome {
  const reason = `${by} has it in hand since ${since}; flows may move it again once it is released`;
  return { code: 'not-in-auto', reason };
}

function isForced({ by, state, until }: Forced): Outcome {
  const reason = `${by} has forced it ${state ? 'on' : 'off'} until ${until}; release it to end that`;
  return { code: 'not-in-auto', reason };
}

function lockedOut({ by, why }: Lock): Outcome {
  return { code: 'locked', reason: `it is locked out by ${by}: ${why}` };
}
