/** What a relay of the kill tests may have been: a reference without promises, timers and files. */
import type { KeptRelay, Owner } from '../../lib/relays/relay.ts';
import type { Ask } from './hall.ts';

/** What is kept of a relay, without times. */
export interface Held {
  readonly state: boolean | null;
  readonly hand: boolean;
  readonly lock: Owner | null;
  readonly trip: boolean;
  readonly cycles: number;
}

/** One moment: what is held, what the line is, and how many commands are over by then. */
interface Moment {
  readonly held: Held;
  readonly line: boolean;
  readonly over: number;
}

export function heldOf(kept: KeptRelay | undefined): Held {
  if (!kept) return { state: null, hand: false, lock: null, trip: false, cycles: 0 };
  const { state, hand, lock, trip = null, cycles } = kept;
  return { state, hand: hand !== null, lock: lock?.owner ?? null, trip: trip !== null, cycles };
}

/** What the line is after a start, by the relay's policy. */
export function startOf(start: string, held: Held, line: boolean): boolean {
  if (held.lock !== null || held.trip) return false;
  if (start === 'restore') return held.state ?? false;
  return start === 'hold' ? line : start === 'on';
}

/** All that one relay went through in a life of its process, as far as it was asked to. */
export class History {
  readonly moments: Moment[];
  readonly asked: Ask[] = [];
  /** What each command came to, in order. */
  readonly codes: string[] = [];

  /** Found so by the process that starts, with `opened` as its line once the board is open. */
  constructor(found: Held, line: boolean, opened: boolean) {
    this.moments = [
      { held: found, line, over: 0 },
      { held: { ...found, state: opened }, line: opened, over: 0 },
    ];
  }

  get now(): Moment {
    return this.moments.at(-1)!;
  }

  /** The command is executed after all before it. */
  ask(ask: Ask): void {
    this.asked.push(ask);
    this.codes.push(this.#execute(ask));
    this.moments.push({ ...this.now, over: this.asked.length });
  }

  /**
   * Whether a process that was killed after at least `over` commands can have left this: what is kept is what was so
   * at one moment, and the line is what it was then or later, because it moves before it is written down.
   */
  canHaveLeft(held: Held, line: boolean, over: number): boolean {
    const text = JSON.stringify(held);
    const then = this.moments.findIndex(
      (moment) => moment.over >= over && JSON.stringify(moment.held) === text,
    );
    return then >= 0 && this.moments.slice(then).some((moment) => moment.line === line);
  }

  #execute({ action, owner }: Ask): string {
    const { held } = this.now;
    const on = held.state === true;
    if (action === 'hand' || action === 'auto' || action === 'lock' || action === 'unlock') {
      const refused = refusal(held, owner, action);
      if (refused) return refused;
      if (action === 'hand') this.#become({ hand: true });
      else if (action === 'auto') this.#become({ hand: false });
      else if (action === 'unlock') this.#become({ lock: null });
      else {
        this.#become({ lock: owner });
        if (!on) return 'unchanged';
        this.#become({ state: false });
      }
      return 'done';
    }
    if (action === 'trip') {
      this.#become({ trip: true });
      if (!on) return 'unchanged';
      this.#become({ state: false });
      return 'done';
    }
    if (action === 'reset') {
      if (owner === 'auto') return 'invalid';
      if (!held.trip) return 'unchanged';
      this.#become({ trip: false });
      return 'done';
    }
    const wanted = action === 'toggle' ? !on : action === 'on';
    if (wanted === on) {
      if (owner === 'hand') this.#become({ hand: true });
      return 'unchanged';
    }
    if (held.trip && wanted) return 'tripped';
    if (owner !== 'safety' || wanted) {
      if (held.lock !== null && wanted) return 'locked';
      if (owner === 'auto' && held.hand) return 'not-in-auto';
    }
    const hand = held.hand || owner === 'hand';
    this.#become({ state: wanted, hand, cycles: held.cycles + Number(wanted) });
    return 'done';
  }

  #become(change: Partial<Held>): void {
    const held = { ...this.now.held, ...change };
    this.moments.push({ held, line: held.state === true, over: this.now.over });
  }
}

function refusal({ hand, lock }: Held, owner: Owner, action: 'hand' | 'auto' | 'lock' | 'unlock') {
  if (owner !== 'auto') return undefined;
  if (action === 'hand') return 'invalid';
  if (action === 'auto') return hand ? 'not-in-auto' : undefined;
  return lock !== null && lock !== 'auto' ? 'locked' : undefined;
}
