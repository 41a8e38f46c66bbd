import { isoTime } from '../base/clock.ts';
import { quote } from '../base/text.ts';
import type { Channel } from './channels.ts';
import { entryOf, type CommandEntry } from './command-entry.ts';
import type { ConditionWatch } from './condition-watch.ts';
import type { ContactWatch } from './contact-watch.ts';
import { goalOf } from './goal.ts';
import type { Home } from './home.ts';
import type { Place } from './interlocks.ts';
import type { Keeper } from './keeper.ts';
import { MAX_WAITING } from './limits.ts';
import { Intents, isRepeatable } from './intent.ts';
import { switchLine } from './lines.ts';
import { CLAIMS } from './relay.ts';
import type { Action, Claiming, Command, KeptRelay, Move, RelayRecord, Result } from './relay.ts';
import type { Remembered } from './remembered.ts';
import type { Restoring } from './restoring.ts';
import { CROWDED, GONE, NO_TIME, resultOf, word } from './result.ts';
import type { Outcome } from './result.ts';
import { Turns } from './turns.ts';

/** What carrying out commands needs of their relay. */
export interface Commanded {
  readonly channel: Channel;
  readonly home: Home;
  readonly keeper: Keeper;
  readonly remembered: Remembered;
  /** In its interlock, where it has one. */
  readonly place: Place | undefined;
  /** What verifies it, where something does. */
  readonly contact: ContactWatch | undefined;
  /** Its trips and permits, where it has some. */
  readonly conditions: ConditionWatch | undefined;
  readonly record: RelayRecord;
  /** True once the kept state of the relay is known. */
  readonly isPrepared: boolean;
  /** Why it is not available, where it is not. */
  refusal(): { code: 'unavailable'; reason: string };
  /** Its line reads so, which `by` has made so; left out: nobody knows who. */
  observe(state: boolean, by?: string): void;
  readonly restoring: Pick<Restoring, 'cancel'>;
  /** Keeps what a command will have made of it, until it is known what it has. */
  plan(kept: KeptRelay): void;
  /** Tells what is other than before, and waits for what it does next by itself. */
  arm(): void;
}

/** The commands of one relay: one at a time, each judged, carried out, read back and logged. */
export class RelayCommands {
  readonly #relay: Commanded;
  readonly #turns = new Turns(MAX_WAITING);
  readonly #intents: Intents;

  constructor(relay: Commanded) {
    this.#relay = relay;
    this.#intents = new Intents(relay.home.clock, (entry) => this.#append(entry));
  }

  get isBusy(): boolean {
    return this.#turns.isBusy;
  }

  /** Resolves when all that was asked until now is over. */
  idle(): Promise<void> {
    return this.#turns.idle();
  }

  /** Executes one command, once all earlier ones are over. Never rejects. */
  command(command: Command): Promise<Result> {
    // Not remembered either: an id that was executed before the process began is still to be found.
    if (!this.#relay.isPrepared) return this.answer(command);
    const before = this.#relay.remembered.get(command.id);
    if (before) {
      return before.then((result) => {
        // What became of the command is of then; what the relay is, is of now.
        const { state, verified, rev } = this.#relay.record;
        return { ...result, code: 'duplicate', state, verified, rev, at: this.#now() };
      });
    }
    const answer = this.answer(command);
    this.#relay.remembered.add(command.id, answer, command.by);
    return answer;
  }

  /** As {@link RelayCommands.command} does, for a command that nobody can send twice. */
  async answer(command: Command): Promise<Result> {
    const { clock, driver } = this.#relay.home;
    const result = (outcome: Outcome): Omit<Result, 'logged'> =>
      resultOf(command, outcome, this.#relay.record, clock, driver.verified);
    // Latched before its turn: what waits before it switches nothing on any more.
    if (command.action === 'trip' && !this.#lateness(command)) this.#latch(command);
    // A flow that runs wild must keep nobody from going off for safety's sake, or from locking the relay out.
    const mustRun = command.owner === 'safety' || command.action === 'lock' || command.action === 'trip';
    const turn = this.#turns.take(async () => result(await this.#execute(command)), mustRun);
    const answer = await (turn ?? result(CROWDED));
    const logging = this.#log(command, answer);
    const verified = await this.#verify(command, answer);
    const logged = await logging;
    if (verified.code === answer.code) return { ...verified, logged };
    return { ...verified, logged: (await this.#log(command, verified)) && logged };
  }

  /** Waits for the contact of a relay that is as it was wanted. Its turn is over by then: nobody waits to switch it off. */
  async #verify(command: Command, answer: Omit<Result, 'logged'>): Promise<Omit<Result, 'logged'>> {
    const contact = this.#relay.contact;
    const { ok, state } = answer;
    if (!contact || !ok || state === null || !this.#relay.home.status().available) return answer;
    // Who has it is no matter of its contact.
    if (isClaim(command.action) && command.action !== 'lock' && command.action !== 'trip') return answer;
    const verdict = await contact.settled(state);
    const at = this.#now();
    const { clock, driver } = this.#relay.home;
    const { verified } = driver;
    if (verdict === 'follows') return { ...answer, verified: 'contact', at };
    if (verdict === 'unknown') return { ...answer, at, verified, reason: contact.reason };
    if (verdict === 'superseded') return { ...answer, at, verified, reason: NO_TIME };
    const outcome: Outcome = { code: 'readback-mismatch', state, reason: contact.reason };
    return { ...resultOf(command, outcome, this.#relay.record, clock), verified };
  }

  /** What is done is done: a log that fails shows in the result alone. */
  async #log(command: Command, answer: Omit<Result, 'logged'>): Promise<boolean> {
    const isLogged = await this.#append(entryOf(command, answer));
    return isLogged && (await this.#intents.isLogged(command));
  }

  async #append(entry: CommandEntry): Promise<boolean> {
    try {
      return await this.#relay.home.log(entry);
    } catch {
      return false;
    }
  }

  async #execute(command: Command): Promise<Outcome> {
    const { action, owner } = command;
    // What protects a machine is latched even before it is known what was kept.
    if (!this.#relay.isPrepared && action !== 'trip') return this.#relay.refusal();
    const late = this.#lateness(command);
    if (late) return late;
    if (owner === 'auto') {
      this.#relay.keeper.feed();
      this.#relay.keeper.armedBy.set('watchdog', command.id);
    }
    if (isClaim(action)) return this.#claim(command, action);
    if (!this.#relay.home.status().available) {
      if (owner === 'safety' && action !== 'toggle') this.#attempt(action);
      return this.#relay.refusal();
    }
    const move = (): Promise<Outcome> => this.#move(command, action);
    return action !== 'off' && this.#relay.place ? this.#relay.place.alone(move) : move();
  }

  /** Who has a relay is known also while its board is not available: it is locked out when the board is back. */
  async #claim(command: Command, claim: Claiming): Promise<Outcome> {
    const { claims } = this.#relay.keeper;
    const { by, owner, why = '' } = command;
    const refused = claims.judgeClaim(owner, claim) ?? (claim === 'reset' ? this.#mayReset() : undefined);
    if (refused) return refused;
    const isAvailable = this.#relay.home.status().available;
    if (claim === 'reset' && !claims.trip) return { code: 'unchanged', reason: 'it has not tripped' };
    const goal = goalOf(claim, owner, claims, this.#relay.channel.fault);
    if (claim === 'reset') {
      claims.reset();
      this.#relay.keeper.feed();
    } else if (claim === 'unlock') this.#relay.keeper.unlock();
    else if (claim === 'lock') {
      claims.lockOut(by, why, owner);
      this.#relay.keeper.armedBy.set('lock-out', command.id);
    } else if (claim === 'hand') this.#takeInHand(by);
    else if (claim === 'auto') this.#release(owner, isAvailable);
    this.#relay.arm();
    if (goal === null) return { code: 'done' };
    this.#relay.restoring.cancel();
    if (isAvailable) return this.#move({ ...command, owner: 'safety' }, goal);
    // What it was forced away from is wanted no more either.
    if (claim !== 'auto') {
      this.#relay.keeper.want(goal === 'on');
      this.#relay.keeper.owesOff = goal === 'off';
    }
    const when = this.#attempt(goal)
      ? `${goal} was sent, and is confirmed once its board is available`
      : `it goes ${goal} once its board is available`;
    return { code: 'done', reason: `${when} (${this.#relay.refusal().reason})` };
  }

  /** Sends what safety wants to outputs that cannot be read. Returns whether something was sent. */
  #attempt(goal: Move): boolean {
    const { home, channel } = this.#relay;
    return home.driver.attempt?.(new Map([[channel.line, goal === 'on']])) ?? false;
  }

  #latch({ id, by, why = '' }: Command): void {
    const { keeper, channel } = this.#relay;
    if (keeper.claims.trip) return;
    keeper.claims.latch(by, why, channel.fault === 'on');
    keeper.armedBy.set('trip', id);
    this.#relay.arm();
  }

  #release(owner: Command['owner'], isAvailable: boolean): void {
    const { keeper } = this.#relay;
    if (owner === 'safety' && keeper.claims.isHandOver) return keeper.giveBack();
    if (isAvailable) keeper.unforce();
    else keeper.claims.expire();
    // A force that is over leaves the relay to whoever had it before.
    if (owner !== 'safety') keeper.giveBack();
  }

  /** Returns the refusal where a trip cannot be reset yet; undefined where it can. */
  #mayReset(): Outcome | undefined {
    const { trip } = this.#relay.keeper.claims;
    const causes = (trip && this.#relay.conditions?.causes(trip.by)) ?? [];
    if (causes.length === 0) return undefined;
    return {
      code: 'tripped',
      reason: `it cannot be reset while this is so: ${causes.map(({ by, reason }) => `${reason} (${quote(by)})`).join(', ')}`,
    };
  }

  async #move(command: Command, move: Move): Promise<Outcome> {
    const { by, owner, force = false } = command;
    const { line, fault } = this.#relay.channel;
    const keeper = this.#relay.keeper;
    const check = (wanted: boolean): Outcome | undefined =>
      this.#lateness(command) ??
      keeper.judge(owner, wanted, command) ??
      (wanted ? (this.#relay.conditions?.judge() ?? this.#relay.place?.judge()) : undefined);
    const judge = async (wanted: boolean): Promise<Outcome | undefined> => {
      let refused = check(wanted);
      if (!refused && isRepeatable(command)) {
        if (command.for !== undefined) this.#relay.plan(keeper.planned(command, wanted));
        await this.#intents.begin(command, { state: this.#relay.record.state, wanted, fault });
        // The disk may have taken its time.
        refused = check(wanted);
        if (refused) this.#relay.arm();
      }
      if (refused || force) return refused;
      if (owner === 'hand') this.#takeInHand(by);
      return undefined;
    };
    try {
      const switched = await switchLine(this.#relay.home.driver, line, move, judge);
      // Whoever moved the line past this board is not the one who asks now.
      if ('code' in switched) {
        if (switched.state !== undefined) this.#relay.observe(switched.state);
        return switched;
      }
      const { before, wanted, after, isWritten } = switched;
      if (before !== this.#relay.record.state) this.#relay.observe(before);
      // Where nothing had to be moved nothing was judged, but to want it so one needs the right all the same.
      const refused = isWritten ? undefined : keeper.claims.judge(owner, wanted, force);
      if (refused && force) return { ...refused, state: before };
      if (!refused) this.#relay.restoring.cancel();
      if (!refused && !force) keeper.want(wanted);
      if (isWritten) this.#relay.observe(after, by);
      if (after !== wanted) {
        const reason = `line ${line} was switched ${word(wanted)}, but reads ${word(after)}`;
        return { code: 'readback-mismatch', state: after, reason };
      }
      if (force) keeper.force({ by, state: wanted, for: command.for!, why: command.why });
      else if (wanted && !refused) keeper.stayOn(owner, command.for);
      if (!refused) keeper.arm(command, wanted, before !== wanted);
      // Whoever finds it as wanted has it in hand as whoever moved it.
      if (owner === 'hand' && !force && !refused) this.#takeInHand(by);
      this.#relay.arm();
      return { code: isWritten ? 'done' : 'unchanged', state: after };
    } catch (error) {
      return { code: 'unavailable', reason: this.#relay.home.lose(error) };
    }
  }

  #takeInHand(by: string): void {
    // By hand is no longer by force.
    this.#relay.keeper.unforce();
    this.#relay.keeper.claims.takeInHand(by, this.#relay.channel.rules.handFor);
  }

  /** Why a command comes too late; undefined where it does not. */
  #lateness({ ttl, issued, gone }: Command): Outcome | undefined {
    if (gone?.()) return GONE;
    const age = this.#relay.home.clock.monotonic() - issued;
    if (ttl === undefined || age <= ttl) return undefined;
    const reason = `the command was valid for ${ttl} ms and is ${Math.round(age)} ms old`;
    return { code: 'expired', reason };
  }

  #now(): string {
    return isoTime(this.#relay.home.clock.now());
  }
}

function isClaim(action: Action): action is Claiming {
  return (CLAIMS as readonly string[]).includes(action);
}
