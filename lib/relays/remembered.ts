import type { Clock } from '../base/clock.ts';
import { MAX_REMEMBERED, REMEMBER_MS } from './limits.ts';
import type { Result } from './relay.ts';

interface Entry {
  readonly answer: Promise<Result>;
  /** When it was answered, on the monotonic clock; null while it waits or is under way. */
  answered: number | null;
}

/**
 * The answers to a relay's last commands, by command id, so that none is executed twice. Whatever the answer
 * was counts: a command that was refused is not executed later either.
 */
export class Remembered {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(id: string): Promise<Result> | undefined {
    this.#forget();
    return this.#entries.get(id)?.answer;
  }

  /** `answer` must not reject. It is remembered for {@link REMEMBER_MS} from when it resolves. */
  add(id: string, answer: Promise<Result>): void {
    const entry: Entry = { answer, answered: null };
    this.#entries.set(id, entry);
    void answer.then(() => (entry.answered = this.#clock.monotonic()));
    this.#forget();
  }

  /** Drops what is too old or too much, oldest first, but nothing that is still to be answered. */
  #forget(): void {
    const now = this.#clock.monotonic();
    for (const [id, { answered }] of this.#entries) {
      if (answered === null) continue;
      if (this.#entries.size <= MAX_REMEMBERED && now - answered < REMEMBER_MS) return;
      this.#entries.delete(id);
    }
  }
}
