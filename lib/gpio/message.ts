import { systemClock } from '../base/clock.ts';
import type { Clock } from '../base/clock.ts';
import { FactoryError } from '../base/errors.ts';
import type { Unsubscribe } from '../base/events.ts';
import type { GpioDriver, OutputLine } from './driver.ts';
import { notOpen } from './held-lines.ts';
import type { MessageSettings } from './message-settings.ts';
import { messagePort } from './message-port.ts';
import { AWAY } from './line-state.ts';
import { farEndFailed, noNode, readBack, usableLink } from './message-waits.ts';
import type { MessageLink, MessagePort } from './message-port.ts';

/**
 * Outputs at the other end of wires: what is asked for leaves as messages, what is read back arrives as messages, through
 * the node that is attached to the board's {@link MessagePort}. Without such a node the board is unavailable.
 *
 * A line's level is what was read back last. It outlives the driver, and nothing is written at a deploy. A level that was
 * written counts once it is read back; where another one is still read back when the time is over, that one counts, and
 * where there is none, `unavailable` is the answer. Without read-back the level is what was asked for last.
 */
export class MessageDriver implements GpioDriver {
  readonly simulated = false;
  readonly verified: 'line' | 'command';
  readonly #port: MessagePort;
  readonly #settings: MessageSettings;
  readonly #clock: Clock;
  #lines: readonly OutputLine[] = [];
  /** What the last attempt to open was about: once all of it is known, another one is worth while. */
  #wanted: readonly OutputLine[] = [];
  #isAtFault = true;
  #stopAsking: Unsubscribe = () => {};

  /** `board` names whose lines these are: a node attaches itself by the same id. */
  constructor(board: string, settings: MessageSettings, clock: Clock = systemClock) {
    this.#port = messagePort(board);
    this.#settings = settings;
    this.#clock = clock;
    this.#port.clock = clock;
    this.#port.answerWithin = settings.answerWithin;
    this.#port.staleAfter = settings.staleAfter;
    this.verified = settings.readBack === 'none' ? 'command' : 'line';
    this.#port.sees(this.verified === 'line');
  }

  async open(lines: readonly OutputLine[]): Promise<void> {
    this.#isAtFault = true;
    this.#wanted = lines;
    const link = await this.#link();
    const isStarting = ({ line, initial }: OutputLine): boolean =>
      initial !== 'keep' && !this.#port.line(line).isHeld;
    if (this.#port.isBlind) this.#takeBlindly(lines);
    else await this.#learn(link, numbers(lines.filter((each) => !isStarting(each))));
    const levels = lines
      .filter(isStarting)
      .map(({ line, activeLow, initial }) => [line, initial !== activeLow] as const);
    await this.#set(new Map(levels), lines, true);
    for (const { line } of lines) this.#port.line(line).isHeld = true;
    this.#lines = lines;
    this.#isAtFault = false;
    this.#stopAsking();
    // Whatever changed while nobody carried read-backs was missed.
    this.#stopAsking = this.#port.events.on('link', () => {
      if (!this.#port.isBlind) this.#port.link?.ask(numbers(this.#lines));
    });
  }

  async write(levels: ReadonlyMap<number, boolean>): Promise<void> {
    const taken = Array.from(levels, ([line, on]) => [line, on !== this.#taken(line).activeLow] as const);
    await this.#set(new Map(taken), this.#lines);
  }

  async read(lines: readonly number[]): Promise<Map<number, boolean>> {
    const taken = lines.map((line) => this.#taken(line));
    try {
      // A node that is only redeployed is back within this time.
      if (this.#port.unlinkedFor > this.#settings.answerWithin) throw noNode();
      return new Map(taken.map(({ line, activeLow }) => [line, this.#level(line) !== activeLow]));
    } catch (error) {
      this.#isAtFault = true;
      throw error;
    }
  }

  attempt(levels: ReadonlyMap<number, boolean>): boolean {
    const { link } = this.#port;
    const lines = this.#wanted.filter(({ line }) => levels.has(line));
    if (!link || lines.length < levels.size) return false;
    const sent = lines.map(({ line, activeLow }) => [line, levels.get(line) !== activeLow] as const);
    try {
      link.write(new Map(sent), new Map([...this.#image(this.#wanted), ...sent]));
      return true;
    } catch {
      // One message for all lines would have to say what the others are to be, and that is not known.
      return false;
    }
  }

  doubt(line: number): string | undefined {
    return this.#isKnown(line) ? this.#port.line(line).doubt : undefined;
  }

  /** Nothing: no message leaves a process that ends. What is to fall off then needs a watchdog at the far end. */
  setAtExit(): void {}

  async release(): Promise<void> {
    this.#stopAsking();
    this.#lines = [];
  }

  watch(hear: () => void): Unsubscribe {
    const { events } = this.#port;
    const stops = [
      events.on('heard', ({ isNews }) => {
        if (this.#isAtFault ? this.#wanted.every(({ line }) => this.#isKnown(line)) : isNews) hear();
      }),
      // While it is at fault, it asks by itself, and to hear of each failure then would make it ask again at once.
      events.on('failed', () => {
        if (!this.#isAtFault) hear();
      }),
      events.on('link', () => {
        if (this.#isAtFault && this.#port.link) hear();
      }),
      events.on('back', () => {
        if (this.#isAtFault) hear();
      }),
    ];
    return () => stops.forEach((stop) => stop());
  }

  /** Without read-back: what was asked for last stands, whatever failed since. */
  #takeBlindly(lines: readonly OutputLine[]): void {
    for (const { line, initial } of lines) {
      const state = this.#port.line(line);
      if (state.isAway) throw farEndFailed(AWAY);
      state.clearProblem();
      if (state.level !== undefined) continue;
      state.isHeld = false;
      if (initial === 'keep') {
        throw new FactoryError('unavailable', `nobody knows what line ${line} is: it has no read-back`, {
          remedy: 'Open the board and let its relays start off, on or as they were',
        });
      }
    }
  }

  /** Asks what these lines are, and waits for those that are not known. */
  async #learn(link: MessageLink, lines: readonly number[]): Promise<void> {
    if (lines.length === 0) return;
    const missing = lines.filter((line) => !this.#isKnown(line));
    const silent = await this.#until(
      missing,
      (line) => this.#isKnown(line),
      () => link.ask(lines),
    );
    if (silent.length > 0) throw this.#silence(silent);
  }

  /**
   * Writes these electrical levels and waits until they are read back. To open a board it is enough that a retained message
   * says the same: many devices say nothing when nothing changes.
   */
  async #set(
    levels: ReadonlyMap<number, boolean>,
    lines: readonly OutputLine[],
    isOpening = false,
  ): Promise<void> {
    if (levels.size === 0) return;
    const link = await this.#link();
    const written = [...levels.keys()];
    const counts = new Map(written.map((line) => [line, this.#port.line(line).count]));
    for (const [line, level] of levels) this.#port.line(line).pending = level;
    const send = (): void => link.write(levels, this.#image(lines));
    try {
      if (this.#port.isBlind) {
        send();
        this.#believe(levels);
        return;
      }
      const late = await this.#until(written, (line) => this.#isConfirmed(line, levels.get(line)!), send);
      // What is read back is another level: the next reading shows that. What is not read back may be anything.
      const silent = late.filter((line) => this.#port.line(line).count === counts.get(line));
      const error = this.#silence(silent);
      const lost = silent.filter((line) => !this.#isLikely(line, levels.get(line)!));
      for (const line of lost) {
        const state = this.#port.line(line);
        state.forget();
        // Before the board's first opening a retained message is all that may ever come.
        state.isUnanswered = state.isHeld;
      }
      if ((isOpening ? lost : silent).length > 0) throw error;
    } catch (error) {
      this.#isAtFault = true;
      throw error;
    } finally {
      for (const line of written) this.#port.line(line).pending = undefined;
      this.#port.events.emit('waiting', undefined);
    }
  }

  #believe(levels: ReadonlyMap<number, boolean>): void {
    const until = this.#clock.monotonic() + this.#settings.answerWithin;
    for (const [line, level] of levels) {
      const state = this.#port.line(line);
      Object.assign(state, { level, undo: { level: state.level, until } });
    }
  }

  /** Every line of the board as it is to be now: what other writes have asked for and is not confirmed counts too. */
  #image(lines: readonly OutputLine[]): Map<number, boolean> {
    const image = new Map<number, boolean>();
    for (const { line } of lines) {
      const { pending, level } = this.#port.line(line);
      const now = pending ?? level;
      if (now !== undefined) image.set(line, now);
    }
    return image;
  }

  #until(
    lines: readonly number[],
    isDone: (line: number) => boolean,
    start: () => void,
  ): Promise<readonly number[]> {
    return readBack(this.#port, this.#settings.answerWithin, { lines, isDone, start });
  }

  async #link(): Promise<MessageLink> {
    try {
      return await usableLink(this.#port, this.#settings.answerWithin);
    } catch (error) {
      this.#isAtFault = true;
      throw error;
    }
  }

  #taken(line: number): OutputLine {
    const taken = this.#lines.find((each) => each.line === line);
    if (taken) return taken;
    throw notOpen(line);
  }

  #level(line: number): boolean {
    const { level, problem } = this.#port.line(line);
    if (problem !== undefined) throw farEndFailed(problem);
    if (level === undefined) throw this.#silence([line]);
    if (!this.#isKnown(line)) {
      const { staleAfter } = this.#settings;
      throw new FactoryError('unavailable', `no read-back of line ${line} for ${staleAfter} ms`, REMEDY);
    }
    return level;
  }

  #isKnown(line: number): boolean {
    return this.#port.isKnown(line);
  }

  /** Something fresh says that the line has this level. */
  #isConfirmed(line: number, level: boolean): boolean {
    return this.#isLikely(line, level) && this.doubt(line) === undefined;
  }

  #isLikely(line: number, level: boolean): boolean {
    return this.#isKnown(line) && this.#port.line(line).level === level;
  }

  #silence(lines: readonly number[]): FactoryError {
    const problem = lines.map((line) => this.#port.line(line).problem).find((each) => each !== undefined);
    if (problem !== undefined) return farEndFailed(problem);
    const isRetained = lines.some((line) => this.#port.line(line).replayed !== undefined);
    const which = lines.length === 1 ? `line ${lines[0]}` : `lines ${lines.join(', ')}`;
    return new FactoryError(
      'unavailable',
      `no read-back of ${which} within ${this.#settings.answerWithin} ms`,
      isRetained ? RETAINED : REMEDY,
    );
  }
}

/** A broker that speaks MQTT 5 keeps the flag on what is published now, where a subscription asks for it. */
const RETAINED = {
  remedy:
    'Only a retained message has come, which proves nothing: let mqtt in not keep the retain flag, or set the relay I/O node to take retained messages',
};
const REMEDY = { remedy: 'See that the far end is there and its read-backs reach the relay I/O node' };

function numbers(lines: readonly OutputLine[]): number[] {
  return lines.map(({ line }) => line);
}
