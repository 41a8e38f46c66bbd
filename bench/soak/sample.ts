/** What the server tells of itself in `npm run soak`: asked for and answered over the channel between the two processes. */
export type Ask = 'busy' | 'idle';

export interface Sample {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Bytes, after a collection of garbage; `workers`: what the heaps of its threads use, not collected. */
  readonly memory: {
    readonly heap: number;
    readonly external: number;
    readonly rss: number;
    readonly workers: number;
  };
  /** Processor time since the start, milliseconds. */
  readonly cpu: number;
  /** By name, what could be left behind: listeners, handles, clients. While idle: the lowest of two seconds. */
  readonly counts: Readonly<Record<string, number>>;
}
