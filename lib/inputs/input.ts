import { isoTime } from '../base/clock.ts';
import type { Clock } from '../base/clock.ts';
import { FactoryError } from '../base/errors.ts';
import { Emitter } from '../base/events.ts';
import { isOlder } from '../base/source-time.ts';
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
  /** Reason, for a person, why the quality is not good; left out where it is, or while the first reading is awaited. */
  readonly reason?: string;
}

/** What a source says of its input. */
export interface Reading {
  readonly level: boolean;
  /** When it was so, milliseconds since 1970. */
  readonly at: number;
  /** The time as its source gave it, milliseconds since 1970; left out for none. */
  readonly given?: number;
  /** Left out: good. */
  readonly quality?: 'good' | 'uncertain';
  /** Reason why the quality is not good. */
  readonly reason?: string;
  /** It was replayed, by a broker or a deploy: it confirms no level that is known already, and another one is uncertain. */
  readonly isReplayed?: boolean;
  /** Where it came from, for who hears of the change. */
  readonly cause?: object;
}

export interface InputChange {
  readonly id: string;
  /** As it is now; null once it is gone from the plant. */
  readonly input: InputState | null;
  readonly previous: InputState | null;
  readonly cause?: object;
  /** It was replayed: it is no event. */
  readonly isReplayed?: true;
  /** Its cause is refused, which tells its sender already. */
  readonly isRefused?: true;
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
  /** The last time that the source gave, milliseconds since 1970. */
  #given: number | undefined;

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
   * Takes what the source reads. Throws `stale` for what is older than what the same source said before: messages may
   * overtake each other.
   */
  take(reading: Reading): void {
    const { given, level, isReplayed } = reading;
    const isStale = given !== undefined && isOlder(given, this.#given, this.#clock.now());
    if (isReplayed && (isStale || level === this.#state.level)) return;
    if (isStale) {
      const [told, known] = [isoTime(given), isoTime(this.#given ?? NaN)];
      throw new FactoryError('stale', `the level is of ${told}, a newer one of ${known} is known`);
    }
    this.#given = given ?? this.#given;
    this.#debounce.take(reading);
  }

  /** Nothing can be known of it until the next reading; `cause` is what says so, and may be refused for that. */
  lose(reason: string, cause?: object, isRefused = false): void {
    this.#debounce.reset();
    if (this.#state.level === null && this.#state.reason === reason) return;
    this.#tell(
      { id: this.id, level: null, quality: 'bad', since: isoTime(this.#clock.now()), reason },
      { ...(cause && { cause }), ...(isRefused && { isRefused }) },
    );
  }

  /** Nothing is told after this. */
  close(): void {
    this.#debounce.reset();
  }

  #settle({ level, at, quality = 'good', reason, cause, isReplayed }: Reading): void {
    const { level: before, quality: known } = this.#state;
    if (level === before && quality === known) return;
    const why = quality === 'good' || reason === undefined ? {} : { reason };
    this.#tell(
      { id: this.id, level, quality, since: isoTime(at), ...why },
      { ...(cause && { cause }), ...(isReplayed && { isReplayed }) },
    );
  }

  #tell(input: InputState, more: Pick<InputChange, 'cause' | 'isReplayed' | 'isRefused'>): void {
    const previous = this.#state;
    this.#state = input;
    this.events.emit('change', { id: this.id, input, previous, ...more });
  }
}
