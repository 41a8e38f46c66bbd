import type { Clock } from '../base/clock.ts';
import { MAX_REMEMBERED, MAX_REMEMBERED_IDS, REMEMBER_MS } from './limits.ts';
import type { Result } from './relay.ts';

interface Entry {
  readonly answer: Promise<Result>;
  /** Sender of the command; null: it was sent before the process began, which counts for nobody. */
  readonly by: string | null;
  /** When it was answered, on the monotonic clock; null while it waits or is under way. */
  answered: number | null;
}

/**
 * Answers to the last commands of a relay, by command id, so that none is executed twice. Whatever the answer was counts: a
 * command that was refused is not executed later either. Each client has room of its own, so that none pushes out another's.
 */
export class Remembered {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  /** Ids by who asked, the oldest first. */
  readonly #askers = new Map<string, Set<string>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(id: string): Promise<Result> | undefined {
    this.#forgetOld();
    return this.#entries.get(id)?.answer;
  }

  /** `answer` must not reject. It is remembered for {@link REMEMBER_MS} from when it resolves. */
  add(id: string, answer: Promise<Result>, by: string | null): void {
    this.#drop(id);
    const entry: Entry = { answer, by, answered: null };
    this.#entries.set(id, entry);
    void answer.then(() => (entry.answered = this.#clock.monotonic()));
    this.#forgetOld();
    if (by === null) return;
    const ids = this.#askers.get(by) ?? new Set<string>();
    this.#askers.set(by, ids.add(id));
    if (ids.size > MAX_REMEMBERED) this.#forgetOneOf(ids);
    if (this.#entries.size > MAX_REMEMBERED_IDS) {
      this.#forgetOneOf(Array.from(this.#askers.values()).reduce((a, b) => (b.size > a.size ? b : a)));
    }
  }

  /** Drops what is too old, but nothing that is still to be answered. */
  #forgetOld(): void {
    const now = this.#clock.monotonic();
    for (const [id, { answered }] of this.#entries) {
      if (answered === null) continue;
      if (now - answered < REMEMBER_MS) return;
      this.#drop(id);
    }
  }

  /** Drops the oldest of these that is answered. */
  #forgetOneOf(ids: ReadonlySet<string>): void {
    for (const id of ids) {
      if (this.#entries.get(id)!.answered === null) continue;
      this.#drop(id);
      return;
    }
  }

  #drop(id: string): void {
    const by = this.#entries.get(id)?.by ?? null;
    this.#entries.delete(id);
    if (by === null) return;
    const ids = this.#askers.get(by)!;
    ids.delete(id);
    if (ids.size === 0) this.#askers.delete(by);
  }
}
