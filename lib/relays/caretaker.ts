import { isoTime } from '../base/clock.ts';
import type { Clock } from '../base/clock.ts';
import { nameKey } from '../base/text.ts';
import { Wake } from '../base/wake.ts';
import type { GpioDriver } from '../gpio/driver.ts';
import { REOPEN_MS } from '../gpio/limits.ts';
import type { Channel } from './channels.ts';
import { entryOf } from './command-entry.ts';
import { newCommand } from './command.ts';
import { actOf, type Due, type Rule } from './due.ts';
import type { Memory } from './home.ts';

export interface CaretakerOptions {
  /** Name of the board. */
  readonly name: string;
  readonly channels: readonly Channel[];
  /** The driver of the closed board, which still holds its lines. */
  readonly driver: GpioDriver;
  readonly clock: Clock;
  readonly memory: ReadonlyMap<string, Memory>;
}

/** One relay whose time has come, or comes next. */
interface Next {
  readonly channel: Channel;
  readonly known: Memory;
  readonly due: Due;
}

/**
 * Timed actions of relays whose board is closed while their lines are held: flows are stopped, cannot start, or are being
 * deployed. It ends pulses, longest times, forces and hands, and lets watchdogs go off, until the next board takes over. What it did
 * waits in the memory of the relays for that board to log it.
 */
export class Caretaker {
  readonly #options: CaretakerOptions;
  readonly #wake: Wake;
  #isPaused = false;

  constructor(options: CaretakerOptions) {
    this.#options = options;
    this.#wake = new Wake(options.clock, () => this.#run());
    this.#wait();
  }

  /** Looks again at what comes next: who has a relay is other than before. */
  attend(): void {
    if (!this.#isPaused) this.#wait();
  }

  /** Leaves the lines to a board that is about to open them. */
  pause(): void {
    this.#isPaused = true;
    this.#wake.stop();
  }

  /** Goes on: the board could not open them. */
  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#wait();
  }

  #wait(earliest = 0): void {
    const [next] = this.#next();
    if (next) this.#wake.by(Math.max(next.due.at, earliest));
  }

  /** Relays with something to do by themselves, the earliest first. */
  #next(): Next[] {
    const { channels, memory, driver } = this.#options;
    if (!driver.writeHeld) return [];
    return channels
      .flatMap((channel) => {
        const known = memory.get(nameKey(channel.id));
        const due = known?.keeper.due;
        return known && due ? [{ channel, known, due }] : [];
      })
      .toSorted((one, other) => one.due.at - other.due.at);
  }

  #run(): void {
    const now = this.#options.clock.monotonic();
    const isDone = this.#next()
      .filter(({ due }) => due.at <= now)
      .map((next) => this.#act(next))
      .every((done) => done);
    this.#wait(isDone ? 0 : now + REOPEN_MS);
  }

  /** Returns whether the line could be set. */
  #act({ channel, known, due }: Next): boolean {
    const { clock, name } = this.#options;
    const { keeper, meanwhile } = known;
    const { rule, ...wish } = actOf(due, channel);
    const armed = keeper.armedBy.get(rule);
    const cause = [{ kind: 'rule', id: rule, ...(armed !== undefined && { command: armed }) }] as const;
    const relay = channel.id;
    const command = newCommand({ ...wish, relay, from: name, owner: 'safety', via: 'rule', cause }, clock);
    const level = levelOf(rule, channel);
    // Latched also where the line cannot be set: the next board finds it so.
    if (rule === 'watchdog') {
      keeper.claims.lockOut(command.by, command.why!, 'safety');
      keeper.armedBy.set('lock-out', command.id);
    }
    const isSet = level === null || this.#set(channel.line, level);
    if (!isSet && rule !== 'watchdog') return false;
    if (isSet && level !== null) keeper.observe(level);
    if (rule === 'hand-end') keeper.giveBack();
    else if (rule === 'force') keeper.unforce();
    else if (isSet && level !== null) keeper.want(level);
    const { state } = keeper.kept;
    meanwhile.push({ at: isoTime(clock.now()), ...entryOf(command, { code: 'done', state }) });
    return true;
  }

  #set(line: number, level: boolean): boolean {
    try {
      this.#options.driver.writeHeld!(new Map([[line, level]]));
      return true;
    } catch {
      return false;
    }
  }
}

/** Returns the level that the line takes; null: it stays as it is. */
function levelOf(rule: Rule, { fault }: Channel): boolean | null {
  if (rule === 'hand-end') return null;
  if (rule === 'watchdog') return fault === 'hold' ? null : fault === 'on';
  return false;
}
