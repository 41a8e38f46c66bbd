import { statfs } from 'node:fs/promises';
import type { Clock } from '../base/clock.ts';

/** Share of a file system above which it counts as full, and space below which it does, bytes. */
export const FULL_PERCENT = 95;
export const FULL_BYTES = 100 * 2 ** 20;
/** Age up to which a look counts, milliseconds. */
export const LOOK_EACH_MS = 10_000;
/** Longest wait for a look, milliseconds: a disk that hangs holds up nobody who asks. */
export const LOOK_WAIT_MS = 500;

export interface DiskSpaceOptions {
  /** A folder on the file system. */
  readonly folder: string;
  readonly clock: Clock;
  /** Of Node.js, or of a test. */
  readonly look?: (
    folder: string,
  ) => Promise<{ bsize: number; blocks: number; bfree: number; bavail: number }>;
}

/** Watches the file system that a folder is on. */
export class DiskSpace {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #look: NonNullable<DiskSpaceOptions['look']>;
  #pending: Promise<void> | undefined;
  #lookedAt = -Infinity;
  #problem: string | undefined;

  constructor({ folder, clock, look = statfs }: DiskSpaceOptions) {
    this.#folder = folder;
    this.#clock = clock;
    this.#look = look;
  }

  /** Returns the problem, for a person; undefined: none. Never rejects, and answers within {@link LOOK_WAIT_MS}. */
  async problem(): Promise<string | undefined> {
    if (this.#clock.monotonic() - this.#lookedAt < LOOK_EACH_MS) return this.#problem;
    this.#pending ??= this.#judge().finally(() => (this.#pending = undefined));
    const isTold = await new Promise<boolean>((resolve) => {
      const cancel = this.#clock.after(LOOK_WAIT_MS, () => resolve(false));
      void this.#pending?.then(() => {
        cancel();
        resolve(true);
      });
    });
    return isTold ? this.#problem : 'it does not answer';
  }

  async #judge(): Promise<void> {
    try {
      const { bsize, blocks, bfree, bavail } = await this.#look(this.#folder);
      const [used, free] = [Math.max(blocks - bfree, 0) * bsize, Math.max(bavail, 0) * bsize];
      const percent = used + free > 0 ? (100 * used) / (used + free) : 0;
      // Some file systems of other machines have no size.
      const isFull = blocks > 0 && (percent >= FULL_PERCENT || free < FULL_BYTES);
      const left = `${Math.floor(free / 2 ** 20)} MB left`;
      this.#problem = isFull ? `it is full to ${Math.floor(percent)} %, ${left}` : undefined;
    } catch {
      this.#problem = 'it cannot be read';
    }
    this.#lookedAt = this.#clock.monotonic();
  }
}
