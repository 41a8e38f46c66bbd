import { systemClock } from '../base/clock.ts';
import type { Clock } from '../base/clock.ts';
import { Emitter } from '../base/events.ts';

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

/** What is known of one line at the far end. */
export interface LineState {
  /** True for high, as it was read back, or as it was asked for where nothing is; undefined: nobody knows. */
  level: boolean | undefined;
  /** When it was read back last, and how often in all, on the monotonic clock in milliseconds. */
  at: number;
  count: number;
  /** What the far end said was wrong, until it is read back again. */
  problem: string | undefined;
  /** What was asked for and is not confirmed yet. */
  pending: boolean | undefined;
  /** An earlier board of this process had it at a level: it is taken over as it is. */
  isHeld: boolean;
  /** Without read-back: what it was before the last write, and until when an error can mean that write. */
  undo: { readonly level: boolean | undefined; readonly until: number } | undefined;
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
    if (isSeeing && this.#isBlind) for (const state of this.lines.values()) state.level = undefined;
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
    const state: LineState = {
      level: undefined,
      at: -Infinity,
      count: 0,
      problem: undefined,
      pending: undefined,
      isHeld: false,
      undo: undefined,
    };
    this.lines.set(line, state);
    return state;
  }

  attach(link: MessageLink): Attached {
    const entry = { link, isReady: false };
    this.#links.push(entry);
    const told = (change: () => void): void => {
      const before = this.link;
      change();
      if (this.link === before) return;
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

  /** Takes over what was read back. */
  receive(levels: ReadonlyMap<number, boolean>): void {
    let isNews = false;
    for (const [line, level] of levels) {
      const state = this.line(line);
      if (state.level !== level || state.problem !== undefined) isNews = true;
      Object.assign(state, { level, problem: undefined, at: this.clock.monotonic(), count: state.count + 1 });
    }
    this.events.emit('heard', { isNews });
  }

  /** The far end is there, perhaps again: what it was asked before may have been lost on the way. */
  back(): void {
    this.events.emit('back', undefined);
  }

  /** These lines failed at the far end: nothing is known of them, or what was before the write that failed. */
  fail(lines: readonly number[], reason: string): void {
    for (const line of lines) {
      const state = this.line(line);
      state.problem = reason;
      if (!this.isBlind) state.level = undefined;
      else if (state.undo && this.clock.monotonic() <= state.undo.until) state.level = state.undo.level;
      state.undo = undefined;
    }
    this.events.emit('failed', { lines, reason });
  }
}

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
