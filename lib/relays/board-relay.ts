import { isoTime } from '../base/clock.ts';
import type { Cancel, Clock } from '../base/clock.ts';
import { asError } from '../base/errors.ts';
import { Wake } from '../base/wake.ts';
import type { GpioDriver, OutputLine } from '../gpio/driver.ts';
import { outputOf, type Channel } from './channels.ts';
import { newCommand } from './command.ts';
import { ContactWatch, type Contacts } from './contact-watch.ts';
import { Interlocks, type Place } from './interlocks.ts';
import { Keeper } from './keeper.ts';
import type { BoardStatus } from './kept-open.ts';
import { MAX_WAITING } from './limits.ts';
import { switchLine } from './lines.ts';
import { unknownRecord, withClaims, withoutState, withState } from './record.ts';
import { CLAIMS } from './relay.ts';
import type {
  Action,
  Claiming,
  Command,
  KeptRelay,
  Move,
  RelayChange,
  RelayRecord,
  Result,
} from './relay.ts';
import { Remembered } from './remembered.ts';
import { resultOf } from './result.ts';
import type { Outcome } from './result.ts';
import { Turns } from './turns.ts';

/** What is known of a relay beyond the life of its board. */
export interface Memory {
  readonly remembered: Remembered;
  readonly keeper: Keeper;
}

/** What a relay needs of its board. */
export interface Home {
  readonly name: string;
  readonly driver: GpioDriver;
  readonly clock: Clock;
  readonly interlocks: Interlocks;
  readonly contacts: Contacts;
  /** What earlier boards of the same relays knew of them, by relay id. */
  readonly memory: Map<string, Memory>;
  readonly status: () => BoardStatus;
  /** The driver failed; returns the reason, for a person. */
  readonly lose: (error: unknown) => string;
  readonly log: (entry: Readonly<Record<string, unknown>>) => Promise<boolean>;
  readonly keep: (id: string, kept: KeptRelay) => void;
  readonly changed: (change: RelayChange) => void;
}

/** One relay of a board: one command at a time, each judged, read back and logged. */
export class BoardRelay {
  readonly channel: Channel;
  readonly #home: Home;
  readonly #turns = new Turns(MAX_WAITING);
  readonly #remembered: Remembered;
  readonly #keeper: Keeper;
  /** In its interlock, where it has one. */
  readonly #place: Place | undefined;
  /** What verifies it, where something does. */
  readonly #contact: ContactWatch | undefined;
  /** Whether no earlier board in this process has had it. */
  readonly #isNew: boolean;
  /** For what it does next by itself. */
  readonly #wake: Wake;
  #cancelRestore: Cancel = () => {};
  #record: RelayRecord;
  /** What was kept of it last, as JSON. */
  #kept = '';

  constructor(channel: Channel, home: Home) {
    const { id, rules, contact } = channel;
    const { memory, clock, contacts, interlocks, driver, name } = home;
    this.channel = channel;
    this.#home = home;
    this.#wake = new Wake(clock, () => this.#whenDue());
    this.#isNew = !memory.has(id);
    const known = memory.get(id) ?? {
      remembered: new Remembered(clock),
      keeper: new Keeper(channel, clock),
    };
    memory.set(id, known);
    known.keeper.follow(channel);
    this.#remembered = known.remembered;
    this.#keeper = known.keeper;
    this.#place =
      rules.interlock === null ? undefined : interlocks.join(rules.interlock, id, rules.changeOver);
    this.#contact =
      contact === null
        ? undefined
        : new ContactWatch({
            contact,
            contacts,
            clock,
            otherwise: driver.verified,
            changed: () => this.#contactChanged(),
          });
    const record = unknownRecord(channel, name, driver.simulated, this.#refusal().reason, this.#now());
    this.#record = withClaims(record, known.keeper, clock);
  }

  get record(): RelayRecord {
    return this.#record;
  }

  get isBusy(): boolean {
    return this.#turns.isBusy;
  }

  /** Resolves when all that was asked of it until now is over. */
  idle(): Promise<void> {
    return this.#turns.idle();
  }

  /** What its line becomes where it is opened for the first time. */
  output(staggered: boolean): OutputLine {
    const { lock } = this.#keeper.claims;
    return outputOf(this.channel, { lock, desired: this.#keeper.kept.desired }, staggered);
  }

  /** What it becomes when the process ends, in order or by an error; undefined: it is left as it is. */
  atExit(isFault: boolean): boolean | undefined {
    const { lock } = this.#keeper.claims;
    const policy = isFault || lock?.owner === 'safety' ? this.channel.fault : this.channel.end;
    if (policy === 'hold') return undefined;
    return policy === 'on' && (!lock || lock.owner === 'safety');
  }

  /** What of it was kept before the process began, and which commands were answered then. `unsafe`: why it must not start. */
  prepare(
    kept: KeptRelay | undefined,
    answered: ReadonlyMap<string, Result>,
    unsafe: string | undefined,
  ): void {
    // What an earlier board in this process knows is newer than what was kept.
    if (this.#isNew) {
      if (kept) this.#keeper.restore(kept);
      for (const [id, result] of answered) this.#remembered.add(id, Promise.resolve(result));
      if (unsafe !== undefined && !this.#keeper.claims.lock) {
        this.#keeper.claims.lockOut(SAFE_MODE, unsafe, 'safety');
      }
    }
    this.#kept = JSON.stringify(this.#keeper.kept);
    this.#retell();
  }

  /** Its board is open, and its line reads so. Returns whether it is still to go on, as it was before the process began. */
  found(state: boolean): boolean {
    const keeper = this.#keeper;
    const { desired, lock } = keeper.kept;
    const isToGoOn =
      (this.#isNew || keeper.isRestoring) &&
      this.channel.start === 'restore' &&
      desired === true &&
      !state &&
      !lock;
    this.#take(state, null, () => keeper.find(state, isToGoOn));
    // A line that was held through a failure knows nothing of a lock-out that came meanwhile.
    if (lock && lock.owner !== 'safety' && state) void this.#act({ action: 'off', by: lock.by });
    return isToGoOn;
  }

  /** Is on again after so long, unless somebody wants something else meanwhile. Milliseconds. */
  restoreAfter(delay: number): void {
    this.#cancelRestore = this.#home.clock.after(delay, () => {
      void this.#act({ action: 'on', by: 'restore' }).then((result) => {
        // It may still have to rest, or another one may be on.
        if (result?.retry_after !== undefined) this.restoreAfter(result.retry_after);
        // Its board finds it anew.
        else if (result?.code !== 'unavailable') this.#keeper.want(this.#record.state ?? false);
      });
    });
  }

  /** Takes over what was read while nobody asked. */
  observe(state: boolean): void {
    this.#take(state, null, () => this.#keeper.observe(state));
  }

  /** Executes one command, once all earlier ones are over. Never rejects. */
  command(command: Command): Promise<Result> {
    const before = this.#remembered.get(command.id);
    if (before) {
      return before.then((result) => {
        // What became of the command is of then; what the relay is, is of now.
        const { state, verified, rev } = this.#record;
        return { ...result, code: 'duplicate', state, verified, rev, at: this.#now() };
      });
    }
    const answer = this.#answer(command);
    this.#remembered.add(command.id, answer);
    return answer;
  }

  /** Nothing is known of it until the driver is opened again. */
  withdraw(reason: string): void {
    this.rest();
    this.#place?.observe(null);
    this.#update(withoutState(this.#record, reason, this.#now()));
  }

  /** It does nothing by itself any more. */
  rest(): void {
    this.#wake.stop();
    this.#cancelRestore();
    this.#contact?.rest();
  }

  /** It is nobody's concern any more. */
  leave(): void {
    this.#place?.leave();
  }

  async #answer(command: Command): Promise<Result> {
    const result = (outcome: Outcome): Omit<Result, 'logged'> =>
      resultOf(command, outcome, this.#record, this.#home.clock, this.#home.driver.verified);
    // A flow that runs wild must keep nobody from going off for safety's sake, or from locking the relay out.
    const mustRun = command.owner === 'safety' || command.action === 'lock';
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
    const contact = this.#contact;
    const { ok, state } = answer;
    if (!contact || !ok || state === null || !this.#home.status().available) return answer;
    // Who has it is no matter of its contact.
    if (isClaim(command.action) && command.action !== 'lock') return answer;
    const verdict = await contact.settled(state);
    const at = this.#now();
    const { clock, driver } = this.#home;
    const { verified } = driver;
    if (verdict === 'follows') return { ...answer, verified: 'contact', at };
    if (verdict === 'unknown') return { ...answer, at, verified, reason: contact.reason };
    if (verdict === 'superseded') return { ...answer, at, verified, reason: NO_TIME };
    const outcome: Outcome = { code: 'readback-mismatch', state, reason: contact.reason };
    return { ...resultOf(command, outcome, this.#record, clock), verified };
  }

  /** A contact may be other than its line: the relay is off only once both are. */
  #contactChanged(): void {
    const { state } = this.#record;
    if (state !== null) this.#place?.observe(state || this.#contact?.shows === true);
    this.#retell();
  }

  /** What is done is done: a log that fails shows in the result alone. */
  async #log(command: Command, { code, state }: Omit<Result, 'logged'>): Promise<boolean> {
    const { id, relay, action, by, from, why, force } = command;
    const more = { ...(why && { why }), ...(force && { force, for: command.for }) };
    try {
      return await this.#home.log({ kind: 'command', id, relay, action, by, from, code, state, ...more });
    } catch {
      return false;
    }
  }

  async #execute(command: Command): Promise<Outcome> {
    const { action, owner } = command;
    const late = this.#lateness(command);
    if (late) return late;
    if (owner === 'auto') this.#keeper.feed();
    if (isClaim(action)) return this.#claim(command, action);
    if (!this.#home.status().available) return this.#refusal();
    const move = (): Promise<Outcome> => this.#move(command, action);
    return action !== 'off' && this.#place ? this.#place.alone(move) : move();
  }

  /** Who has a relay is known also while its board is not available: it is locked out when the board is back. */
  async #claim(command: Command, claim: Claiming): Promise<Outcome> {
    const { claims } = this.#keeper;
    const { by, owner, why = '' } = command;
    const refused = claims.judgeClaim(owner, claim);
    if (refused) return refused;
    const isAvailable = this.#home.status().available;
    const goal = this.#goalOf(claim, owner);
    if (claim === 'unlock') this.#keeper.unlock();
    else if (claim === 'lock') claims.lockOut(by, why, owner);
    else if (claim === 'hand') this.#takeInHand(by);
    else {
      if (isAvailable) this.#keeper.unforce();
      else claims.expire();
      // A force that is over leaves the relay to whoever had it before.
      if (owner !== 'safety') this.#keeper.giveBack();
    }
    this.#arm();
    if (goal === null) return { code: 'done' };
    this.#cancelRestore();
    if (isAvailable) return this.#move({ ...command, owner: 'safety' }, goal);
    return {
      code: 'done',
      reason: `it goes ${goal} once its board is available (${this.#refusal().reason})`,
    };
  }

  /** Where a relay goes because of who has it now; null: nowhere. */
  #goalOf(claim: Claiming, owner: Command['owner']): Move | null {
    const { forced } = this.#keeper.claims;
    // What was forced on has nobody who wants it on.
    if (claim === 'auto') return forced ? 'off' : null;
    if (claim !== 'lock') return null;
    // Who locks a machine out is about to reach into it; for safety's sake it goes where its channel says.
    if (owner !== 'safety') return 'off';
    return this.channel.fault === 'hold' ? null : this.channel.fault;
  }

  async #move(command: Command, move: Move): Promise<Outcome> {
    const { by, owner, force = false } = command;
    const { line } = this.channel;
    const keeper = this.#keeper;
    const judge = (wanted: boolean): Outcome | undefined => {
      const refused =
        this.#lateness(command) ??
        keeper.judge(owner, wanted, command) ??
        (wanted ? this.#place?.judge() : undefined);
      if (refused || force) return refused;
      if (owner === 'hand') this.#takeInHand(by);
      return undefined;
    };
    try {
      const switched = await switchLine(this.#home.driver, line, move, judge);
      // Whoever moved the line past this board is not the one who asks now.
      if ('code' in switched) {
        if (switched.state !== undefined) this.observe(switched.state);
        return switched;
      }
      const { before, wanted, after } = switched;
      if (before !== this.#record.state) this.observe(before);
      // Where nothing had to be moved nothing was judged, but to want it so one needs the right all the same.
      const refused = before === wanted ? keeper.claims.judge(owner, wanted, force) : undefined;
      if (refused && force) return { ...refused, state: before };
      if (!refused) this.#cancelRestore();
      if (!refused && !force) keeper.want(wanted);
      if (before !== wanted) this.#take(after, by, () => keeper.observe(after));
      if (after !== wanted) {
        const reason = `line ${line} was switched ${word(wanted)}, but reads ${word(after)}`;
        return { code: 'readback-mismatch', state: after, reason };
      }
      if (force) keeper.force({ by, state: wanted, for: command.for!, why: command.why });
      else if (wanted && !refused) keeper.stayOn(owner, command.for);
      // Whoever finds it as wanted has it in hand as whoever moved it.
      if (owner === 'hand' && !force && !refused) this.#takeInHand(by);
      this.#arm();
      return { code: before === wanted ? 'unchanged' : 'done', state: after };
    } catch (error) {
      return { code: 'unavailable', reason: this.#home.lose(error) };
    }
  }

  #takeInHand(by: string): void {
    // By hand is no longer by force.
    this.#keeper.unforce();
    this.#keeper.claims.takeInHand(by);
  }

  /** Why a command comes too late; undefined where it does not. */
  #lateness({ ttl, issued }: Command): Outcome | undefined {
    const age = this.#home.clock.monotonic() - issued;
    if (ttl === undefined || age <= ttl) return undefined;
    const reason = `the command was valid for ${ttl} ms and is ${Math.round(age)} ms old`;
    return { code: 'expired', reason };
  }

  /** Tells what is other than before, and waits for what it does next by itself. */
  #arm(): void {
    this.#retell();
    this.#persist();
    this.#wait();
  }

  #wait(): void {
    const { due } = this.#keeper;
    if (due && this.#home.status().available) this.#wake.by(due.at);
    else this.#wake.stop();
  }

  #whenDue(): void {
    const { due } = this.#keeper;
    // Commands since then may have put it off.
    if (!due || due.at > this.#home.clock.monotonic()) return this.#wait();
    if (due.why === 'watchdog') {
      const { watchdog } = this.channel.rules;
      const why = `no flow has said for ${watchdog! / 1000} s what it wants`;
      void this.#act({ action: 'lock', by: 'watchdog', why });
    } else if (due.why === 'force') void this.#act({ action: 'auto', by: 'force' });
    else void this.#act({ action: 'off', by: due.why });
  }

  /** In its turn and into the log as any command; its result is for nobody. */
  async #act(wish: { action: Action; by: string; why?: string }): Promise<Result | undefined> {
    const { clock, name: from } = this.#home;
    const command = newCommand({ ...wish, relay: this.channel.id, from, owner: 'safety' }, clock);
    try {
      return await this.#answer(command);
    } catch (error) {
      this.#home.lose(asError(error));
      return undefined;
    }
  }

  /** Tells of a relay whose claims, faults or time to go off are other than its record says. */
  #retell(): void {
    const record = withClaims(this.#record, this.#keeper, this.#home.clock, this.#contact);
    if (record !== this.#record) this.#update(record);
  }

  #refusal(): { code: 'unavailable'; reason: string } {
    const status = this.#home.status();
    return { code: 'unavailable', reason: status.available ? '' : status.reason };
  }

  /** Takes over what was read from the line. A board that failed meanwhile stays so until it is opened. */
  #take(state: boolean, by: string | null, take: () => void): void {
    if (!this.#home.status().available) return;
    take();
    this.#contact?.observe(state);
    this.#place?.observe(state || this.#contact?.shows === true);
    const { clock } = this.#home;
    const isSame = this.#record.state === state;
    const record = isSame
      ? this.#record
      : withState(this.#record, state, this.#home.driver.verified, by, this.#now());
    const told = withClaims(record, this.#keeper, clock, this.#contact);
    if (told !== this.#record) this.#update(told);
    this.#wait();
  }

  #update(record: RelayRecord): void {
    const previous = this.#record;
    this.#record = record;
    if (record.available) this.#persist();
    this.#home.changed({ id: record.id, relay: record, previous });
  }

  /** Keeps what has to survive a start of the process, where it is other than before. */
  #persist(): void {
    const { kept } = this.#keeper;
    const json = JSON.stringify(kept);
    if (json === this.#kept) return;
    this.#kept = json;
    this.#home.keep(this.channel.id, kept);
  }

  #now(): string {
    return isoTime(this.#home.clock.now());
  }
}

/** Who has a relay that is locked out because the process dies again and again at its start. */
export const SAFE_MODE = 'safe-mode';

const NO_TIME = 'its contact had no time to follow: the relay was switched again, or its board closed';

const CROWDED: Outcome = {
  code: 'unavailable',
  reason: `${MAX_WAITING} commands wait for this relay already`,
};

function isClaim(action: Action): action is Claiming {
  return (CLAIMS as readonly string[]).includes(action);
}

function word(on: boolean): string {
  return on ? 'on' : 'off';
}
