import type { Cancel, Clock } from '../base/clock.ts';
import { asError, FactoryError } from '../base/errors.ts';
import { Emitter } from '../base/events.ts';

/** Something that can be sampled. */
export interface Source<Sample> {
  sample(): Promise<Sample>;
}

export interface SamplerOptions<Sample> {
  readonly source: Source<Sample>;
  readonly clock: Clock;
  /** Milliseconds. */
  readonly interval: number;
}

/** A sample that takes longer than this is given up: a disk or a network file system that hangs. */
export const SAMPLE_TIMEOUT_MS = 10_000;

/**
 * Samples a source each interval, the first time at once, and never twice at a time: while a sample takes
 * long the next ones are left out, not queued.
 *
 * An error is told once: not again while it stays the same, but again after a sample has succeeded.
 */
export class Sampler<Sample> {
  readonly events = new Emitter<{ sample: Sample; error: Error }>();
  readonly #source: Source<Sample>;
  readonly #clock: Clock;
  readonly #interval: number;
  #cancelTicks: Cancel | undefined;
  #cancelDeadline: Cancel | undefined;
  /** The sample under way; it stays until the source has answered, even long after it was given up. */
  #pending: Promise<Sample> | undefined;
  #lastError: string | undefined;

  constructor({ source, clock, interval }: SamplerOptions<Sample>) {
    this.#source = source;
    this.#clock = clock;
    this.#interval = interval;
  }

  start(): void {
    if (this.#cancelTicks) return;
    this.#cancelTicks = this.#clock.every(this.#interval, () => this.#tick());
    this.#tick();
  }

  /** No event comes after this. */
  stop(): void {
    this.#cancelTicks?.();
    this.#cancelTicks = undefined;
    this.#cancelDeadline?.();
  }

  /**
   * A sample out of turn, or the one under way. Rejects with what the source rejects with, or with
   * `timeout` after {@link SAMPLE_TIMEOUT_MS}, and from then on until the source has answered.
   */
  sample(): Promise<Sample> {
    return (this.#pending ??= this.#take());
  }

  #take(): Promise<Sample> {
    return new Promise((resolve, reject) => {
      const cancelDeadline = this.#clock.after(SAMPLE_TIMEOUT_MS, () => reject(tooLate()));
      this.#cancelDeadline = cancelDeadline;
      const work = async (): Promise<Sample> => this.#source.sample();
      work()
        .finally(() => {
          cancelDeadline();
          this.#pending = undefined;
        })
        .then(resolve, reject);
    });
  }

  #tick(): void {
    if (this.#pending) return;
    const ticks = this.#cancelTicks;
    this.sample().then(
      (sample) => this.#tell(ticks, sample),
      (thrown: unknown) => this.#complain(ticks, asError(thrown)),
    );
  }

  #tell(ticks: Cancel | undefined, sample: Sample): void {
    if (ticks !== this.#cancelTicks) return;
    this.#lastError = undefined;
    this.events.emit('sample', sample);
  }

  #complain(ticks: Cancel | undefined, error: Error): void {
    if (ticks !== this.#cancelTicks || error.message === this.#lastError) return;
    this.#lastError = error.message;
    this.events.emit('error', error);
  }
}

function tooLate(): FactoryError {
  return new FactoryError('timeout', `no statistics within ${SAMPLE_TIMEOUT_MS / 1000} s`, {
    remedy: 'See whether a disk or a network file system of this machine hangs',
  });
}
