/**
 * What relays with rules have to do, said once more and as simply as can be: no promises, no timers, no driver. Boards are
 * compared with it command by command.
 */
import type { Rules } from '../../../lib/relays/rules.ts';
import { afterRestart, claimed, hold, type Ask, type State } from './reference-state.ts';

export class Reference {
  now = 0;
  /** How often a watchdog went off, and a force began. */
  trips = 0;
  forces = 0;
  /** Number of trips by conditions. */
  conditions = 0;
  /** Number of times that a line was found otherwise than it was left. */
  found = 0;
  readonly relays = new Map<string, State>();
  /** Facts of the conditions: relays with trips trip by the tank, relays with permits are permitted by the door. */
  readonly facts = { tank: false, door: true };
  /** Number of times that something ended while flows were stopped, and the error of the wall clock, milliseconds. */
  cared = 0;
  skew = 0;
  readonly #lost = new Set<number>();
  /** Boards that are lost because flows are stopped: their lines are held, and what ends by time does. */
  readonly #stopped = new Set<number>();

  add(id: string, board: number, rules: Rules): void {
    this.relays.set(id, {
      rules,
      board,
      on: false,
      wanted: false,
      owesOff: false,
      movedAt: this.now,
      starts: [],
      hand: false,
      handUntil: Infinity,
      handWall: Infinity,
      lock: null,
      tripped: null,
      forced: null,
      offAt: null,
      fedAt: this.now,
      seenOff: this.now,
      ids: new Set(),
    });
  }

  /** The tank is empty, or the door is closed, or not. */
  say(fact: 'tank' | 'door', is: boolean): void {
    this.facts[fact] = is;
    for (const relay of this.relays.values()) this.#judgeTrip(relay);
  }

  /** Nothing of this board can be known or moved. */
  lose(board: number): void {
    this.#lost.add(board);
  }

  /** The flows of this board are stopped. */
  stop(board: number): void {
    this.#lost.add(board);
    this.#stopped.add(board);
  }

  /**
   * Its process dies, and another one begins: all are off, so a force on is over, and one off goes on. Times go on by the wall
   * clock: none becomes longer than it is in all, and one that leapt ahead ends them.
   */
  restart(board: number): void {
    for (const relay of this.relays.values()) {
      if (relay.board !== board) continue;
      afterRestart(relay, this.now, this.skew);
      relay.ids.clear();
      this.#judgeTrip(relay);
    }
  }

  /** It is read again, `moved` otherwise than before; what was locked out or tripped meanwhile goes off now. */
  find(board: number, moved?: string): void {
    this.#lost.delete(board);
    this.#stopped.delete(board);
    for (const relay of this.relays.values()) {
      if (relay.board !== board) continue;
      if (this.relays.get(moved ?? '') === relay) this.#found(relay, !relay.on);
      if (!relay.on) relay.seenOff = this.now;
      relay.fedAt = this.now;
      this.#judgeTrip(relay);
      if (relay.tripped || relay.lock !== null || relay.owesOff) this.#move(relay, false);
      relay.owesOff = false;
    }
  }

  /** When the next relay does something by itself. */
  nextDue(): number {
    return Math.min(...Array.from(this.relays.values(), (relay) => this.#due(relay)));
  }

  /** Lets time come to `now`, and happen what is due. */
  reach(now: number): void {
    this.now = now;
    for (const relay of this.relays.values()) {
      if (this.#handDue(relay) <= now) this.#giveBack(relay);
      if (this.#moveDue(relay) > now) continue;
      if (this.#stopped.has(relay.board)) this.cared += 1;
      if (relay.forced) this.#unforce(relay);
      else if (this.#starves(relay) < (relay.offAt ?? Infinity)) {
        relay.lock = 'safety';
        this.trips += 1;
      }
      this.#move(relay, false);
    }
  }

  /** Returns whether nothing ends by itself on this board. */
  #isIdle(board: number): boolean {
    return this.#lost.has(board) && !this.#stopped.has(board);
  }

  #due(relay: State): number {
    return Math.min(this.#handDue(relay), this.#moveDue(relay));
  }

  #handDue({ board, hand, handUntil }: State): number {
    return hand && !this.#isIdle(board) ? handUntil : Infinity;
  }

  #moveDue(relay: State): number {
    if (this.#isIdle(relay.board)) return Infinity;
    return relay.forced ? relay.forced.until : Math.min(relay.offAt ?? Infinity, this.#starves(relay));
  }

  #starves({ rules, on, hand, lock, tripped, forced, fedAt }: State): number {
    return rules.watchdog === null || !on || hand || lock || tripped || forced
      ? Infinity
      : fedAt + rules.watchdog;
  }

  /** What has to become of a command. */
  ask(name: string, asked: Ask): string {
    const relay = this.relays.get(name)!;
    if (relay.ids.has(asked.id)) return 'duplicate';
    relay.ids.add(asked.id);
    if (asked.ttl !== undefined && asked.age > asked.ttl) return 'expired';
    const { action, owner } = asked;
    const isLost = this.#lost.has(relay.board);
    const isFlow = owner === 'auto';
    if (isFlow) relay.fedAt = this.now;
    switch (action) {
      case 'hand':
        if (isFlow) return 'invalid';
        this.#take(relay);
        return 'done';
      case 'auto': {
        if (isFlow && (relay.forced || relay.hand)) return 'not-in-auto';
        const { forced } = relay;
        if (forced && isLost) relay.forced = { ...forced, until: this.now };
        else this.#unforce(relay);
        this.#giveBack(relay);
        return forced && !isLost ? this.#goOff(relay) : 'done';
      }
      case 'unlock':
        if (isFlow && relay.lock !== null && relay.lock !== 'auto') return 'locked';
        relay.lock = null;
        relay.fedAt = this.now;
        return 'done';
      case 'lock':
        if (isFlow && relay.lock !== null && relay.lock !== 'auto') return 'locked';
        relay.lock = owner;
        this.#dropForce(relay);
        return this.#goOff(relay);
      case 'trip':
        relay.tripped ??= owner;
        this.#dropForce(relay);
        return this.#goOff(relay);
      case 'reset':
        if (isFlow) return 'invalid';
        if (!relay.tripped) return 'unchanged';
        if (this.#isCause(relay)) return 'tripped';
        relay.tripped = null;
        relay.fedAt = this.now;
        return 'done';
      default: {
        if (isLost) return 'unavailable';
        const wanted = action === 'toggle' ? !relay.on : action === 'on';
        return asked.force ? this.#force(relay, asked, wanted) : this.#wish(relay, asked, wanted);
      }
    }
  }

  #goOff(relay: State): string {
    if (this.#lost.has(relay.board)) {
      relay.owesOff = true;
      return 'done';
    }
    const was = relay.on;
    this.#move(relay, false);
    return was ? 'done' : 'unchanged';
  }

  /** Its rules hold again. */
  #unforce(relay: State): void {
    if (!relay.forced) return;
    this.#dropForce(relay);
    relay.fedAt = this.now;
  }

  /** Drops the force: the relay may be on as long as anything else. */
  #dropForce(relay: State): void {
    if (!relay.forced) return;
    relay.forced = null;
    relay.wanted = relay.on;
    relay.offAt = relay.on && relay.rules.maxOn !== null ? relay.movedAt + relay.rules.maxOn : null;
  }

  #force(relay: State, { owner, for: duration }: Ask, wanted: boolean): string {
    const isSame = wanted === relay.on;
    if (relay.tripped) return 'tripped';
    if (relay.lock) return 'locked';
    if (owner === 'auto') return 'invalid';
    if (wanted && !isSame && !this.#isPermitted(relay)) return 'not-permitted';
    if (wanted && !isSame && !this.#isFree(relay)) return 'interlocked';
    this.#move(relay, wanted);
    this.forces += 1;
    const until = this.now + duration!;
    relay.forced = { on: wanted, until, wall: until + this.skew, of: duration! };
    return isSame ? 'unchanged' : 'done';
  }

  #wish(relay: State, { owner, for: duration }: Ask, wanted: boolean): string {
    const isSame = wanted === relay.on;
    const mayNot = claimed(relay, owner, wanted);
    const refused = isSame ? undefined : (mayNot ?? this.#refusal(relay, wanted, duration));
    if (refused) return refused;
    if (mayNot) return 'unchanged';
    if (owner === 'hand') this.#take(relay);
    this.#move(relay, wanted);
    if (wanted) {
      const latest = relay.rules.maxOn === null ? Infinity : relay.movedAt + relay.rules.maxOn;
      const off = Math.min(latest, duration === undefined ? Infinity : this.now + duration);
      relay.offAt = off === Infinity ? null : off;
    }
    return isSame ? 'unchanged' : 'done';
  }

  #refusal(relay: State, wanted: boolean, duration: number | undefined): string | undefined {
    const { rules, movedAt, starts } = relay;
    if (!wanted) return this.now < movedAt + rules.minOn ? 'min-on' : undefined;
    if (duration !== undefined && duration < rules.minOn) return 'invalid';
    if (this.now < movedAt + rules.minOff) return 'min-off';
    const { rate } = rules;
    if (rate && starts.filter(({ at }) => this.now < at + rate.within).length >= rate.count) return 'min-off';
    if (!this.#isPermitted(relay)) return 'not-permitted';
    return this.#isFree(relay) ? undefined : 'interlocked';
  }

  #take(relay: State): void {
    this.#unforce(relay);
    relay.hand = true;
    hold(relay, relay.rules.handFor ?? Infinity, this.now, this.skew);
  }

  #giveBack(relay: State): void {
    relay.hand = false;
    relay.handUntil = relay.handWall = Infinity;
    relay.fedAt = this.now;
  }

  #isPermitted({ rules }: State): boolean {
    return (rules.trips.length === 0 || !this.facts.tank) && (rules.permits.length === 0 || this.facts.door);
  }

  /** Returns whether a cause of the relay's trip is still there. */
  #isCause({ rules, tripped }: State): boolean {
    return (rules.trips.length > 0 && this.facts.tank) || (tripped === 'door' && !this.facts.door);
  }

  #judgeTrip(relay: State): void {
    if (this.#lost.has(relay.board) || relay.tripped !== null) return;
    const { rules, on } = relay;
    if (rules.trips.length > 0 && this.facts.tank) relay.tripped = 'tank';
    else if (rules.permits.length > 0 && !this.facts.door && on) relay.tripped = 'door';
    else return;
    this.conditions += 1;
    relay.forced = null;
    this.#move(relay, false);
  }

  #isFree(relay: State): boolean {
    const { rules } = relay;
    const others = Array.from(this.relays.values()).filter(
      (other) => other !== relay && rules.interlock !== null && other.rules.interlock === rules.interlock,
    );
    return others.every(
      (other) =>
        !this.#lost.has(other.board) &&
        !other.on &&
        this.now >= other.seenOff + Math.max(other.rules.changeOver, rules.changeOver),
    );
  }

  /** Takes over a line that was moved past the board: its times run, and it is a fault until it is as it was made. */
  #found(relay: State, on: boolean): void {
    const { wanted } = relay;
    this.#move(relay, on);
    if (on && relay.rules.maxOn !== null) relay.offAt = this.now + relay.rules.maxOn;
    relay.wanted = wanted;
    this.found += 1;
  }

  #move(relay: State, on: boolean): void {
    if (!relay.forced) relay.wanted = on;
    if (relay.on === on) return;
    relay.on = on;
    relay.movedAt = this.now;
    relay.offAt = null;
    if (on) relay.starts.push({ at: this.now, wall: this.now + this.skew });
    else relay.seenOff = this.now;
  }
}
