import { systemClock } from '../base/clock.ts';
import type { Clock } from '../base/clock.ts';
import { Emitter } from '../base/events.ts';
import type { FarReport } from './line-reads.ts';
import { AWAY, LineState } from './line-state.ts';

/** The node that carries a board's messages, as its driver sees it. Levels are electrical: true for high. */
export interface MessageLink {
  /**
   * Asks the far end for these levels, by line; `all` has every line of the board, with those. Throws a FactoryError
   * where the message cannot be made.
   */
  write(levels: ReadonlyMap<number, boolean>, all: ReadonlyMap<number, boolean>): void;
  /** Asks the far end what these lines are. */
  ask(lines: readonly number[]): void;
}

/** A node's place at a board. */
export interface Attached {
  /** Whether it is the one that carries the messages: the first one of the board is. */
  readonly isServing: boolean;
  /** From now on messages may leave: whatever they are wired to is there. */
  ready(): void;
  detach(): void;
}

/**
 * Where a board's messages leave and arrive. Driver and node find it by the board's id, whichever comes first, and it
 * outlives both: a redeploy of one of them loses no read-back.
 */
export class MessagePort {
  clock: Clock = systemClock;
  /** How long a write may wait for its read-back, milliseconds: later it must not be carried out any more. */
  answerWithin = 0;
  /** How old a read-back may be, milliseconds; 0: as old as it likes. */
  staleAfter = 0;
  readonly lines = new Map<number, LineState>();
  /**
   * `heard` tells of read-backs, and whether any says something new; `failed` of lines with a problem; `link` when
   * messages can leave, or cannot any more; `back` that the far end says it is there again; `waiting` when other lines are waited for than before.
   */
  readonly events = new Emitter<{
    heard: { readonly isNews: boolean };
    failed: { readonly lines: readonly number[]; readonly reason: string };
    link: undefined;
    back: undefined;
    waiting: undefined;
  }>();
  #links: { readonly link: MessageLink; isReady: boolean }[] = [];
  #unlinkedAt: number | undefined;
  #isBlind = false;
  /** The topics that have said that the far end is there. */
  readonly #sources = new Set<string>();

  /** What carries messages now; undefined while nothing does. */
  get link(): MessageLink | undefined {
    const [first] = this.#links;
    return first?.isReady ? first.link : undefined;
  }

  /** There is no read-back: a level is what was asked for. */
  get isBlind(): boolean {
    return this.#isBlind;
  }

  /** Says whether there is read-back. Where there is from now on, what was only asked for is known no more. */
  sees(isSeeing: boolean): void {
    if (isSeeing && this.#isBlind) for (const state of this.lines.values()) state.forget();
    this.#isBlind = !isSeeing;
  }

  /** Whether it is known what this line is, and it is not too old. */
  isKnown(line: number): boolean {
    const { level, problem, at } = this.line(line);
    if (level === undefined || problem !== undefined) return false;
    return this.isBlind || this.staleAfter === 0 || this.clock.monotonic() - at <= this.staleAfter;
  }

  /** For how long no message could leave, milliseconds. */
  get unlinkedFor(): number {
    if (this.link) return 0;
    this.#unlinkedAt ??= this.clock.monotonic();
    return this.clock.monotonic() - this.#unlinkedAt;
  }

  get isUnused(): boolean {
    return this.#links.length === 0 && this.lines.size === 0 && this.events.count() === 0;
  }

  /** The state of a line, from now on kept. */
  line(line: number): LineState {
    const known = this.lines.get(line);
    if (known) return known;
    const state = new LineState();
    this.lines.set(line, state);
    return state;
  }

  attach(link: MessageLink): Attached {
    const entry = { link, isReady: false };
    this.#links.push(entry);
    const told = (change: () => void): void => {
      const before = this.link;
      const gap = this.unlinkedFor;
      change();
      if (this.link === before) return;
      // A node that is only redeployed misses hardly anything.
      if (gap > this.answerWithin && !this.isBlind) for (const state of this.lines.values()) state.miss();
      this.#unlinkedAt = this.link ? undefined : this.clock.monotonic();
      this.events.emit('link', undefined);
    };
    const isServing = (): boolean => this.#links[0] === entry;
    return {
      get isServing() {
        return isServing();
      },
      ready: () => told(() => (entry.isReady = true)),
      detach: () => told(() => (this.#links = this.#links.filter((each) => each !== entry))),
    };
  }

  /** Takes over what the far end has said. */
  hear({ levels, failed, presence, isReplayed }: FarReport): void {
    if (levels.size > 0) this.receive(levels, isReplayed);
    const reasons = new Set(failed.values());
    for (const reason of reasons) {
      const lines = Array.from(failed).filter(([, why]) => why === reason);
      this.fail(
        lines.map(([line]) => line),
        reason,
        isReplayed,
      );
    }
    if (presence?.isThere) this.back(presence);
    else if (presence) this.away(presence);
  }

  /** Takes over what was read back; `isReplayed`: as a broker has kept it. */
  receive(levels: ReadonlyMap<number, boolean>, isReplayed = false): void {
    const now = this.clock.monotonic();
    let isNews = false;
    for (const [line, level] of levels) {
      const state = this.line(line);
      if (isReplayed ? state.replay(level, now) : state.take(level, now)) isNews = true;
    }
    this.events.emit('heard', { isNews });
  }

  /**
   * The far end is there, perhaps again: what it was asked before may have been lost on the way. `lines` are those that
   * `source` speaks of.
   */
  back({ lines, source }: Said = NOBODY): void {
    this.#sources.add(source);
    const now = this.clock.monotonic();
    let isNews = false;
    for (const line of lines) if (this.line(line).return(source, now)) isNews = true;
    if (isNews) this.events.emit('heard', { isNews });
    this.events.emit('back', undefined);
  }

  /** The far end is away, by what `source` says: nothing is known of these lines. */
  away({ lines, source }: Said): void {
    const now = this.clock.monotonic();
    for (const line of lines) {
      const state = this.line(line);
      if (this.isBlind) state.failBlindly(AWAY, now);
      // Without read-back, only what has said that it is there will say so again.
      if (!this.isBlind || this.#sources.has(source)) state.leave(source, this.isBlind);
    }
    this.events.emit('failed', { lines, reason: AWAY });
  }

  /** These lines failed at the far end: nothing is known of them, or what was before the write that failed. */
  fail(lines: readonly number[], reason: string, isReplayed = false): void {
    for (const line of lines) {
      if (this.isBlind) this.line(line).failBlindly(reason, this.clock.monotonic());
      else this.line(line).fail(reason, isReplayed);
    }
    const failed = lines.filter((line) => this.line(line).problem !== undefined);
    if (failed.length > 0) this.events.emit('failed', { lines: failed, reason });
  }
}

/** Report of the far end's presence: the lines that it covers, and its topic. */
interface Said {
  readonly lines: readonly number[];
  readonly source: string;
}

const NOBODY: Said = { lines: [], source: '' };

const ports = new Map<string, MessagePort>();

/** The port of the board with this id; made where there is none yet. */
export function messagePort(board: string): MessagePort {
  const known = ports.get(board);
  if (known) return known;
  const port = new MessagePort();
  ports.set(board, port);
  return port;
}

/** Forgets what the lines of a board were, when the board is gone for good; a node that is attached stays so. */
export function forgetMessages(board: string): void {
  const port = ports.get(board);
  port?.lines.clear();
  if (port?.isUnused) ports.delete(board);
}
