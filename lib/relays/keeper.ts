import { isoTime } from '../base/clock.ts';
import type { Clock } from '../base/clock.ts';
import type { Claim, Claiming, KeptRelay, Lock, Owner } from './relay.ts';
import type { Outcome } from './result.ts';
import type { Rules } from './rules.ts';

/**
 * What has to be known of one relay to judge a command for it: who has it, when it moved, when it has to go off. It
 * outlives its board through a deploy. Durations are monotonic.
 */
export class Keeper {
  readonly #clock: Clock;
  #rules: Rules;
  #state: boolean | null = null;
  #movedAt = 0;
  /** When it was switched on, the latest last; only as many as the rate asks for. */
  #starts: number[] = [];
  #hand: Claim | null = null;
  #lock: Lock | null = null;
  #cycles = 0;
  #onFor = 0;
  #offAt: number | null = null;
  #pulsed = false;

  constructor(rules: Rules, clock: Clock) {
    this.#rules = rules;
    this.#clock = clock;
  }

  /** A deploy may have changed the rules. */
  follow(rules: Rules): void {
    this.#rules = rules;
  }

  get rules(): Rules {
    return this.#rules;
  }

  get hand(): Claim | null {
    return this.#hand;
  }

  get lock(): Lock | null {
    return this.#lock;
  }

  /** What is to be there again after a start of the process. */
  get kept(): KeptRelay {
    return {
      state: this.#state,
      hand: this.#hand,
      lock: this.#lock,
      cycles: this.#cycles,
      onFor: Math.round(this.#onFor),
    };
  }

  /** Goes on with what was kept, before anything was read; the times begin anew. */
  restore({ hand, lock, cycles, onFor }: KeptRelay): void {
    this.#hand = hand;
    this.#lock = lock;
    this.#cycles = cycles;
    this.#onFor = onFor;
  }

  /** When it goes off by itself, on the monotonic clock, and why; null: not by itself. */
  get off(): { readonly at: number; readonly why: 'pulse' | 'max-on' } | null {
    return this.#offAt === null ? null : { at: this.#offAt, why: this.#pulsed ? 'pulse' : 'max-on' };
  }

  /**
   * Takes over what was read from the line. What it was before the first reading nobody knows, so the times at rest
   * begin then.
   */
  observe(state: boolean): void {
    if (this.#state === state) return;
    const now = this.#clock.monotonic();
    // Found on at the first reading it was not switched on.
    if (state && this.#state === false) this.#cycles += 1;
    if (!state && this.#state === true) this.#onFor += now - this.#movedAt;
    this.#state = state;
    this.#movedAt = now;
    this.#pulsed = false;
    if (state) this.#starts.push(now);
    this.#starts.splice(0, this.#starts.length - (this.#rules.rate?.count ?? 0));
    this.#offAt = state && this.#rules.maxOn !== null ? now + this.#rules.maxOn : null;
  }

  /**
   * It goes off so long from now, if it does not have to earlier; undefined: it stays as long as it may. What a person has
   * in hand, no flow cuts short or prolongs.
   */
  stayOn(owner: Owner, ms: number | undefined): void {
    if (this.#state !== true || (owner === 'auto' && this.#hand)) return;
    const latest = this.#rules.maxOn === null ? null : this.#movedAt + this.#rules.maxOn;
    const wanted = ms === undefined ? null : this.#clock.monotonic() + ms;
    this.#pulsed = wanted !== null && (latest === null || wanted < latest);
    this.#offAt = this.#pulsed ? wanted : latest;
  }

  takeInHand(by: string): void {
    this.#hand ??= { by, since: this.#now() };
  }

  release(): void {
    this.#hand = null;
  }

  lockOut(by: string, why: string, owner: Owner): void {
    this.#lock = { by, why, since: this.#now(), owner };
  }

  unlock(): void {
    this.#lock = null;
  }

  /**
   * Why this owner may not have the relay moved so (on for `duration` milliseconds); undefined where it may. Going
   * off for safety's sake and for a lock-out is never refused.
   */
  judge(owner: Owner, wanted: boolean, duration?: number): Outcome | undefined {
    if (owner === 'safety' && !wanted) return undefined;
    if (this.#lock && wanted) return this.#lockedOut(this.#lock);
    if (owner === 'auto' && this.#hand) return this.#inHand(this.#hand);
    if (!wanted) return this.#atWork();
    if (duration !== undefined && duration < this.#rules.minOn) {
      return { code: 'invalid', reason: `it stays on for ${seconds(this.#rules.minOn)} at least` };
    }
    return this.#atRest() ?? this.#tooOften();
  }

  /** Why this owner may not change who has the relay; undefined where it may. What people took, flows do not give back. */
  judgeClaim(owner: Owner, claim: Claiming): Outcome | undefined {
    if (owner !== 'auto') return undefined;
    if (claim === 'hand')
      return { code: 'invalid', reason: 'only people take a relay in hand, and this is a flow' };
    if (claim === 'auto') return this.#hand ? this.#inHand(this.#hand) : undefined;
    return this.#lock && this.#lock.owner !== 'auto' ? this.#lockedOut(this.#lock) : undefined;
  }

  #inHand({ by, since }: Claim): Outcome {
    const reason = `${by} has it in hand since ${since}; flows may move it again once it is released`;
    return { code: 'not-in-auto', reason };
  }

  #lockedOut({ by, why }: Lock): Outcome {
    return { code: 'locked', reason: `it is locked out by ${by}: ${why}` };
  }

  #atWork(): Outcome | undefined {
    const left = this.#left(this.#rules.minOn);
    if (this.#state !== true || left <= 0) return undefined;
    return {
      code: 'min-on',
      reason: `it stays on for ${seconds(this.#rules.minOn)} at least`,
      retryAfter: left,
    };
  }

  #atRest(): Outcome | undefined {
    const left = this.#left(this.#rules.minOff);
    if (this.#state !== false || left <= 0) return undefined;
    return {
      code: 'min-off',
      reason: `it stays off for ${seconds(this.#rules.minOff)} at least`,
      retryAfter: left,
    };
  }

  #tooOften(): Outcome | undefined {
    const { rate } = this.#rules;
    if (!rate || this.#starts.length < rate.count) return undefined;
    const left = this.#starts[0]! + rate.within - this.#clock.monotonic();
    if (left <= 0) return undefined;
    const reason = `it may be switched on ${rate.count} times within ${seconds(rate.within)}`;
    return { code: 'min-off', reason, retryAfter: left };
  }

  #left(least: number): number {
    return this.#movedAt + least - this.#clock.monotonic();
  }

  #now(): string {
    return isoTime(this.#clock.now());
  }
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
