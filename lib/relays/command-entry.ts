import type { Cause, Via } from '../base/cause.ts';
import type { Action, Command, ResultCode } from './relay.ts';

/** A command and what became of it, as the log has it. */
export type CommandEntry = {
  readonly kind: 'command';
  /** Time of the command, ISO 8601, where that is earlier than its entry; left out: the time at which it is logged. */
  readonly at?: string;
  readonly id: string;
  readonly relay: string;
  /** null: it was refused before it was one. */
  readonly action: Action | null;
  readonly by: string | null;
  readonly from: string;
  readonly via?: Via;
  /** `begun`: it is about to be carried out, and what comes of it is another entry. */
  readonly code: ResultCode | 'begun';
  readonly state: boolean | null;
  readonly reason?: string;
  readonly why?: string;
  readonly force?: true;
  readonly for?: number;
  readonly cause?: Cause;
};

export function entryOf(
  command: Command,
  { code, state }: Pick<CommandEntry, 'code' | 'state'>,
): CommandEntry {
  const { id, relay, action, by, from, via, why, force, for: duration, cause } = command;
  return {
    kind: 'command',
    id,
    relay,
    action,
    by,
    from,
    ...(via && { via }),
    code,
    state,
    ...(why && { why }),
    ...(force && { force, for: duration! }),
    ...(cause && cause.length > 0 && { cause }),
  };
}
