import { isoTime } from '../base/clock.ts';
import { because } from '../base/cause.ts';
import { asError } from '../base/errors.ts';
import { nameKey } from '../base/text.ts';
import { Wake } from '../base/wake.ts';
import type { OutputLine } from '../gpio/driver.ts';
import { levelAtExit, outputOf, type Channel } from './channels.ts';
import { newCommand } from './command.ts';
import { conditionsOf, type ConditionWatch } from './condition-watch.ts';
import type { ContactWatch } from './contact-watch.ts';
import { Evidence } from './evidence.ts';
import { Outside, OUTSIDE } from './outside.ts';
import type { Place } from './interlocks.ts';
import { actOf, type Act } from './due.ts';
import type { Keeper } from './keeper.ts';
import { overdue } from './goal.ts';
import { newMemory, type Home, type Memory } from './home.ts';
import { recall, type Past } from './past.ts';
import { Restoring } from './restoring.ts';
import { RelayCommands, type Commanded } from './relay-commands.ts';
import { unknownRecord, withClaims, withoutState, withState } from './record.ts';
import type { Command, KeptRelay, RelayRecord, Result } from './relay.ts';
import type { Remembered } from './remembered.ts';

/** One relay of a board, from its opening to its close: what is known of it, told, kept, and done by itself. */
export class BoardRelay implements Commanded {
  readonly channel: Channel;
  readonly home: Home;
  readonly #commands: RelayCommands;
  readonly remembered: Remembered;
  readonly keeper: Keeper;
  /** In its interlock, where it has one. */
  readonly place: Place | undefined;
  /** Its trips and permits, where it has some. */
  readonly conditions: ConditionWatch | undefined;
  readonly #memory: Memory;
  /** Initial state that the line was opened with. */
  #initial: OutputLine['initial'] = 'keep';
  /** Evidence that proves the relay's state. */
  readonly evidence: Evidence;
  /** For what it does next by itself. */
  readonly #wake: Wake;
  readonly restoring: Restoring;
  readonly #outside: Outside;
  #record: RelayRecord;
  /** State that was kept last, as JSON; undefined: none was. */
  #kept: string | undefined;

  constructor(channel: Channel, home: Home) {
    const { id, rules } = channel;
    const { memory, clock, interlocks, driver, name } = home;
    this.channel = channel;
    this.home = home;
    this.#commands = new RelayCommands(this);
    this.#wake = new Wake(clock, () => this.#whenDue());
    const known = memory.get(nameKey(id)) ?? newMemory(channel, home.place, clock);
    memory.set(nameKey(id), known);
    known.keeper.follow(channel, home.place);
    this.#memory = known;
    this.remembered = known.remembered;
    this.keeper = known.keeper;
    this.place =
      rules.interlock === null ? undefined : interlocks.join(rules.interlock, id, rules.changeOver);
    this.evidence = new Evidence(channel, home, known.contact, () => this.#contactChanged());
    const act = (wish: Act): Promise<Result | undefined> => this.#act(wish);
    this.restoring = new Restoring(this, clock, act);
    this.#outside = new Outside(this, home, act);
    this.conditions = conditionsOf(this, act, () => {
      this.restoring.retry();
      this.#retell();
    });
    const record = unknownRecord(channel, name, driver.simulated, this.refusal().reason, this.#now());
    this.#record = withClaims(record, known.keeper, clock);
  }

  get record(): RelayRecord {
    return this.#record;
  }

  /** Feedback that verifies the relay, where it has one. */
  get contact(): ContactWatch | undefined {
    return this.evidence.contact;
  }

  get isBusy(): boolean {
    return this.#commands.isBusy;
  }

  /** Resolves when all that was asked of it until now is over. */
  idle(): Promise<void> {
    return this.#commands.idle();
  }

  /** True once the kept state of the relay is known: before that nothing is done, and nothing kept. */
  get isPrepared(): boolean {
    return this.#memory.past !== 'unread';
  }

  /** Returns the line as it is opened for the first time. A relay whose time is over does not start on. */
  output(staggered: boolean): OutputLine {
    const { lock, trip, forced } = this.keeper.claims;
    const known = { lock, trip, desired: this.keeper.resumes };
    const output = outputOf(this.channel, known, staggered && !forced);
    const { initial } = !lock && !trip && this.keeper.isOver ? { initial: false } : output;
    this.#initial = initial;
    return { ...output, initial };
  }

  /** What it becomes when the process ends, in order or by an error; undefined: it is left as it is. */
  atExit(isFault: boolean): boolean | undefined {
    return levelAtExit(this.channel, this.keeper.claims, isFault);
  }

  /** Takes over what was before the process began, and logs what happened while no board had it. */
  prepare(past: Past): void {
    const before = recall(this.#memory, this.channel.id, past);
    this.#kept = JSON.stringify(before);
    for (const entry of this.#memory.meanwhile.splice(0)) void this.home.log(entry).catch(() => {});
    this.#retell();
  }

  /** Its board is open, and its line reads so. Returns whether it is still to go on, as it was before the process began. */
  found(state: boolean): boolean {
    const keeper = this.keeper;
    const { lock, trip } = keeper.claims;
    const isToGoOn =
      (keeper.isStarting || keeper.isRestoring) &&
      this.channel.start === 'restore' &&
      keeper.resumes === true &&
      !state &&
      !lock &&
      !trip;
    const isOutside =
      this.channel.others &&
      !keeper.isStarting &&
      !isToGoOn &&
      !keeper.owesOff &&
      !keeper.wants(state) &&
      !this.evidence.isDoubtful;
    this.#take(state, isOutside ? OUTSIDE : null, () => {
      keeper.find(state, this.#initial, isToGoOn);
      if (isOutside) this.#outside.moved(state);
    });
    this.conditions?.start();
    this.#enforce(state);
    return isToGoOn;
  }

  /** A line that was held through a failure knows nothing of a trip or a lock-out that came meanwhile. */
  #enforce(state: boolean): void {
    const act = overdue(this.keeper, this.channel.fault, state);
    if (act) void this.#act(act);
  }

  /** Takes over what was read: while nobody asked, or after `by` had it switched. */
  observe(state: boolean, by: string | null = null): void {
    const { state: before } = this.#record;
    // What was uncertain until now is found only now, and what is uncertain now was moved by nobody yet.
    const isFound = before !== null && this.evidence.verified === null;
    const isMoved =
      by === null && before !== null && (before !== state || isFound) && !this.evidence.isDoubtful;
    const isOutside = this.channel.others && isMoved && !this.keeper.wants(state);
    this.#take(state, isOutside ? OUTSIDE : by, () => {
      this.keeper.observe(state);
      if (isOutside) this.#outside.moved(state);
    });
    if (isMoved && isFound && !isOutside) this.#enforce(state);
  }

  /** Executes one command, once all earlier ones are over. Never rejects. */
  command(command: Command): Promise<Result> {
    return this.#commands.command(command);
  }

  /** Nothing is known of it until the driver is opened again. */
  withdraw(reason: string, isLost = false): void {
    this.rest();
    this.place?.observe(null);
    this.#update(withoutState(this.#record, reason, this.#now()));
    if (isLost) this.#wait();
  }

  /** It does nothing by itself any more. */
  rest(): void {
    this.#wake.stop();
    this.restoring.cancel();
    this.contact?.rest();
    this.conditions?.rest();
  }

  /** It is nobody's concern any more. */
  leave(): void {
    this.place?.leave();
  }

  /** A contact may be other than its line: the relay is off only once both are. */
  #contactChanged(): void {
    const { state } = this.#record;
    if (state !== null) this.place?.observe(this.evidence.occupies(state));
    this.#retell();
  }

  /** Tells what is other than before, and waits for what it does next by itself. */
  arm(): void {
    this.#retell();
    this.#persist();
    this.#wait();
  }

  #wait(): void {
    const { due } = this.keeper;
    const { status, driver } = this.home;
    // Where outputs can be set without being read, what ends by time is tried at its time.
    if (due && (status().available || driver.attempt)) return this.#wake.by(due.at);
    this.#wake.stop();
    this.home.attend();
  }

  #whenDue(): void {
    const { due } = this.keeper;
    // Commands since then may have put it off.
    if (!due || due.at > this.home.clock.monotonic()) return this.#wait();
    void this.#act(actOf(due, this.channel));
  }

  /** In its turn and into the log as any command; its result is for nobody. */
  async #act({ rule, via = 'rule', cause: led = [], ...wish }: Act): Promise<Result | undefined> {
    const { clock, name: from } = this.home;
    const armed = this.keeper.armedBy.get(rule);
    const cause = because(led, { kind: 'rule', id: rule, ...(armed !== undefined && { command: armed }) });
    const relay = this.channel.id;
    const command = newCommand({ ...wish, relay, from, owner: 'safety', via, cause }, clock);
    try {
      return await this.#commands.answer(command);
    } catch (error) {
      this.home.lose(asError(error));
      return undefined;
    }
  }

  /** Tells of a relay whose claims, faults or time to go off are other than its record says. */
  #retell(): void {
    const record = withClaims(this.#record, this.keeper, this.home.clock, this);
    if (record !== this.#record) this.#update(record);
  }

  refusal(): { code: 'unavailable'; reason: string } {
    const status = this.home.status();
    return { code: 'unavailable', reason: status.available ? '' : status.reason };
  }

  /** Takes over what was read from the line. A board that failed meanwhile stays so until it is opened. */
  #take(state: boolean, by: string | null, take: () => void): void {
    if (!this.home.status().available) return;
    take();
    this.evidence.observe(state);
    this.place?.observe(this.evidence.occupies(state));
    const { clock } = this.home;
    const isSame = this.#record.state === state;
    const record = isSame
      ? this.#record
      : withState(this.#record, state, this.home.driver.verified, by, this.#now());
    const told = withClaims(record, this.keeper, clock, this);
    if (told !== this.#record) this.#update(told);
    if (!isSame) this.conditions?.check();
    this.#wait();
  }

  #update(record: RelayRecord): void {
    const previous = this.#record;
    this.#record = record;
    if (record.available) this.#persist();
    this.home.changed({ id: record.id, relay: record, previous });
  }

  /** Keeps what has to survive a start of the process, where it is other than before. */
  #persist(): void {
    // A trip may come before it is known what was kept, which must not be lost by it.
    if (!this.isPrepared) return;
    const { kept } = this.keeper;
    if (JSON.stringify(kept) !== this.#kept) this.plan(kept);
  }

  /** Keeps what a command will have made of it, until it is known what it has. */
  plan(kept: KeptRelay): void {
    this.#kept = JSON.stringify(kept);
    this.home.keep(this.channel.id, kept);
  }

  #now(): string {
    return isoTime(this.home.clock.now());
  }
}
