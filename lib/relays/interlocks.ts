import type { Clock } from '../base/clock.ts';
import { nameKey } from '../base/text.ts';
import type { Outcome } from './result.ts';

interface Member {
  /** Null while it cannot be known. */
  state: boolean | null;
  /** When it was last seen to go off, or to be off for the first time; monotonic. */
  offAt: number;
  readonly changeOver: number;
}

interface Group {
  readonly members: Map<string, Member>;
  /** The last of those that wait to switch one on. */
  turn: Promise<unknown>;
}

/** One relay's place in an interlock. */
export interface Place {
  /** Takes over what is known of the relay; null where nothing is. */
  observe(state: boolean | null): void;
  /** Why it may not go on now; undefined where it may. */
  judge(): Outcome | undefined;
  /** Runs `work` while nobody else of the group is being switched on. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  /** It is gone for good, and so nobody's concern. */
  leave(): void;
}

/**
 * The interlocks of a plant, across its boards: of each group at most one relay is on. A relay whose state is not known
 * counts as on. A place is kept through the redeploy of a board, whose lines keep their levels meanwhile.
 */
export class Interlocks {
  readonly #clock: Clock;
  readonly #groups = new Map<string, Group>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  join(name: string, id: string, changeOver: number): Place {
    const key = nameKey(name);
    const group = this.#groups.get(key) ?? { members: new Map<string, Member>(), turn: Promise.resolve() };
    this.#groups.set(key, group);
    const { state = null, offAt = -Infinity } = group.members.get(id) ?? {};
    const member: Member = { state, offAt, changeOver };
    group.members.set(id, member);
    return {
      observe: (now) => {
        // What went out of sight may have gone off at any time until now.
        if (now === false && member.state !== false) member.offAt = this.#clock.monotonic();
        member.state = now;
      },
      judge: () => this.#judge(group, id),
      alone: (work) => {
        const run = group.turn.then(work);
        group.turn = run.catch(() => {});
        return run;
      },
      leave: () => {
        if (group.members.get(id) !== member) return;
        group.members.delete(id);
        if (group.members.size === 0 && this.#groups.get(key) === group) this.#groups.delete(key);
      },
    };
  }

  #judge({ members }: Group, id: string): Outcome | undefined {
    const others = Array.from(members).filter(([other]) => other !== id);
    for (const [other, { state }] of others) {
      if (state === false) continue;
      const reason = state ? `${other} is on` : `it is not known whether ${other} is off`;
      return { code: 'interlocked', reason: `${reason}, and only one of them may be on` };
    }
    const changeOver = Math.max(...Array.from(members.values(), (member) => member.changeOver));
    const [last, { offAt }] = others.reduce((a, b) => (b[1].offAt > a[1].offAt ? b : a), NOBODY);
    const retryAfter = offAt + changeOver - this.#clock.monotonic();
    if (!(retryAfter > 0)) return undefined;
    const reason = `${last} has just gone off; the change-over takes ${Math.round(changeOver / 100) / 10} s`;
    return { code: 'interlocked', reason, retryAfter };
  }
}

const NOBODY: [string, Member] = ['', { state: false, offAt: -Infinity, changeOver: 0 }];
