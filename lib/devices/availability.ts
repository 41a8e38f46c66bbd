import { FactoryError } from '../base/errors.ts';
import { shown } from '../base/text.ts';
import type { DeviceInput } from './device.ts';
import type { Registry } from './registry.ts';
import type { TopicPattern } from './topic-pattern.ts';
import { REPORTED_OFFLINE } from './presence.ts';

/** Words of brokers' last wills and birth messages, in lower case. */
const WORDS: ReadonlyMap<string, 'online' | 'offline'> = new Map([
  ['online', 'online'],
  ['connected', 'online'],
  ['alive', 'online'],
  ['up', 'online'],
  ['true', 'online'],
  ['1', 'online'],
  ['offline', 'offline'],
  ['disconnected', 'offline'],
  ['connection lost', 'offline'],
  ['lost', 'offline'],
  ['dead', 'offline'],
  ['down', 'offline'],
  ['false', 'offline'],
  ['0', 'offline'],
]);

/**
 * Reads whether devices are there off a message on a topic of availability: one device where the topic names it, else all
 * whose attributes the topic names, else `own`. Undefined for another topic. Throws `invalid` for a word that says neither.
 */
export function readAvailability(
  registry: Registry,
  pattern: TopicPattern,
  own: Iterable<string>,
  { topic, payload }: { readonly topic?: unknown; readonly payload?: unknown },
): DeviceInput[] | undefined {
  const match = typeof topic === 'string' ? pattern.match(topic) : undefined;
  if (!match) return undefined;
  const presence = presenceOf(payload);
  const { id, attributes } = match;
  const all = Object.keys(attributes).length > 0 ? registry.list({ attributes }).map((one) => one.id) : own;
  const said = presence === 'offline' ? { presence, reason: REPORTED_OFFLINE } : { presence };
  return Array.from(id === '' ? all : [id], (device) => ({ id: device, ...said }));
}

function presenceOf(payload: unknown): 'online' | 'offline' {
  // As zigbee2mqtt says it.
  const state =
    typeof payload === 'object' && payload !== null && 'state' in payload ? payload.state : payload;
  const isWord = typeof state === 'string' || typeof state === 'number' || typeof state === 'boolean';
  const word = isWord ? WORDS.get(String(state).trim().toLowerCase()) : undefined;
  if (word) return word;
  throw new FactoryError('invalid', `a device is online or offline, not ${shown(state)}`, {
    remedy: 'Send "online" or "offline", true or false, or {state: "online"}',
  });
}
