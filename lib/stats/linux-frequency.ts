import { namesIn, readNumber, readOptional } from './linux-files.ts';
import { round, type Frequency } from './stats.ts';

/** So many frequency domains are read; more are like those, and each costs three reads. */
const MOST_POLICIES = 16;

/** The clock frequency of the processor, where the kernel tells it. */
export class LinuxFrequency {
  readonly #proc: string;
  readonly #sys: string;
  #fixed: Promise<Frequency | null> | undefined;

  constructor(proc: string, sys: string) {
    this.#proc = proc;
    this.#sys = sys;
  }

  async read(): Promise<Frequency | null> {
    const folder = `${this.#sys}/devices/system/cpu/cpufreq`;
    const policies = (await namesIn(folder, /^policy\d+$/)).slice(0, MOST_POLICIES);
    const read = await Promise.all(policies.map((name) => readPolicy(`${folder}/${name}`)));
    const known = read.filter((policy) => policy !== null);
    if (known.length === 0) return (this.#fixed ??= this.#readFixed());
    return {
      current: average(known.map((policy) => policy.current)),
      min: average(known.map((policy) => policy.min)),
      max: average(known.map((policy) => policy.max)),
    };
  }

  /** Without scaling the frequency does not change, and /proc/cpuinfo is dear to read: once is enough. */
  async #readFixed(): Promise<Frequency | null> {
    const text = (await readOptional(`${this.#proc}/cpuinfo`)) ?? '';
    const speeds = Array.from(text.matchAll(/^cpu MHz\s*: *([\d.]+)$/gm), (match) => Number(match[1])).filter(
      (speed) => speed > 0,
    );
    return speeds.length > 0 ? { current: average(speeds), min: 0, max: 0 } : null;
  }
}

/** In MHz; the files are in kHz. */
async function readPolicy(folder: string): Promise<Frequency | null> {
  const [current, min, max] = await Promise.all(
    ['scaling_cur_freq', 'scaling_min_freq', 'scaling_max_freq'].map((name) =>
      readNumber(`${folder}/${name}`),
    ),
  );
  // A core that is off tells 0.
  if (!current || current < 0) return null;
  return { current: current / 1000, min: Math.max(min ?? 0, 0) / 1000, max: Math.max(max ?? 0, 0) / 1000 };
}

function average(values: readonly number[]): number {
  return round(values.reduce((sum, value) => sum + value, 0) / values.length);
}
