import { isoTime } from '../base/clock.ts';
import type { Clock } from '../base/clock.ts';
import { Claims, type Force } from './claims.ts';
import type { Channel } from './channels.ts';
import type { Command, Fault, KeptRelay, Owner } from './relay.ts';
import type { Outcome } from './result.ts';
import type { Rules } from './rules.ts';

/** What of a channel a keeper goes by. */
export type Policy = Pick<Channel, 'rules' | 'fault'>;

/** What happens to a relay by itself, and when, on the monotonic clock. */
export interface Due {
  readonly at: number;
  readonly why: 'pulse' | 'max-on' | 'force' | 'watchdog';
}

/** What a relay does by itself, by its name in causes. */
export type Rule = Due['why'] | 'restore' | 'lock-out';

/**
 * What has to be known of one relay to judge a command for it: who has it, when it moved, what it has to do by itself. It
 * outlives its board through a deploy. Durations are monotonic.
 */
export class Keeper {
  readonly claims: Claims;
  /** The id of the command that each rule goes back to; left out: it was before the process began, or nobody knows. */
  readonly armedBy = new Map<Rule, string>();
  readonly #clock: Clock;
  #policy: Policy;
  #state: boolean | null = null;
  #desired: boolean | null = null;
  #isRestoring = false;
  #faultSince: string | null = null;
  #movedAt = 0;
  /** Since when its longest time on counts. */
  #limitFrom = 0;
  /** When a flow last said what it wants, or was given the relay. */
  #fedAt = 0;
  /** When it was switched on, the latest last; only as many as the rate asks for. */
  #starts: number[] = [];
  #cycles = 0;
  #onFor = 0;
  #offAt: number | null = null;
  #pulsed = false;

  constructor(policy: Policy, clock: Clock) {
    this.#policy = policy;
    this.#clock = clock;
    this.claims = new Claims(clock);
  }

  /** A deploy may have changed the rules. It moves nothing: another longest time on counts from now. */
  follow(policy: Policy): void {
    const isOther = policy.rules.maxOn !== this.#rules.maxOn;
    this.#policy = policy;
    if (!isOther || this.#state !== true) return;
    this.#limitFrom = this.#clock.monotonic();
    const pulse = this.#pulsed ? this.#offAt! - this.#limitFrom : undefined;
    this.stayOn('safety', pulse);
  }

  get #rules(): Rules {
    return this.#policy.rules;
  }

  /** What is to be there again after a start of the process. */
  get kept(): KeptRelay {
    return {
      state: this.#state,
      desired: this.#desired,
      hand: this.claims.hand,
      lock: this.claims.lock,
      cycles: this.#cycles,
      onFor: Math.round(this.#onFor),
    };
  }

  /** Goes on with what was kept, before anything was read; the times begin anew. */
  restore({ hand, lock, cycles, onFor, state, desired }: KeptRelay): void {
    this.claims.restore(hand, lock);
    // Earlier releases kept only what it was.
    this.#desired = desired ?? state;
    this.#cycles = cycles;
    this.#onFor = onFor;
  }

  /** When it goes off by itself, on the monotonic clock, and why; null: not by itself. */
  get off(): { readonly at: number; readonly why: 'pulse' | 'max-on' } | null {
    if (this.#offAt === null || this.claims.forced) return null;
    return { at: this.#offAt, why: this.#pulsed ? 'pulse' : 'max-on' };
  }

  /** What it does by itself next; null: nothing. */
  get due(): Due | null {
    const { forcedUntil } = this.claims;
    if (forcedUntil !== null) return { at: forcedUntil, why: 'force' };
    const { off } = this;
    const starved = this.#starvedAt;
    if (starved !== null && (!off || starved < off.at)) return { at: starved, why: 'watchdog' };
    return off;
  }

  /** What is wrong with it: it is other than it was last made. */
  get fault(): Fault | null {
    if (this.#faultSince === null) return null;
    const reason = `it was switched ${word(this.#wanted!)}, but reads ${word(this.#state!)}`;
    return { code: 'readback-mismatch', since: this.#faultSince, reason };
  }

  /** Whether it still has to go on, as it was before the process began. */
  get isRestoring(): boolean {
    return this.#isRestoring;
  }

  /** It was found so by the first reading of a board, and is to be so, or on in its turn. */
  find(state: boolean, isToGoOn: boolean): void {
    this.#desired = state || isToGoOn;
    this.#isRestoring = isToGoOn;
    this.#fedAt = this.#clock.monotonic();
    this.observe(state);
  }

  /** It is made so. What is forced is so for a time only. */
  want(state: boolean): void {
    this.#desired = state;
    this.#isRestoring = false;
    this.#judgeFault();
  }

  /**
   * Takes over what was read from the line. What it was before the first reading nobody knows, so the times at rest
   * begin then.
   */
  observe(state: boolean): void {
    if (this.#state !== state) this.#move(state);
    this.#judgeFault();
  }

  /**
   * It goes off so long from now, if it does not have to earlier; undefined: it stays as long as it may. What a person has
   * in hand, no flow cuts short or prolongs.
   */
  stayOn(owner: Owner, ms: number | undefined): void {
    if (this.#state !== true || (owner === 'auto' && !this.claims.isAuto)) return;
    const latest = this.#rules.maxOn === null ? null : this.#limitFrom + this.#rules.maxOn;
    const wanted = ms === undefined ? null : this.#clock.monotonic() + ms;
    this.#pulsed = wanted !== null && (latest === null || wanted < latest);
    this.#offAt = this.#pulsed ? wanted : latest;
  }

  /** A command has its relay so now, which is what its rules go back to. */
  arm(
    { id, force, for: duration }: Pick<Command, 'id' | 'force' | 'for'>,
    state: boolean,
    moved: boolean,
  ): void {
    if (force) this.armedBy.set('force', id);
    else if (state) {
      this.armedBy.set('restore', id);
      if (duration !== undefined) this.armedBy.set('pulse', id);
      if (moved) this.armedBy.set('max-on', id);
    }
  }

  /** A flow says what it wants, whether it may or not: it is alive. */
  feed(): void {
    this.#fedAt = this.#clock.monotonic();
  }

  force(force: Force): void {
    this.claims.force(force);
    this.#judgeFault();
  }

  /** The rules hold again, for what it is now. */
  unforce(): void {
    if (!this.claims.forced) return;
    this.claims.unforce();
    this.#desired = this.#state;
    this.feed();
    this.stayOn('safety', undefined);
    this.#judgeFault();
  }

  /** It is the flows' again, which get their whole time to say something. */
  giveBack(): void {
    this.claims.release();
    this.feed();
  }

  unlock(): void {
    this.claims.unlock();
    this.feed();
  }

  /**
   * Why this owner may not have the relay moved so (on for `duration` milliseconds); undefined where it may. Going
   * off for safety's sake and for a lock-out is never refused.
   */
  judge(
    owner: Owner,
    wanted: boolean,
    { for: duration, force = false }: { readonly for?: number; readonly force?: boolean } = {},
  ): Outcome | undefined {
    if (owner === 'safety' && !wanted) return undefined;
    const refused = this.claims.judge(owner, wanted, force);
    if (refused || force) return refused;
    // On is its fault state then, and nothing keeps it from there.
    if (this.claims.lock) return undefined;
    if (!wanted) return this.#atWork();
    if (duration !== undefined && duration < this.#rules.minOn) {
      return { code: 'invalid', reason: `it stays on for ${seconds(this.#rules.minOn)} at least` };
    }
    return this.#atRest() ?? this.#tooOften();
  }

  get #wanted(): boolean | null {
    return this.claims.forced?.state ?? this.#desired;
  }

  /** When flows have said nothing for too long; null where they need not. */
  get #starvedAt(): number | null {
    const { rules, fault } = this.#policy;
    if (rules.watchdog === null || this.#state === null || !this.claims.isAuto) return null;
    // In its fault state already there is nothing to fear.
    if (fault !== 'hold' && this.#state === (fault === 'on')) return null;
    return this.#fedAt + rules.watchdog;
  }

  #move(state: boolean): void {
    const now = this.#clock.monotonic();
    // Found on at the first reading it was not switched on.
    if (state && this.#state === false) this.#cycles += 1;
    if (!state && this.#state === true) this.#onFor += now - this.#movedAt;
    this.#state = state;
    this.#movedAt = now;
    this.#limitFrom = now;
    this.#pulsed = false;
    if (state) this.#starts.push(now);
    this.#starts.splice(0, this.#starts.length - (this.#rules.rate?.count ?? 0));
    this.#offAt = state && this.#rules.maxOn !== null ? now + this.#rules.maxOn : null;
  }

  #judgeFault(): void {
    const wanted = this.#wanted;
    const isWrong = !this.#isRestoring && wanted !== null && this.#state !== null && this.#state !== wanted;
    this.#faultSince = isWrong ? (this.#faultSince ?? isoTime(this.#clock.now())) : null;
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
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}

function word(on: boolean): string {
  return on ? 'on' : 'off';
}
