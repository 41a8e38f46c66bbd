import type { Cancel, Clock } from '../base/clock.ts';
import { asError, FactoryError } from '../base/errors.ts';
import { watchEdges } from '../gpio/edges.ts';
import type { EdgeListener, EdgeWatch } from '../gpio/edges.ts';
import { READ_EACH_MS, REOPEN_MS } from '../gpio/limits.ts';
import type { Input } from './input.ts';
import type { LineSource } from './settings.ts';

export interface InputLineOptions {
  readonly source: LineSource;
  /** What hears of it. The kernel has debounced it already. */
  readonly input: Input;
  readonly clock: Clock;
  /** What other programs see as the holder of the line; the first 31 bytes of it. */
  readonly consumer: string;
  /** Takes the line; left out: the kernel's. */
  readonly watch?: typeof watchEdges;
  /** The clock that edges are told by. */
  readonly nanoseconds?: () => bigint;
}

/**
 * Keeps an input's line open: takes it again after a failure, each {@link REOPEN_MS}, until it is closed. While it cannot
 * be had its input is lost, with the reason; nothing is ever made up.
 */
export class InputLine {
  readonly #options: Required<InputLineOptions>;
  #watch: EdgeWatch | undefined;
  /** Counts attempts: what an earlier one still tells is of no concern. */
  #attempts = 0;
  /** When it was last seen or told, milliseconds since 1970. */
  #latest = -Infinity;
  #opening: Promise<void> | undefined;
  #ending: Promise<void> = Promise.resolve();
  #isClosed = false;
  #cancelRetry: Cancel = () => {};
  #stopReading: Cancel = () => {};

  constructor({
    watch = watchEdges,
    nanoseconds = () => process.hrtime.bigint(),
    ...options
  }: InputLineOptions) {
    this.#options = { watch, nanoseconds, ...options };
  }

  /** Resolves when the first attempt is over, whatever came of it. Never rejects. */
  open(): Promise<void> {
    this.#opening ??= this.#attempt().finally(() => (this.#opening = undefined));
    return this.#opening;
  }

  /** Looks at the line now, for who does not want to wait for the next look. */
  read(): void {
    const watch = this.#watch;
    if (!watch) return;
    try {
      this.#take(watch.read().get(this.#options.source.line)!, 0);
    } catch (error) {
      this.#lose(error);
    }
  }

  /** Lets go of the line. Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelRetry();
    this.#stopReading();
    await this.#opening;
    this.#end();
    await this.#ending;
  }

  async #attempt(): Promise<void> {
    // One that failed must have let go of the line before it is taken again.
    await this.#ending;
    if (this.#isClosed) return;
    const { source, consumer, watch, clock } = this.#options;
    const { chip, bias, line, activeLow, debounce: debounceMs } = source;
    const lines = [{ line, activeLow }];
    try {
      this.#watch = await watch({ chip, consumer, bias, lines, debounceMs }, this.#listen(++this.#attempts));
    } catch (error) {
      this.#lose(error);
      return;
    }
    if (this.#isClosed) return;
    this.read();
    // Sees what was missed, and that the hardware is gone where the kernel does not wake who waits for it.
    if (this.#watch) this.#stopReading = clock.every(READ_EACH_MS, () => this.read());
  }

  #listen(attempt: number): EdgeListener {
    const { nanoseconds } = this.#options;
    const ifMine = (act: () => void): void => {
      if (attempt === this.#attempts && !this.#isClosed) act();
    };
    return {
      edge: ({ on, nanoseconds: at }) =>
        ifMine(() => this.#take(on, Math.max(0, Number(nanoseconds() - at) / 1e6))),
      missed: () => ifMine(() => this.read()),
      failed: (error) => ifMine(() => this.#lose(error)),
    };
  }

  /** The line became so, or was seen so, `ago` milliseconds before now. */
  #take(level: boolean, ago: number): void {
    const { input, clock } = this.#options;
    const now = clock.now();
    // Edges are told in their order, but may be told after a look at the line that has seen them already.
    this.#latest = Math.max(now - ago, Math.min(this.#latest, now));
    input.take({ level, at: this.#latest });
  }

  #lose(error: unknown): void {
    if (this.#isClosed) return;
    this.#attempts += 1;
    this.#stopReading();
    this.#end();
    this.#cancelRetry = this.#options.clock.after(REOPEN_MS, () => void this.open());
    this.#options.input.lose(error instanceof FactoryError ? error.toString() : asError(error).message);
  }

  #end(): void {
    const watch = this.#watch;
    this.#watch = undefined;
    // What cannot be let go of is gone with the hardware.
    if (watch) this.#ending = watch.close().catch(() => {});
  }
}
