/**
 * What relays with rules have to do, said once more and as simply as can be: no promises, no timers, no driver. Boards are
 * compared with it command by command.
 */
import type { Rules } from '../../../lib/relays/rules.ts';
import type { Owner } from '../../../lib/relays/relay.ts';
import type { Ask, State } from './reference-state.ts';

export class Reference {
  now = 0;
  /** How often a watchdog went off, and a force began. */
  trips = 0;
  forces = 0;
  /** How often a condition tripped a relay. */
  conditions = 0;
  readonly relays = new Map<string, State>();
  /** Who trips by the tank, and is permitted by the door, are those with such conditions. */
  readonly facts = { tank: false, door: true };
  readonly #lost = new Set<number>();

  add(id: string, board: number, rules: Rules): void {
    this.relays.set(id, {
      rules,
      board,
      on: false,
      movedAt: this.now,
      starts: [],
      hand: false,
      handUntil: Infinity,
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

  /** Its process dies, and another one begins: all are off, so a force on is over, and one off goes on. */
  restart(board: number): void {
    for (const relay of this.relays.values()) {
      if (relay.board !== board) continue;
      Object.assign(relay, { on: false, offAt: null });
      if (relay.forced?.on) relay.forced = null;
      Object.assign(relay, { movedAt: this.now, seenOff: this.now, fedAt: this.now });
      relay.ids.clear();
      this.#judgeTrip(relay);
    }
  }

  /** It is read again; what was locked out or tripped meanwhile goes off now. */
  find(board: number): void {
    this.#lost.delete(board);
    for (const relay of this.relays.values()) {
      if (relay.board !== board) continue;
      if (!relay.on) relay.seenOff = this.now;
      relay.fedAt = this.now;
      if (relay.tripped || (relay.lock !== null && relay.lock !== 'safety')) this.#move(relay, false);
      this.#judgeTrip(relay);
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
      if (relay.forced) this.#unforce(relay);
      else if (this.#starves(relay) < (relay.offAt ?? Infinity)) {
        relay.lock = 'safety';
        this.trips += 1;
      }
      this.#move(relay, false);
    }
  }

  #due(relay: State): number {
    return Math.min(this.#handDue(relay), this.#moveDue(relay));
  }

  #handDue({ board, hand, handUntil }: State): number {
    return hand && !this.#lost.has(board) ? handUntil : Infinity;
  }

  #moveDue(relay: State): number {
    if (this.#lost.has(relay.board)) return Infinity;
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
        relay.forced = null;
        return isLost ? 'done' : this.#goOff(relay);
      case 'trip':
        relay.tripped ??= owner;
        relay.forced = null;
        return isLost ? 'done' : this.#goOff(relay);
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
    const was = relay.on;
    this.#move(relay, false);
    return was ? 'done' : 'unchanged';
  }

  /** Its rules hold again. */
  #unforce(relay: State): void {
    if (!relay.forced) return;
    relay.forced = null;
    relay.fedAt = this.now;
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
    relay.forced = { on: wanted, until: this.now + duration! };
    return isSame ? 'unchanged' : 'done';
  }

  #wish(relay: State, { owner, for: duration }: Ask, wanted: boolean): string {
    const isSame = wanted === relay.on;
    const mayNot = this.#claimed(relay, owner, wanted);
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

  #claimed(relay: State, owner: Owner, wanted: boolean): string | undefined {
    if (relay.tripped) return wanted ? 'tripped' : undefined;
    if (relay.lock && (wanted || relay.lock === 'safety')) return 'locked';
    if (relay.forced && (owner === 'auto' || wanted)) return 'not-in-auto';
    return owner === 'auto' && relay.hand ? 'not-in-auto' : undefined;
  }

  #refusal(relay: State, wanted: boolean, duration: number | undefined): string | undefined {
    const { rules, movedAt, starts } = relay;
    if (!wanted) return this.now < movedAt + rules.minOn ? 'min-on' : undefined;
    if (duration !== undefined && duration < rules.minOn) return 'invalid';
    if (this.now < movedAt + rules.minOff) return 'min-off';
    const { rate } = rules;
    if (rate && starts.filter((at) => this.now < at + rate.within).length >= rate.count) return 'min-off';
    if (!this.#isPermitted(relay)) return 'not-permitted';
    return this.#isFree(relay) ? undefined : 'interlocked';
  }

  #take(relay: State): void {
    this.#unforce(relay);
    relay.hand = true;
    relay.handUntil = this.now + (relay.rules.handFor ?? Infinity);
  }

  #giveBack(relay: State): void {
    relay.hand = false;
    relay.handUntil = Infinity;
    relay.fedAt = this.now;
  }

  #isPermitted({ rules }: State): boolean {
    return (rules.trips.length === 0 || !this.facts.tank) && (rules.permits.length === 0 || this.facts.door);
  }

  /** Whether a cause of its trip is still there. */
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

  #move(relay: State, on: boolean): void {
    if (relay.on === on) return;
    relay.on = on;
    relay.movedAt = this.now;
    relay.offAt = null;
    if (on) relay.starts.push(this.now);
    else relay.seenOff = this.now;
  }
}
