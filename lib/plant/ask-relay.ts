import { randomUUID } from 'node:crypto';
import type { Verdict } from '../access/authorise.ts';
import { FLOW } from '../access/wire.ts';
import type { Cause, Via } from '../base/cause.ts';
import { asError, FactoryError } from '../base/errors.ts';
import { newCommand, parseCommand } from '../relays/command.ts';
import type { Wish } from '../relays/command.ts';
import { MAX_COMMAND_ID_LENGTH, MAX_RELAY_ID_LENGTH } from '../relays/limits.ts';
import type { Action, Result } from '../relays/relay.ts';
import { resultOf } from '../relays/result.ts';
import type { Outcome } from '../relays/result.ts';
import type { Plant } from './plant.ts';

/** What someone asks of a relay by a message. */
export interface Ask {
  /** The relay's id; empty where the message names none. */
  readonly relay: string;
  readonly payload: unknown;
  readonly verdict: Verdict;
  /** Where it comes from, for the log. */
  readonly from: string;
  /** What led to it, for the log. */
  readonly cause?: Cause;
  /** A broker has kept the message and delivers it again: nobody asks for this now. */
  readonly isReplayed?: boolean;
  /** Returns true once nobody waits for the result any more; left out: somebody does. */
  readonly gone?: (() => boolean) | undefined;
}

/**
 * Reads a command off a message and has it executed. Whatever comes of it is the result: who may not is
 * answered `forbidden` and learns nothing of the relay, a payload that is no command `invalid`, a replayed command
 * `expired`. All are in the plant's log too. Never rejects.
 */
export async function askRelay(plant: Plant, ask: Ask): Promise<Result> {
  const { relay, payload, verdict, from, cause, gone, isReplayed = false } = ask;
  if (!verdict.allowed) {
    const { reason, by } = verdict;
    return refuse(plant, { relay, payload, from, cause, by }, { code: 'forbidden', reason });
  }
  const { name: by, via } = verdict.principal;
  let wish: Wish;
  try {
    if (relay === '') throw new FactoryError('invalid', 'the message names no relay', { remedy: NAME_IT });
    wish = parseCommand(payload);
  } catch (error) {
    const reason = error instanceof FactoryError ? error.toString() : asError(error).message;
    return refuse(plant, { relay, payload, from, cause, by, via }, { code: 'invalid', reason });
  }
  if (isReplayed) {
    const { action } = wish;
    return refuse(plant, { relay, payload, from, cause, by, via, action }, { code: 'expired', reason: KEPT });
  }
  return plant.relays.command(
    newCommand(
      {
        ...wish,
        relay,
        by,
        from,
        owner: by === FLOW ? 'auto' : 'hand',
        via,
        ...(cause && { cause }),
        ...(gone && { gone }),
      },
      plant.clock,
    ),
  );
}

const KEPT =
  'the message is retained: it was sent at some earlier time, and a broker delivers it again to each new subscriber';
const NAME_IT = 'Choose one in the relay node, or send its id as msg.topic';

interface Refused extends Pick<Ask, 'relay' | 'payload' | 'from'> {
  readonly cause: Cause | undefined;
  readonly by?: string | undefined;
  readonly via?: Via;
  readonly action?: Action;
}

async function refuse(
  plant: Plant,
  { relay, payload, from, cause, by, via = 'wire', action }: Refused,
  outcome: Outcome & { readonly reason: string },
): Promise<Result> {
  const known = outcome.code === 'forbidden' ? undefined : plant.relays.get(relay);
  const result = resultOf({ id: idOf(payload), relay }, outcome, known, plant.clock);
  const { id, code, state } = result;
  const { reason } = outcome;
  const logged = await plant.log({
    kind: 'command',
    id,
    relay: short(relay),
    action: action ?? null,
    by: by ?? null,
    from,
    via,
    code,
    state,
    reason,
    ...(cause && { cause }),
  });
  return { ...result, logged };
}

/** The id that a payload names its command by, so that the asker knows which one this is the answer to. */
function idOf(payload: unknown): string {
  if (typeof payload !== 'object' || payload === null) return randomUUID();
  const { id } = payload as { id?: unknown };
  return typeof id === 'string' && id !== '' && id.length <= MAX_COMMAND_ID_LENGTH ? id : randomUUID();
}

/** A topic from outside may be of any length; the log keeps what could be an id. */
function short(relay: string): string {
  return relay.length > MAX_RELAY_ID_LENGTH ? `${relay.slice(0, MAX_RELAY_ID_LENGTH)}…` : relay;
}
