/**
 * What clients hear of many changes, with as little work as possible while they are heard: one of them keeps all that it is
 * told, the others when it was and of which changes. What it means is worked out afterwards.
 */
import { setImmediate as others } from 'node:timers/promises';
import type { Rows } from '../lib/live/protocol.ts';
import { joinAll, type LightClient, type Target } from './light-client.ts';
import { sharedNow } from './servers/usage.ts';

/** The beginning of an update says where it begins and ends. */
const PLACE = /"from":(\d+),"seq":(\d+)/;
const HEAD_BYTES = 256;

interface Arrival {
  readonly at: number;
  readonly from: number;
  readonly seq: number;
}

export interface HeardOf {
  /** Changes that the first client was told. */
  readonly changes: number;
  /** Bytes of all clients. */
  readonly bytes: number;
  /** Clients that do not know all that the first one knows. */
  readonly behind: number;
  readonly latencies: Histogram;
}

export class Updates {
  readonly #clients: readonly LightClient[];
  readonly #arrivals: readonly Arrival[][];
  readonly #texts: Buffer[];
  /** What the first client knows of each device. */
  readonly #known = new Map<string, number>();

  private constructor(clients: readonly LightClient[], arrivals: readonly Arrival[][], texts: Buffer[]) {
    this.#clients = clients;
    this.#arrivals = arrivals;
    this.#texts = texts;
  }

  static async join(target: Target, count: number): Promise<Updates> {
    const arrivals = Array.from({ length: count }, (): Arrival[] => []);
    const texts: Buffer[] = [];
    const clients = await joinAll(target, count, (index) => ({
      keep: index === 0 ? Infinity : HEAD_BYTES,
      hear: ({ head }) => {
        const place = PLACE.exec(head.toString('latin1', 0, Math.min(head.length, HEAD_BYTES)));
        if (!place) return;
        arrivals[index]!.push({ at: sharedNow(), from: Number(place[1]), seq: Number(place[2]) });
        if (index === 0) texts.push(Buffer.from(head));
      },
    }));
    return new Updates(clients, arrivals, texts);
  }

  /**
   * What was heard since the last time. Each value is taken for the time at which it was sent. Rejects where a client is gone.
   * Takes long, in pieces, because other clients have pings to answer meanwhile.
   */
  async take(): Promise<HeardOf> {
    const gone = this.#clients.find(({ lost }) => lost);
    if (gone) throw new Error('a client is gone', { cause: gone.lost });
    const all = this.#arrivals.map((arrivals) => arrivals.splice(0));
    const texts = this.#texts.splice(0);
    const bytes = this.#clients.reduce((sum, client) => sum + client.bytes, 0);
    for (const client of this.#clients) client.bytes = 0;
    const [first = []] = all;
    const sent: number[][] = [];
    for (const text of texts) {
      sent.push(this.#newsOf(text));
      await others();
    }
    const indexOf = new Map(first.map(({ seq }, index) => [seq, index]));
    const latencies = new Histogram();
    for (const arrivals of all) {
      await others();
      for (const { at, from, seq } of arrivals) {
        for (let index = indexOf.get(seq) ?? -1; index >= 0 && first[index]!.from >= from; index--) {
          for (const time of sent[index]!) latencies.add(at - time);
        }
      }
    }
    const last = first.at(-1)?.seq;
    const behind = all.filter((arrivals) => !isWhole(arrivals, last)).length;
    return { changes: sent.reduce((sum, { length }) => sum + length, 0), bytes, behind, latencies };
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }

  /** The values in an update that are other than before: when they were sent. */
  #newsOf(text: Buffer): number[] {
    const [, update] = JSON.parse(text.toString().slice(2)) as [
      string,
      { changes: [topic: string, record: { value: number }][]; fields?: Rows[] },
    ];
    const news: number[] = [];
    const hear = (topic: string, value: number): void => {
      if (this.#known.get(topic) === value) return;
      this.#known.set(topic, value);
      news.push(value);
    };
    for (const [topic, { value }] of update.changes) hear(topic, value);
    for (const { names, rows } of update.fields ?? []) {
      const at = names.indexOf('value') + 1;
      if (at > 0) for (const row of rows) hear(row[0], row[at] as number);
    }
    return news;
  }
}

/** Whether each update begins where the one before ended, and the last one ends there. */
function isWhole(arrivals: readonly Arrival[], last: number | undefined): boolean {
  return (
    arrivals.at(-1)?.seq === last &&
    arrivals.every(({ from }, index) => index === 0 || from === arrivals[index - 1]!.seq)
  );
}

const STEPS_PER_MS = 10;
const MAX_MS = 60_000;

/** Millions of durations, to a tenth of a millisecond. */
export class Histogram {
  readonly #counts = new Uint32Array(MAX_MS * STEPS_PER_MS + 1);
  count = 0;

  /** Milliseconds. */
  add(ms: number): void {
    const step = Math.round(ms * STEPS_PER_MS);
    this.#counts[Math.max(0, Math.min(step, MAX_MS * STEPS_PER_MS))]!++;
    this.count++;
  }

  quantile(share: number): number {
    let left = Math.ceil(share * this.count);
    if (left === 0) return NaN;
    for (const [step, count] of this.#counts.entries()) {
      left -= count;
      if (left <= 0) return step / STEPS_PER_MS;
    }
    return NaN;
  }
}
