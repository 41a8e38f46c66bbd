import type { Cancel, Clock } from '../base/clock.ts';
import type { GpioDriver } from '../gpio/driver.ts';

export interface HeartbeatOptions {
  readonly driver: GpioDriver;
  readonly clock: Clock;
  /** The number of its line. */
  readonly line: number;
  /** How long it is on, and then off, milliseconds. */
  readonly beat: number;
  /** The driver failed. */
  readonly lose: (error: unknown) => void;
}

/**
 * Switches one line on and off again and again, for a watchdog relay outside that takes the power away when that ends. It
 * comes from the thread that everything else runs on and through the board's own driver, so it ends with either: a thread
 * that is busy beats late, and a board that is not available not at all.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #isOn = false;
  #isWriting = false;
  #stop: Cancel = () => {};

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  start(): void {
    this.stop();
    this.#stop = this.#options.clock.every(this.#options.beat, () => void this.#beat());
  }

  /** The line stays as it is, which is what a watchdog relay waits for. */
  stop(): void {
    this.#stop();
  }

  async #beat(): Promise<void> {
    const { driver, line, lose } = this.#options;
    // A write that hangs is a board that is not well.
    if (this.#isWriting) return;
    this.#isWriting = true;
    this.#isOn = !this.#isOn;
    try {
      await driver.write(new Map([[line, this.#isOn]]));
    } catch (error) {
      lose(error);
    } finally {
      this.#isWriting = false;
    }
  }
}
