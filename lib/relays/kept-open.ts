import type { Cancel, Clock } from '../base/clock.ts';
import { asError, FactoryError } from '../base/errors.ts';
import { Emitter } from '../base/events.ts';
import type { GpioDriver, OutputLine } from '../gpio/driver.ts';
import { REOPEN_MS } from '../gpio/limits.ts';
import { readLines } from './lines.ts';

export { REOPEN_MS };

/** Whether a board can be switched and read now. */
export type BoardStatus =
  { readonly available: true } | { readonly available: false; readonly reason: string };

export interface KeptOpenOptions {
  readonly driver: GpioDriver;
  /** Asked at each attempt: what they start as may be known later than this is made. */
  readonly lines: () => readonly OutputLine[];
  readonly clock: Clock;
  /** Resolves when nobody uses the driver any more: lines are not taken away under a command. */
  readonly idle: () => Promise<void>;
  /** Called each time that an attempt to open has failed. */
  readonly failed?: () => void;
}

/** Keeps a driver open: opens it again after a failure, until it is closed. */
export class KeptOpen {
  /**
   * `opened` tells what the lines are; `lost` why nothing can be known of them any more, once for each reason
   * in a row.
   */
  readonly events = new Emitter<{ opened: ReadonlyMap<number, boolean>; lost: string }>();
  readonly #options: KeptOpenOptions;
  #status: BoardStatus = { available: false, reason: 'the board is not open yet' };
  #opening: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #retry: Cancel | undefined;

  constructor(options: KeptOpenOptions) {
    this.#options = options;
  }

  get status(): BoardStatus {
    return this.#status;
  }

  /**
   * Resolves when this attempt is over, whatever came of it; while it fails there is another one each
   * {@link REOPEN_MS}. Never rejects.
   */
  open(): Promise<void> {
    if (this.#closing || this.#status.available) return Promise.resolve();
    this.#opening ??= this.#attempt().finally(() => (this.#opening = undefined));
    return this.#opening;
  }

  /** The driver failed: it is opened again later. The reason, for a person. */
  lose(error: unknown): string {
    const reason = error instanceof FactoryError ? error.toString() : asError(error).message;
    if (this.#closing) return reason;
    this.#retry ??= this.#options.clock.after(REOPEN_MS, () => {
      this.#retry = undefined;
      void this.open();
    });
    if (this.#status.available || this.#status.reason !== reason) this.#lost(reason);
    return reason;
  }

  /** Lets go of all lines once the driver is idle. Rejects with `unavailable` if the driver cannot. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #attempt(): Promise<void> {
    const { driver, idle } = this.#options;
    await idle();
    const lines = this.#options.lines();
    if (this.#closing) return;
    try {
      // After a failure the lines may still be taken, or not: either way they are taken anew.
      await driver.release().catch(() => {});
      await driver.open(lines);
      const levels = await readLines(
        driver,
        lines.map(({ line }) => line),
      );
      if (this.#closing) return;
      this.#status = { available: true };
      this.events.emit('opened', levels);
    } catch (error) {
      this.lose(error);
      this.#options.failed?.();
    }
  }

  async #end(): Promise<void> {
    this.#retry?.();
    // From now on every command is refused; nobody needs to be warned of what was wanted.
    this.#status = { available: false, reason: 'the board is closed' };
    await this.#opening;
    await this.#options.idle();
    await this.#options.driver.release();
  }

  #lost(reason: string): void {
    this.#status = { available: false, reason };
    this.events.emit('lost', reason);
  }
}
