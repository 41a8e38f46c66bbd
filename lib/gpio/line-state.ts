/** The reason while a source has said that the far end is away. */
export const AWAY = 'it is offline';

/**
 * State of one line at the far end. A level is fresh where the far end has reported it now, and replayed where a broker has
 * kept it: a replayed level clears no problem, confirms no write, and counts only while nothing else is known.
 */
export class LineState {
  /** True for high, as it was read back, or as it was written where nothing is read back; undefined: not known. */
  level: boolean | undefined;
  /** Time of the last read-back, milliseconds on the monotonic clock. */
  at = -Infinity;
  /** Number of fresh read-backs. */
  count = 0;
  /** The level that was written and is not confirmed yet. */
  pending: boolean | undefined;
  /** An earlier board of this process had it at a level: the next one takes it over as it is. */
  isHeld = false;
  /** A write to it had no answer, and nothing fresh has come since. */
  isUnanswered = false;
  /** Without read-back: the level before the last write, and until when an error can mean that write. */
  undo: { readonly level: boolean | undefined; readonly until: number } | undefined;
  #failure: string | undefined;
  /** The sources that have said that the far end is away. */
  readonly #away = new Set<string>();
  #isReplayed = false;
  #isMissed = false;
  /** The last replayed level since the last fresh one. */
  #replayed: boolean | undefined;

  /** Problem that the far end has reported, until something fresh is read back. */
  get problem(): string | undefined {
    return this.#failure ?? (this.#away.size > 0 ? AWAY : undefined);
  }

  /** Reason why the level is uncertain; undefined where it is fresh, or not known at all. */
  get doubt(): string | undefined {
    if (this.level === undefined) return undefined;
    if (this.#isMissed) return 'it is known from before the relay I/O node was away';
    if (this.#isReplayed) return 'it is known from a retained message alone';
    if (this.#replayed === undefined || this.#replayed === this.level) return undefined;
    return 'a retained message says otherwise';
  }

  /** The last replayed level since the last fresh one. */
  get replayed(): boolean | undefined {
    return this.#replayed;
  }

  /** Takes over a fresh read-back. Returns whether it says anything new. */
  take(level: boolean, now: number): boolean {
    const isNews = this.level !== level || this.problem !== undefined || this.doubt !== undefined;
    this.clearProblem();
    this.level = level;
    this.#isReplayed = false;
    this.#isMissed = false;
    this.#replayed = undefined;
    this.isUnanswered = false;
    this.at = now;
    this.count += 1;
    return isNews;
  }

  /** Takes note of a replayed level. Returns whether it says anything new. */
  replay(level: boolean, now: number): boolean {
    const before = [this.level, this.doubt];
    this.#replayed = level;
    this.#fill(now);
    return before[0] !== this.level || before[1] !== this.doubt;
  }

  /** Nothing has carried read-backs for a while: the line may have moved. */
  miss(): void {
    this.#isMissed = this.level !== undefined;
  }

  /** The line has failed: its level is not known until it is read back. A replayed failure says nothing against a fresh level. */
  fail(reason: string, isReplayed: boolean): void {
    if (isReplayed && this.level !== undefined && !this.#isReplayed) return;
    this.#failure = reason;
    this.forget();
  }

  /** A source says that the far end is away. Without read-back the level stands. */
  leave(source: string, isBlind = false): void {
    this.#away.add(source);
    if (!isBlind) this.forget();
  }

  get isAway(): boolean {
    return this.#away.size > 0;
  }

  /**
   * A source says that the far end is there, which proves no level. Whatever has a topic of its own has come over the link,
   * so the link (a source without a topic) is there too. Returns whether it says anything new.
   */
  return(source: string, now: number): boolean {
    const before = this.problem;
    this.#away.delete(source);
    this.#away.delete('');
    this.#fill(now);
    return before !== this.problem;
  }

  /** The level is not known any more. */
  forget(): void {
    this.level = undefined;
    this.#isReplayed = false;
    this.#isMissed = false;
    this.#replayed = undefined;
  }

  clearProblem(): void {
    this.#failure = undefined;
    this.#away.clear();
  }

  /** Without read-back a level stands, whatever fails; a write that may just have failed is undone. */
  failBlindly(reason: string, now: number): void {
    this.#failure = reason;
    if (this.undo && now <= this.undo.until) this.level = this.undo.level;
    this.undo = undefined;
  }

  /** Nothing better is known than what was replayed. */
  #fill(now: number): void {
    if (this.problem !== undefined || this.isUnanswered || this.#replayed === undefined) return;
    if (this.level !== undefined && !this.#isReplayed) return;
    this.level = this.#replayed;
    this.#isReplayed = true;
    this.at = now;
  }
}
