/** Signs of life after which an interval is proposed. */
export const LEARNT_AFTER = 6;
/** Factor by which a long gap is forgotten with each sign of life: by a twentieth. */
const FORGET = 0.95;

interface Rhythm {
  last: number;
  /** The longest of the last gaps, milliseconds. */
  longest: number;
  heard: number;
}

/** Learns from the last signs of life of each device how often it speaks. Nothing follows from it: people decide. */
export class Intervals {
  readonly #rhythms = new Map<string, Rhythm>();

  /** `now`: on the monotonic clock, milliseconds. */
  heard(id: string, now: number): void {
    const rhythm = this.#rhythms.get(id);
    if (!rhythm) {
      this.#rhythms.set(id, { last: now, longest: 0, heard: 1 });
      return;
    }
    rhythm.longest = Math.max(now - rhythm.last, rhythm.longest * FORGET);
    rhythm.last = now;
    rhythm.heard += 1;
  }

  /** The interval that a device keeps, milliseconds; undefined as long as too little is known. */
  of(id: string): number | undefined {
    const rhythm = this.#rhythms.get(id);
    return rhythm && rhythm.heard >= LEARNT_AFTER ? rhythm.longest : undefined;
  }

  forget(id: string): void {
    this.#rhythms.delete(id);
  }
}

/** An interval for a setting: rounded up to whole seconds, and to two digits. */
export function proposedSeconds(ms: number): number {
  const seconds = Math.max(1, ms / 1000);
  const step = 10 ** Math.max(0, Math.floor(Math.log10(seconds)) - 1);
  return Math.ceil(Number((seconds / step).toFixed(6))) * step;
}
