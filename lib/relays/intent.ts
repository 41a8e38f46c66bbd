/** The intent of commands that must not be carried out twice: in the audit log before their line moves. */
import type { Clock } from '../base/clock.ts';
import type { FaultState } from './channels.ts';
import { entryOf, type CommandEntry } from './command-entry.ts';
import { INTENT_WAIT_MS } from './limits.ts';
import type { Command } from './relay.ts';

/** Returns whether a second execution would do more than the first. Acts of a rule have an id that nobody can send again. */
export function isRepeatable({ action, owner, for: duration }: Command): boolean {
  return owner !== 'safety' && (action === 'toggle' || duration !== undefined);
}

/** Effect that a command is about to have. */
export interface Intent {
  /** State of the relay before the command. */
  readonly state: boolean | null;
  readonly wanted: boolean;
  readonly fault: FaultState;
}

/** Writes down commands before they are carried out. */
export class Intents {
  readonly #clock: Clock;
  readonly #append: (entry: CommandEntry) => Promise<boolean>;
  readonly #begun = new WeakMap<Command, Promise<boolean>>();
  /** True while the log is late: one command that waits is enough, so that nothing queues up in front of an `off`. */
  #isLate = false;

  /** `append` must not reject. */
  constructor(clock: Clock, append: (entry: CommandEntry) => Promise<boolean>) {
    this.#clock = clock;
    this.#append = append;
  }

  /**
   * Resolves once it is in the log that the command has begun, or after {@link INTENT_WAIT_MS} where the log is late. A way
   * into the fault state waits for nothing, unless it is a toggle: that is one by chance.
   */
  async begin(command: Command, { state, wanted, fault }: Intent): Promise<void> {
    const begun = this.#inTime(this.#append(entryOf(command, { code: 'begun', state })));
    this.#begun.set(command, begun);
    const isWaiting = command.action === 'toggle' || wanted !== (fault === 'on');
    if (isWaiting && !this.#isLate) await begun;
  }

  /** Returns whether the begin of a command is in the log for good; true where it need not be. */
  async isLogged(command: Command): Promise<boolean> {
    return (await this.#begun.get(command)) ?? true;
  }

  #inTime(logged: Promise<boolean>): Promise<boolean> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(INTENT_WAIT_MS, () => {
        this.#isLate = true;
        resolve(false);
      });
      void logged.then((isLogged) => {
        this.#isLate = false;
        cancel();
        resolve(isLogged);
      });
    });
  }
}
