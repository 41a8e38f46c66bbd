/** Answers that a flow sends to one client, named by a mark that travelled on the message. */
import { FactoryError } from '../base/errors.ts';
import { quote } from '../base/text.ts';
import type { LiveServer } from './live-server.ts';

/** The type of the marks that are ours; core's websocket nodes and dashboards have their own. */
export const MARK_TYPE = 'factory-iot';

/** Names a live client on a message, as core's websocket nodes do, and how it wants its answer. */
export interface ClientMark {
  readonly type: typeof MARK_TYPE;
  /** The session's id. */
  readonly id: string;
  /** Set where the client waits for an acknowledgement: what to call it by. */
  readonly ack?: string;
  /** The event that an answer is sent as where there is no acknowledgement; left out: the topic. */
  readonly event?: string;
}

/**
 * Acknowledges where the client waits for it, and sends an event otherwise. Throws `invalid` for a mark that
 * is not ours, `unavailable` where the client has gone, `timeout` where it no longer waits.
 */
export function answer(live: LiveServer, session: unknown, topic: unknown, payload: unknown): void {
  const { id, ack, event } = parseMark(session);
  if (!live.has(id)) {
    throw new FactoryError('unavailable', 'the client has gone, so it did not get this answer');
  }
  if (ack === undefined) {
    live.send(id, event ?? topic, payload);
  } else if (!live.acknowledge(id, ack, payload)) {
    throw new FactoryError('timeout', 'the client has its answer already, or waited too long for it', {
      remedy: 'Answer each message of a client once, within 10 seconds',
    });
  }
}

function parseMark(value: unknown): ClientMark {
  const { type, id, ack, event } = (
    typeof value === 'object' && value !== null ? value : {}
  ) as Partial<ClientMark>;
  if (type !== MARK_TYPE) {
    const of = typeof type === 'string' ? `of type ${quote(type)}` : 'without a type';
    throw new FactoryError('invalid', `msg._session is ${of} and names no live client`, {
      remedy: 'Send messages of live clients here, or delete msg._session to tell everyone',
    });
  }
  const texts = [id, ack ?? '', event ?? ''];
  if (texts.some((text) => typeof text !== 'string')) {
    throw new FactoryError('invalid', 'msg._session is damaged', { remedy: 'Pass it on as it came' });
  }
  return value as ClientMark;
}
