/** The log as seen from beside the thread that owns it: in slices, so that whoever writes waits for none of it. */
import { FactoryError } from '../base/errors.ts';
import type { Break } from './chain.ts';
import { fromJson, limitOf, SLICE_ROWS, unseal, verified } from './log.ts';
import type { LogEntry, LogPage, LogQuery, Verification } from './log.ts';
import type { AskedQuery } from './asked.ts';
import type { Checked, Slice } from './sqlite-log.ts';
import type { Reply, Request } from './sqlite-worker.ts';

export class SlicedLog {
  readonly #send: (request: Request) => Promise<Reply>;
  #verifying: Promise<Verification> | undefined;

  /** `send` must not reject. */
  constructor(send: (request: Request) => Promise<Reply>) {
    this.#send = send;
  }

  /** None where they cannot be read. */
  async recent(count: number): Promise<LogEntry[]> {
    try {
      const { rows } = await this.#collect({}, count);
      return rows.flatMap(({ json }) => fromJson(json)).toReversed();
    } catch {
      return [];
    }
  }

  async read(query: LogQuery): Promise<LogPage> {
    const { rows, head } = await this.#collect(query, limitOf(query));
    return { entries: rows.flatMap(unseal), head };
  }

  /** Who asks while it is under way gets the same answer. */
  verify(): Promise<Verification> {
    return (this.#verifying ??= this.#verify().finally(() => (this.#verifying = undefined)));
  }

  async asked(query: AskedQuery): Promise<LogEntry[]> {
    const { entries } = await this.#ask({ kind: 'asked', query }, 'asked');
    return entries.flatMap(fromJson);
  }

  async sealOf(seq: number): Promise<string | undefined> {
    return (await this.#ask({ kind: 'seal', seq }, 'seal')).seal;
  }

  async trim(before: string, at: string): Promise<void> {
    try {
      while ((await this.#ask({ kind: 'trim', before, at }, 'trimmed')).dropped === SLICE_ROWS);
    } catch {
      // A disk that is stuck or full shows at the next commit, and the next trim drops what this one did not.
    }
  }

  /** The latest `limit` rows that fit. */
  async #collect(query: LogQuery, limit: number): Promise<Slice> {
    let { slice } = await this.#ask({ kind: 'read', query: { ...query, limit } }, 'slice');
    let { rows } = slice;
    while (rows.length < limit && slice.before !== null) {
      const rest = { ...query, before: slice.before, limit: limit - rows.length };
      ({ slice } = await this.#ask({ kind: 'read', query: rest }, 'slice'));
      rows = rows.concat(slice.rows);
    }
    return { ...slice, rows: rows.slice(0, limit) };
  }

  async #verify(): Promise<Verification> {
    const breaks = new Map<number, Break>();
    let entries = 0;
    let after: Checked | null = null;
    do {
      const { checked }: { checked: Checked } = await this.#ask({ kind: 'check', after }, 'checked');
      // What is wrong with the end may be seen twice.
      for (const found of checked.breaks) if (!breaks.has(found.seq)) breaks.set(found.seq, found);
      entries += checked.rows;
      after = checked;
    } while (after.next !== null);
    const found = Array.from(breaks.values()).toSorted((one, other) => one.seq - other.seq);
    return verified(entries, after.end, found);
  }

  /** Rejects with `unavailable` where the answer is another one. */
  async #ask<Kind extends Reply['kind']>(request: Request, kind: Kind): Promise<Reply & { kind: Kind }> {
    const reply = await this.#send(request);
    if (reply.kind === kind) return reply as Reply & { kind: Kind };
    throw new FactoryError('unavailable', reply.kind === 'failed' ? reply.detail : 'unexpected answer');
  }
}
