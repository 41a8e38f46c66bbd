import { isoTime } from '../base/clock.ts';
import type { Clock } from '../base/clock.ts';
import { Claims, type Force } from './claims.ts';
import type { Channel } from './channels.ts';
import { earliest, type Due, type Rule } from './due.ts';
import type { Command, Fault, KeptRelay, Owner } from './relay.ts';
import type { Outcome } from './result.ts';
import type { OutputLine } from '../gpio/driver.ts';
import { Times, type Off } from './times.ts';
import { word } from './result.ts';

/** What of a channel a keeper goes by. */
export type Policy = Pick<Channel, 'rules' | 'fault' | 'line' | 'activeLow'>;

/** Reason why the next reading is the first of its line: the process has just started, or the relay has another line. */
type Anew = 'start' | 'moved';

/**
 * What has to be known of one relay to judge a command for it: who has it, when it moved, what it has to do by itself. It
 * outlives its board through a deploy. Durations are monotonic.
 */
export class Keeper {
  readonly claims: Claims;
  /** Set while it has to go off once it can be moved, though nothing holds it off any more. */
  owesOff = false;
  /** The id of the command that each rule goes back to; left out: it was before the process began, or nobody knows. */
  readonly armedBy = new Map<Rule, string>();
  readonly #clock: Clock;
  #policy: Policy;
  #state: boolean | null = null;
  #desired: boolean | null = null;
  /** State before the process began; null: not known. */
  #before: boolean | null = null;
  #isRestoring = false;
  #faultSince: string | null = null;
  /** When a flow last said what it wants, or was given the relay. */
  #fedAt = 0;
  #cycles = 0;
  #onFor = 0;
  readonly #times: Times;
  /** The line that it has, wherever that is. */
  #place: string;
  #anew: Anew | null = 'start';

  constructor(policy: Policy, clock: Clock, place = '') {
    this.#policy = policy;
    this.#clock = clock;
    this.#place = placeOf(policy, place);
    this.#times = new Times(policy.rules, clock);
    this.claims = new Claims(clock);
  }

  /** A deploy may have changed the rules, which moves nothing, or given it another line, which is taken as it is found. */
  follow(policy: Policy, place = ''): void {
    const { handFor } = policy.rules;
    if (handFor !== this.#policy.rules.handFor) this.claims.limitHand(handFor);
    this.#policy = policy;
    this.#times.follow(policy.rules);
    const now = placeOf(policy, place);
    if (now !== this.#place) this.letGo();
    this.#place = now;
  }

  /** Its line is no longer its own: what will be read next says nothing of what was wanted. */
  letGo(): void {
    this.#anew ??= 'moved';
  }

  /** True until a line of the relay was read in this process. */
  get isStarting(): boolean {
    return this.#anew === 'start';
  }

  /** What is to be there again after a start of the process. */
  get kept(): KeptRelay {
    return {
      state: this.#state ?? this.#before,
      desired: this.#desired,
      ...this.claims.kept,
      cycles: this.#cycles,
      onFor: Math.round(this.#onFor),
      ...(this.#faultSince !== null && { fault: this.#faultSince }),
      ...this.#times.kept,
    };
  }

  /** Returns what to keep before a command moves the relay for a time, which ends even if the process ends meanwhile. */
  planned({ by, force, for: duration = 0, why }: Command, state: boolean): KeptRelay {
    if (!force) return { ...this.kept, ...this.#times.planned(duration) };
    return { ...this.kept, forced: this.claims.planned({ by, state, for: duration, why }) };
  }

  /** Goes on with what was kept, before anything was read; minimum times begin anew. */
  restore(kept: KeptRelay): void {
    const { cycles, onFor, state, desired, fault } = kept;
    this.restoreClaims(kept);
    this.#times.restore(kept);
    // Earlier releases kept only what it was.
    this.#desired = desired ?? state;
    this.#before = state;
    this.#faultSince = fault ?? null;
    this.#cycles = cycles;
    this.#onFor = onFor;
  }

  restoreClaims(claims: Pick<KeptRelay, 'hand' | 'lock' | 'trip' | 'forced'>): void {
    this.claims.restore(claims, this.#policy.rules.handFor);
  }

  /** State of the line where the relay goes on as it was; null: not known. */
  get resumes(): boolean | null {
    return this.isOver ? false : this.#wanted;
  }

  /** True once the time that the relay may be on, or be forced, is over: it does not start on. */
  get isOver(): boolean {
    return this.claims.isForceOver || this.#times.left === 0;
  }

  /** Time that the relay may still be on once it has its turn, milliseconds; undefined: no limit. */
  get left(): number | undefined {
    return this.#times.left;
  }

  /** When it goes off by itself, on the monotonic clock, and why; null: not by itself. */
  get off(): Off | null {
    return this.claims.forced ? null : this.#times.off;
  }

  /** What it does by itself next; null: nothing. */
  get due(): Due | null {
    const { claims, off } = this;
    return earliest([
      [claims.forcedUntil, 'force'],
      [claims.handUntil, 'hand-end'],
      [off?.at ?? null, off?.why ?? 'pulse'],
      [this.#starvedAt, 'watchdog'],
    ]);
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

  /**
   * Takes over the first reading of a board. At a start of the process what the line was opened as is wanted; a board of a
   * deploy, or one that is back, changes nothing of what is wanted. `isToGoOn`: it goes on in its turn.
   */
  find(state: boolean, initial: OutputLine['initial'] = 'keep', isToGoOn = false): void {
    const { forced } = this.claims;
    // A start that makes it otherwise ends the force.
    if (this.#anew !== null && forced && forced.state !== state) this.claims.unforce();
    this.#desired = isToGoOn || (this.claims.forced ? this.#desired : this.#wantedAfter(state, initial));
    this.#isRestoring = isToGoOn;
    this.#anew = null;
    this.owesOff &&= state;
    this.#fedAt = this.#clock.monotonic();
    this.observe(state);
    if (!isToGoOn) this.#times.forget();
  }

  /** It is made so. What is forced is so for a time only. */
  want(state: boolean): void {
    this.owesOff = false;
    this.#desired = state;
    this.#isRestoring = false;
    this.#times.forget();
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
    if (owner === 'auto' && !this.claims.isAuto) return;
    this.#times.stayOn(ms);
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
    // On is its fault or trip state then, and nothing keeps it from there.
    if (this.claims.lock || this.claims.trip) return undefined;
    return this.#times.judge(wanted, duration);
  }

  /** Returns whether this state is wanted of the relay; a line that it has just got may be as it is found. */
  wants(state: boolean): boolean {
    return this.#anew === 'moved' || this.#wanted === state;
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

  #wantedAfter(state: boolean, initial: OutputLine['initial']): boolean {
    const last = this.#desired ?? state;
    if (this.#anew === 'moved') return state;
    return this.#anew === null || initial === 'keep' ? last : initial;
  }

  #move(state: boolean): void {
    // Found on at the first reading it was not switched on.
    if (state && this.#state === false) this.#cycles += 1;
    if (!state && this.#state === true) this.#onFor += this.#clock.monotonic() - this.#times.movedAt;
    this.#state = state;
    this.#times.move(state);
  }

  #judgeFault(): void {
    const wanted = this.#wanted;
    const isWrong = !this.#isRestoring && wanted !== null && this.#state !== null && this.#state !== wanted;
    this.#faultSince = isWrong ? (this.#faultSince ?? isoTime(this.#clock.now())) : null;
  }
}

function placeOf({ line, activeLow }: Policy, place: string): string {
  return `${place} ${line} ${activeLow}`;
}
