import type { Clock } from '../base/clock.ts';
import { FactoryError } from '../base/errors.ts';
import { nameKey, quote } from '../base/text.ts';
import type { Channel } from './channels.ts';
import { newCommand } from './command.ts';
import type { RelayBoard } from './directory.ts';
import type { RelayRecord, ResultCode, TrialResult } from './relay.ts';

/** How long a relay is on for a trial, milliseconds; longer where its rules have it stay on longer. */
export const TRIAL_MS = 1000;
/** A trial that waits behind other commands for longer is not what its engineer watches any more, milliseconds. */
export const TRIAL_TTL_MS = 5000;

export const TRIALS = ['pulse', 'on', 'off'] as const;
/** `pulse` switches a relay on that is off, and lets it go off by itself. */
export type Trial = (typeof TRIALS)[number];

/** What an engineer tries at a channel of a board as it runs. */
export interface TrialWish {
  readonly relay: string;
  /** As they have it in front of them: on another line, or turned round, it is not what runs. */
  readonly line: unknown;
  readonly activeLow: unknown;
  readonly trial: Trial;
  /** Who, and from which address. */
  readonly by: string;
  readonly from: string;
}

/** After these the relay may be in hand. */
const TOOK: ReadonlySet<ResultCode> = new Set(['done', 'unchanged', 'readback-mismatch', 'unavailable']);

/**
 * Tries a channel, as a person switches it: through its lock-out, its rules and its interlock, and into the log. After
 * `pulse` it belongs to whom it belonged to before; after `on` and `off` it is in hand. Rejects with `invalid` where this
 * channel is not what runs, or where a pulse would end what is on.
 */
export async function tryChannel(
  board: RelayBoard,
  channels: readonly Channel[],
  wish: TrialWish,
  clock: Clock,
): Promise<TrialResult> {
  const { line, activeLow, trial, by, from } = wish;
  const channel = channels.find(({ id }) => nameKey(id) === nameKey(wish.relay));
  if (!channel) throw invalid(`there is no relay ${quote(wish.relay)} on the board as it runs`);
  const relay = channel.id;
  if (channel.line !== line || channel.activeLow !== activeLow)
    throw invalid(`${quote(relay)} runs with other settings`);
  const record = (): RelayRecord | undefined => board.records().find(({ id }) => id === relay);
  const before = record();
  // Who asks for a pulse of what is on would have it switched off by it.
  if (trial === 'pulse' && before?.state === true) throw invalid(`${quote(relay)} is on already`);
  const cause = [{ kind: 'client', id: 'editor', by, from }] as const;
  const command = { relay, by, from, owner: 'hand', via: 'http', cause } as const;
  const wished = {
    action: trial === 'pulse' ? 'on' : trial,
    ttl: TRIAL_TTL_MS,
    ...(trial === 'pulse' && { for: Math.max(TRIAL_MS, channel.rules.minOn) }),
  } as const;
  const result = await board.command(newCommand({ ...command, ...wished }, clock));
  if (trial === 'pulse' && !before?.hand && TOOK.has(result.code)) {
    await board.command(newCommand({ ...command, action: 'auto' }, clock));
  }
  return { result, hand: record()?.hand !== undefined };
}

function invalid(message: string): FactoryError {
  return new FactoryError('invalid', message, { remedy: 'Deploy first, and try what runs' });
}
