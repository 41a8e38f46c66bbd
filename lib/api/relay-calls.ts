import { FactoryError } from '../base/errors.ts';
import { kind, quote } from '../base/text.ts';
import { newCommand, parseCommand } from '../relays/command.ts';
import type { Wish } from '../relays/command.ts';
import { problem, refusal } from './answer.ts';
import type { Answer, Problem } from './answer.ts';
import { checkBody } from './body.ts';
import type { Call, Context } from './call.ts';

/** What a body may say of a command. */
const PROPERTIES = ['action', 'id', 'ttl', 'for'] as const;

export function listRelays({ reads }: Context): Answer {
  const relays = reads.relays();
  if (!('error' in relays)) return { status: 200, body: relays };
  const { status, body } = problem(501, 'unavailable', relays.error);
  return { status, body: { ...(body as Problem), info: relays.info } };
}

/** Whether there is such a relay comes first: what a relay can do is of no concern where there is none. */
export async function switchRelay(context: Context, call: Call, id: string): Promise<Answer> {
  if (context.reads.relay(id) === undefined) {
    throw new FactoryError('unknown-relay', `there is no relay ${quote(id)}`);
  }
  const { name: by, address: from } = call.principal;
  const command = newCommand({ ...wishOf(call.body), relay: id, by, from, owner: 'hand' }, context.clock);
  const result = await context.relays.command(command);
  if (!result.ok) return refusal(result);
  // A duplicate moved nothing, and the relay may be another way by now.
  const done = result.code === 'duplicate' ? 'was turned before:' : 'turned';
  return { status: 200, body: { status: `${id} ${done} ${command.action}`, ...result } };
}

/** The contract knows on and off alone: a toggle that is sent again, as HTTP may do, undoes itself. */
function wishOf(body: unknown): Wish {
  checkBody(body);
  const { action } = body;
  const word = typeof action === 'string' ? action.toLowerCase() : undefined;
  if (word !== 'on' && word !== 'off') {
    const given = typeof action === 'string' ? quote(action) : kind(action);
    throw new FactoryError('invalid', `action must be "on" or "off", not ${given}`);
  }
  return parseCommand(
    Object.fromEntries(
      PROPERTIES.filter((name) => Object.hasOwn(body, name)).map((name) => [name, body[name]]),
    ),
  );
}
