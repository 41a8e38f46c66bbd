import { randomUUID } from 'node:crypto';
import type { Verdict } from '../access/authorise.ts';
import { FLOW } from '../access/wire.ts';
import { asError, FactoryError } from '../base/errors.ts';
import { newCommand, parseCommand } from '../relays/command.ts';
import type { Wish } from '../relays/command.ts';
import { MAX_COMMAND_ID_LENGTH, MAX_RELAY_ID_LENGTH } from '../relays/limits.ts';
import type { Result } from '../relays/relay.ts';
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
}

/**
 * Reads a command off a message and has it executed. Whatever comes of it is the result: who may not is
 * answered `forbidden` and learns nothing of the relay, a payload that is no command `invalid`. Both are in
 * the plant's log too. Never rejects.
 */
export async function askRelay(plant: Plant, { relay, payload, verdict, from }: Ask): Promise<Result> {
  if (!verdict.allowed) {
    return refuse(plant, { relay, payload, from }, { code: 'forbidden', reason: verdict.reason });
  }
  const { name: by } = verdict.principal;
  let wish: Wish;
  try {
    if (relay === '') throw new FactoryError('invalid', 'the message names no relay', { remedy: NAME_IT });
    wish = parseCommand(payload);
  } catch (error) {
    const reason = error instanceof FactoryError ? error.toString() : asError(error).message;
    return refuse(plant, { relay, payload, from, by }, { code: 'invalid', reason });
  }
  return plant.relays.command(
    newCommand({ ...wish, relay, by, from, owner: by === FLOW ? 'auto' : 'hand' }, plant.clock),
  );
}

const NAME_IT = 'Choose one in the relay node, or send its id as msg.topic';

async function refuse(
  plant: Plant,
  { relay, payload, from, by = null }: Omit<Ask, 'verdict'> & { by?: string | null },
  outcome: Outcome,
): Promise<Result> {
  const known = outcome.code === 'forbidden' ? undefined : plant.relays.get(relay);
  const result = resultOf({ id: idOf(payload), relay }, outcome, known, plant.clock);
  const { id, code, state } = result;
  const { reason } = outcome;
  const entry = { kind: 'command', id, relay: short(relay), action: null, by, from, code, state, reason };
  const logged = await plant.log(entry);
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
