import { isoTime } from '../base/clock.ts';
import type { Clock } from '../base/clock.ts';
import { FactoryError } from '../base/errors.ts';
import { Emitter } from '../base/events.ts';
import { Debounce } from './debounce.ts';

/** How far a level may be relied on, as OPC UA classes it; bad: it is not known. */
export type InputQuality = 'good' | 'uncertain' | 'bad';

/** What is known of an input. */
export interface InputState {
  readonly id: string;
  /** What it shows, after debouncing; null while that cannot be known. */
  readonly level: boolean | null;
  readonly quality: InputQuality;
  /** When it became so at its source, ISO 8601. */
  readonly since: string;
  /** Why it cannot be known, for a person; left out where it is, or is still waited for. */
  readonly reason?: string;
}

/** What a source says of its input. */
export interface Reading {
  readonly level: boolean;
  /** When it was so, milliseconds since 1970. */
  readonly at: number;
  /** Left out: good. */
  readonly quality?: 'good' | 'uncertain';
  /** Where it came from, for who hears of the change. */
  readonly cause?: object;
}

export interface InputChange {
  readonly id: string;
  /** As it is now; null once it is gone from the plant. */
  readonly input: InputState | null;
  readonly previous: InputState | null;
  readonly cause?: object;
}

export interface InputOptions {
  readonly id: string;
  readonly clock: Clock;
  /** How long a change has to last, milliseconds; 0 where the source sees to that itself. */
  readonly debounce: number;
}

/** A digital input: what its source reads, made one level with its quality and its time. */
export class Input {
  readonly id: string;
  readonly events = new Emitter<{ change: InputChange }>();
  readonly #clock: Clock;
  readonly #debounce: Debounce<Reading>;
  #state: InputState;
  /** The time of the newest reading, milliseconds since 1970. */
  #newest = -Infinity;

  constructor({ id, clock, debounce }: InputOptions) {
    this.id = id;
    this.#clock = clock;
    this.#debounce = new Debounce({ clock, ms: debounce, settled: (reading) => this.#settle(reading) });
    this.#state = { id, level: null, quality: 'bad', since: isoTime(clock.now()) };
  }

  get state(): InputState {
    return this.#state;
  }

  /**
   * Takes what the source reads. Throws `stale` for what is older than what is known already: messages may overtake each
   * other. A time in the future says that our own clock was set back, and orders nothing.
   */
  take(reading: Reading): void {
    if (reading.at < this.#newest && this.#newest <= this.#clock.now()) {
      const [given, known] = [isoTime(reading.at), isoTime(this.#newest)];
      throw new FactoryError('stale', `the level is of ${given}, a newer one of ${known} is known`);
    }
    this.#newest = reading.at;
    this.#debounce.take(reading);
  }

  /** Nothing can be known of it until the next reading; `cause` is what says so. */
  lose(reason: string, cause?: object): void {
    this.#debounce.reset();
    if (this.#state.level === null && this.#state.reason === reason) return;
    this.#tell(
      { id: this.id, level: null, quality: 'bad', since: isoTime(this.#clock.now()), reason },
      cause,
    );
  }

  /** Nothing is told after this. */
  close(): void {
    this.#debounce.reset();
  }

  #settle({ level, at, quality = 'good', cause }: Reading): void {
    const { level: before, quality: known } = this.#state;
    if (level === before && quality === known) return;
    this.#tell({ id: this.id, level, quality, since: isoTime(at) }, cause);
  }

  #tell(input: InputState, cause: object | undefined): void {
    const previous = this.#state;
    this.#state = input;
    this.events.emit('change', { id: this.id, input, previous, ...(cause && { cause }) });
  }
}
