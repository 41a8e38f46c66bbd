/** What a flow may send to clients. */
import { FactoryError } from '../base/errors.ts';
import { jsonCopy } from '../base/json.ts';
import { UPDATE } from './protocol.ts';
import { checkTopic } from './retained.ts';

/** Event names that Socket.IO keeps for itself. */
const RESERVED = new Set([
  'connect',
  'connect_error',
  'disconnect',
  'disconnecting',
  'newListener',
  'removeListener',
]);

/** Throws `invalid` or `limit` unless a topic can go out as an event's name. */
export function checkEvent(event: unknown): asserts event is string {
  checkTopic(event);
  if (event === UPDATE) {
    throw new FactoryError('invalid', `${UPDATE} is what the live server itself tells`, {
      remedy: 'Choose another topic',
    });
  }
  if (RESERVED.has(event)) {
    throw new FactoryError('invalid', `${event} is a name that Socket.IO keeps for itself`, {
      remedy: 'Choose another topic',
    });
  }
}

/**
 * A copy of what is kept, as JSON carries it: a flow may go on changing the object it sent, and clients must
 * not be shown a mixture. Throws `invalid`.
 */
export function snapshot(topic: string, payload: unknown): unknown {
  if (payload === null) return null;
  const copy = isRecord(payload) && writing(`the payload of ${topic}`, () => jsonCopy(payload));
  if (!isRecord(copy)) throw new FactoryError('invalid', `${topic} takes a record, or null to forget it`);
  return copy;
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Runs what writes a payload for the wire; a payload that cannot be written (a loop, a BigInt) is `invalid`. */
export function writing<T>(what: string, write: () => T): T {
  try {
    return write();
  } catch (cause) {
    throw new FactoryError('invalid', `${what} cannot be written as JSON`, { cause });
  }
}
