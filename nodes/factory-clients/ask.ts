import { authoriseMessage } from '../../lib/access/wire.ts';
import type { Principal } from '../../lib/access/principal.ts';
import { FactoryError } from '../../lib/base/errors.ts';
import { shown } from '../../lib/base/text.ts';
import type { LiveServer } from '../../lib/live/live-server.ts';
import { parseWish } from '../../lib/live/rehearsal.ts';
import type { Refused } from '../../lib/access/refusal-log.ts';
import { access } from '../access.ts';
import type { Message } from '../common.ts';
import { rehearse } from '../live.ts';

export interface Asking {
  readonly live: LiveServer;
  readonly message: Message;
  /** What to call the node that asks. */
  readonly node: string;
  readonly onRefused: (refused: Refused) => void;
}

/**
 * Answers `clients` with who is connected, and `rehearse` with the report, once that has ended. Rejects with `forbidden` or
 * `unauthenticated` for a message that is not of the flow or of an engineer, and as {@link parseWish} and the rehearsal do.
 */
export async function answerOf({ live, message, node, onRefused }: Asking): Promise<Message> {
  const { topic, payload } = message;
  if (topic !== 'clients' && topic !== 'rehearse') {
    throw new FactoryError('invalid', `${shown(topic)} is nothing that live clients can be asked`, {
      remedy: 'Set msg.topic to clients or rehearse',
    });
  }
  const { name, address } = permitted(message, topic, onRefused);
  if (topic === 'clients') return { ...message, payload: live.clients() };
  const who = { by: name, from: address || node, via: 'wire' } as const;
  return { ...message, topic: 'rehearsal', payload: await rehearse(live, parseWish(payload), who) };
}

/** Who it is. A live client never: whoever cuts others has to be at the flow, or at a screen of it. */
function permitted(message: Message, what: string, onRefused: Asking['onRefused']): Principal {
  const verdict = authoriseMessage(message, { trustDashboards: false, access }, 'rehearse');
  if (verdict.allowed && !Object.hasOwn(message, '_session')) return verdict.principal;
  const { code, reason, by } = verdict.allowed
    ? { code: 'forbidden' as const, reason: CLIENT, by: verdict.principal.name }
    : verdict;
  onRefused({ address: message.factory?.from ?? '', code, reason, by, what });
  throw new FactoryError(code, reason);
}

const CLIENT = 'a live client may not ask this, whoever it is; only a flow may';
