import { FactoryError } from '../base/errors.ts';
import { kind, quote } from '../base/text.ts';
import { newCommand, parseCommand } from '../relays/command.ts';
import type { Wish } from '../relays/command.ts';
import type { Result } from '../relays/relay.ts';
import { problem, refusal } from './answer.ts';
import type { Answer, Problem } from './answer.ts';
import { checkBody, checkKnown } from './body.ts';
import type { Call, Context } from './call.ts';
import { checkSeen } from './seen.ts';

/** Properties that every command may have. */
const NAMED = ['id', 'ttl', 'issued'] as const;

export function listRelays({ reads }: Context): Answer {
  const relays = reads.relays();
  if (!('error' in relays)) return { status: 200, body: relays };
  const { status, body } = problem(501, 'unavailable', relays.error);
  return { status, body: { ...(body as Problem), info: relays.info } };
}

/** Whether there is such a relay comes first: what a relay can do is of no concern where there is none. */
export async function switchRelay(context: Context, call: Call, named: string): Promise<Answer> {
  const id = seen(context, call, named);
  const wish = wishOf(call.body);
  const result = await ask(context, call, id, wish);
  if (!result.ok) return refusal(result);
  // A duplicate moved nothing, and the relay may be another way by now.
  const done = result.code === 'duplicate' ? 'was turned before:' : 'turned';
  return { status: 200, body: { status: `${id} ${done} ${wish.action}`, ...result } };
}

/** The command of the live protocol, with all that relays can do; the answer is what became of it, as on the socket. */
export async function commandRelay(context: Context, call: Call): Promise<Answer> {
  checkBody(call.body);
  const { relay, ...payload } = call.body;
  if (typeof relay !== 'string' || relay === '') {
    throw new FactoryError('invalid', 'a command must name its relay', { remedy: 'Send {relay, action}' });
  }
  const id = seen(context, call, relay);
  const wish = parseCommand(payload);
  if (wish.action === 'toggle' && wish.id === undefined) {
    throw new FactoryError(
      'invalid',
      'a toggle over HTTP needs an id, because one that is sent again undoes itself',
      {
        remedy: 'Send an id of your own with it, or on or off',
      },
    );
  }
  const result = await ask(context, call, id, wish);
  return result.ok ? { status: 200, body: result } : refusal(result);
}

/** `{mode}`: `hand` keeps flows from moving the relay, `auto` gives it back to them. */
export async function setRelayMode(context: Context, call: Call, named: string): Promise<Answer> {
  const id = seen(context, call, named);
  checkBody(call.body);
  checkKnown(call.body, ['mode', ...NAMED]);
  const { mode, ...rest } = call.body;
  if (mode !== 'hand' && mode !== 'auto') {
    const given = typeof mode === 'string' ? quote(mode) : kind(mode);
    throw new FactoryError('invalid', `mode must be "hand" or "auto", not ${given}`);
  }
  const wish = parseCommand({ ...rest, action: mode });
  return claimed(await ask(context, call, id, wish), `${id} is in ${mode}`);
}

/** `{locked: true, why}` takes the relay out of service, `{locked: false}` puts it back. */
export async function lockRelay(context: Context, call: Call, named: string): Promise<Answer> {
  const id = seen(context, call, named);
  checkBody(call.body);
  checkKnown(call.body, ['locked', 'why', ...NAMED]);
  const { locked, why, ...rest } = call.body;
  if (typeof locked !== 'boolean') {
    throw new FactoryError('invalid', `locked must be true or false, not ${kind(locked)}`);
  }
  const action = locked ? 'lock' : 'unlock';
  const wish = parseCommand({ ...rest, action, ...(why !== undefined && { why }) });
  return claimed(await ask(context, call, id, wish), `${id} is ${locked ? 'locked out' : 'in service'}`);
}

/** The relay's id as its board has it. What a flow hides from clients is not there for them. */
function seen({ reads, relays }: Context, { permit }: Call, named: string): string {
  const id = relays.get(named)?.id ?? named;
  const isExpected = reads.relay(id) === undefined && relays.isExpected?.(id);
  if (isExpected) throw new FactoryError('unavailable', 'the flows are being started: try again');
  checkSeen({ reads }, 'relay', id);
  permit('switch', { relay: id, area: relays.get(id)?.area });
  return id;
}

/** Executes a command of a person, or of a program that acts for one, unless nobody waits for its answer any more. */
function ask({ relays, clock }: Context, call: Call, relay: string, wish: Wish): Promise<Result> {
  const { name: by, address: from } = call.principal;
  const cause = [{ kind: 'client', by, from }] as const;
  const now = clock.monotonic();
  const { arrived = now, gone } = call;
  // A time that is to come is that of another process.
  const issued = wish.issued !== undefined && wish.issued <= now ? wish.issued : arrived;
  const command = { ...wish, issued, relay, by, from, owner: 'hand', via: 'http', cause } as const;
  return relays.command(newCommand({ ...command, ...(gone && { gone }) }, clock));
}

function claimed(result: Result, status: string): Answer {
  return result.ok ? { status: 200, body: { status, ...result } } : refusal(result);
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
  return parseCommand(body);
}
