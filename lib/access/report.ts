import { Bucket } from '../base/bucket.ts';
import type { Via } from '../base/cause.ts';
import type { Clock } from '../base/clock.ts';
import { oneLine } from '../base/text.ts';
import { MAX_NAME_LENGTH } from './entries.ts';
import { MAX_TEXT, RefusalLog, type Refused } from './refusal-log.ts';

/**
 * How many refusals are written down at once, and how many a second on and on: 300 an hour. The log has an end, and who is
 * refused again and again, from everywhere and as everybody, must not push out of it what others did.
 */
export const TELLING = { burst: 100, perSecond: 300 / 3600 };

/** An entry of the audit, before it has its time. */
export interface AuditEntry {
  readonly kind: 'sign-in' | 'sign-out' | 'refused' | 'token';
  readonly by: string | null;
  readonly from: string;
  readonly via: Via;
  readonly what: string;
  readonly result: string;
  readonly reason?: string;
  readonly times?: number;
  /** How many other refusals were not written down since the last one that was. */
  readonly untold?: number;
}

/** What the audit and the log are told of who comes, goes and is refused. */
export class Report {
  readonly #clock: Clock;
  readonly #telling: Bucket;
  #refusals: RefusalLog;
  #untold = 0;
  #audit: (entry: AuditEntry) => void = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#telling = new Bucket(clock, TELLING);
    this.#refusals = new RefusalLog(clock);
  }

  /** Where entries go. */
  to(audit: (entry: AuditEntry) => void): void {
    this.#audit = audit;
  }

  write(entry: AuditEntry): void {
    this.#audit(entry);
  }

  /**
   * Writes a refusal down, the same one at most once a minute with how often it was, and all of them within {@link TELLING}.
   * Returns what a log may tell of it on one line; undefined where nothing is told.
   */
  refused(refused: Refused & { readonly via: Via }): string | undefined {
    // Nobody is turned away who is asked to wait for a moment.
    const told = refused.code === 'unavailable' ? undefined : this.#refusals.take(refused);
    if (!told) return undefined;
    const { address: from, code: result, reason, via, what, by } = refused;
    const { times } = told;
    if (!this.#telling.take()) {
      this.#untold += times;
      return undefined;
    }
    const untold = this.#untold;
    this.#untold = 0;
    this.#audit({
      kind: 'refused',
      by: by === undefined ? null : oneLine(by, MAX_NAME_LENGTH),
      from,
      via,
      result,
      // Strangers write part of both, in kilobytes if they like.
      reason: oneLine(reason, MAX_TEXT),
      what: oneLine(what ?? 'connection', MAX_TEXT),
      ...(times > 1 && { times }),
      ...(untold > 0 && { untold }),
    });
    return untold > 0 ? `${told.line} (and ${untold} more that are not told)` : told.line;
  }

  /** What was told before is told anew. */
  forget(): void {
    this.#refusals = new RefusalLog(this.#clock);
  }
}
