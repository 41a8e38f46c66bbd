/**
 * What relays with rules have to do, said once more and as simply as can be: no promises, no timers, no driver. Boards are
 * compared with it command by command.
 */
import type { Action, Owner } from '../../../lib/relays/relay.ts';
import type { Rules } from '../../../lib/relays/rules.ts';

export interface Ask {
  readonly id: string;
  readonly action: Action;
  readonly owner: Owner;
  /** How old it is on arrival, and how old it may be; milliseconds. */
  readonly age: number;
  readonly ttl?: number;
  readonly for?: number;
}

interface State {
  readonly rules: Rules;
  readonly board: number;
  on: boolean;
  movedAt: number;
  starts: number[];
  hand: boolean;
  lock: Owner | null;
  offAt: number | null;
  /** When others of its interlock may have seen it go off. */
  seenOff: number;
  readonly ids: Set<string>;
}

export class Reference {
  now = 0;
  readonly relays = new Map<string, State>();
  readonly #lost = new Set<number>();

  add(id: string, board: number, rules: Rules): void {
    this.relays.set(id, {
      rules,
      board,
      on: false,
      movedAt: this.now,
      starts: [],
      hand: false,
      lock: null,
      offAt: null,
      seenOff: this.now,
      ids: new Set(),
    });
  }

  /** Nothing of this board can be known or moved. */
  lose(board: number): void {
    this.#lost.add(board);
  }

  /** It is read again; what should have gone off meanwhile does so now. */
  find(board: number): void {
    this.#lost.delete(board);
    for (const relay of this.relays.values()) {
      if (relay.board !== board) continue;
      if (!relay.on) relay.seenOff = this.now;
      if (relay.offAt !== null && relay.offAt <= this.now) this.#move(relay, false);
    }
  }

  /** When the next relay goes off by itself. */
  nextOff(): number {
    const due = Array.from(this.relays.values(), ({ offAt, board }) =>
      offAt === null || this.#lost.has(board) ? Infinity : offAt,
    );
    return Math.min(...due);
  }

  /** Lets time come to `now`, at which at most one relay is due. */
  reach(now: number): void {
    this.now = now;
    for (const relay of this.relays.values()) {
      if (relay.offAt !== null && relay.offAt <= now && !this.#lost.has(relay.board))
        this.#move(relay, false);
    }
  }

  /** What has to become of a command. */
  ask(name: string, asked: Ask): string {
    const relay = this.relays.get(name)!;
    if (relay.ids.has(asked.id)) return 'duplicate';
    relay.ids.add(asked.id);
    if (this.#lost.has(relay.board)) return 'unavailable';
    if (asked.ttl !== undefined && asked.age > asked.ttl) return 'expired';
    const { action, owner } = asked;
    switch (action) {
      case 'hand':
        if (owner === 'auto') return 'invalid';
        relay.hand = true;
        return 'done';
      case 'auto':
        if (owner === 'auto' && relay.hand) return 'not-in-auto';
        relay.hand = false;
        return 'done';
      case 'unlock':
        if (owner === 'auto' && relay.lock !== null && relay.lock !== 'auto') return 'locked';
        relay.lock = null;
        return 'done';
      case 'lock': {
        if (owner === 'auto' && relay.lock !== null && relay.lock !== 'auto') return 'locked';
        relay.lock = owner;
        const was = relay.on;
        this.#move(relay, false);
        return was ? 'done' : 'unchanged';
      }
      default:
        return this.#wish(relay, asked, action === 'toggle' ? !relay.on : action === 'on');
    }
  }

  #wish(relay: State, { owner, for: duration }: Ask, wanted: boolean): string {
    const isSame = wanted === relay.on;
    const refused = isSame ? undefined : this.#refusal(relay, owner, wanted, duration);
    if (refused) return refused;
    if (owner === 'hand') relay.hand = true;
    this.#move(relay, wanted);
    if (wanted && !(isSame && owner === 'auto' && relay.hand)) {
      const latest = relay.rules.maxOn === null ? Infinity : relay.movedAt + relay.rules.maxOn;
      const off = Math.min(latest, duration === undefined ? Infinity : this.now + duration);
      relay.offAt = off === Infinity ? null : off;
    }
    return isSame ? 'unchanged' : 'done';
  }

  #refusal(relay: State, owner: Owner, wanted: boolean, duration: number | undefined): string | undefined {
    const { rules, movedAt, starts } = relay;
    if (wanted && relay.lock) return 'locked';
    if (owner === 'auto' && relay.hand) return 'not-in-auto';
    if (!wanted) return this.now < movedAt + rules.minOn ? 'min-on' : undefined;
    if (duration !== undefined && duration < rules.minOn) return 'invalid';
    if (this.now < movedAt + rules.minOff) return 'min-off';
    const { rate } = rules;
    if (rate && starts.filter((at) => this.now < at + rate.within).length >= rate.count) return 'min-off';
    if (rules.interlock === null) return undefined;
    const others = Array.from(this.relays.values()).filter(
      (other) => other !== relay && other.rules.interlock === rules.interlock,
    );
    const isFree = others.every(
      (other) =>
        !this.#lost.has(other.board) &&
        !other.on &&
        this.now >= other.seenOff + Math.max(other.rules.changeOver, rules.changeOver),
    );
    return isFree ? undefined : 'interlocked';
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
