import { asError, FactoryError } from '../base/errors.ts';
import { timestampOf } from '../base/source-time.ts';
import { nameKey } from '../base/text.ts';
import type { ErrorCode } from '../base/errors.ts';
import { copyOf } from './device.ts';
import type { DeviceRecord } from './device.ts';
import { kind, MAX_ID_LENGTH, quote } from './limits.ts';
import type { Registry, WriteOptions } from './registry.ts';
import type { TopicMatch, TopicPattern } from './topic-pattern.ts';

/** Devices that one message may write. Writing them takes some tenths of a second, in which nothing else runs. */
export const MAX_BATCH = 10_000;

/** Where an id comes from if a message's object names none. */
export interface IdSource {
  /** The one device that may be written. */
  readonly device?: string | undefined;
  readonly pattern?: TopicPattern | undefined;
}

/** What of a message is written. */
export interface Delivery {
  readonly payload?: unknown;
  readonly topic?: unknown;
  /** For what names none itself. */
  readonly timestamp?: unknown;
  readonly quality?: unknown;
  /** True where a broker kept the message and sends it again. */
  readonly retain?: unknown;
}

export interface IngestOptions extends Pick<WriteOptions, 'keepWords' | 'expects' | 'source' | 'onDoubt'> {
  /** Throws for a device that may not be written. */
  readonly permit?: (id: string) => void;
  /** Takes retained messages like fresh ones. */
  readonly takeRetained?: boolean;
}

export interface Refusal {
  /** Null where none could be told. */
  readonly id: string | null;
  readonly code: ErrorCode;
  readonly reason: string;
}

/** What became of a message: each of its devices is in one of the three. */
export interface Receipt {
  readonly stored: DeviceRecord[];
  readonly removed: string[];
  readonly refused: Refusal[];
}

/**
 * Writes a message to the registry: a value (number, text, true, false or null), an object with the
 * properties of a `DeviceInput` or `{id, remove: true}`, or an array of such objects. What is refused
 * leaves the others alone. Throws `limit` for too many at once; then nothing was changed.
 */
export function ingest(
  registry: Registry,
  source: IdSource,
  delivery: Delivery,
  { permit, takeRetained = false, ...options }: IngestOptions = {},
): Receipt {
  const { payload } = delivery;
  const items: unknown[] = Array.isArray(payload) ? payload : [payload];
  if (items.length > MAX_BATCH) {
    throw new FactoryError(
      'limit',
      `${items.length} devices in one message, at most ${MAX_BATCH} are allowed`,
      {
        remedy: 'Split the array first',
      },
    );
  }
  const match = typeof delivery.topic === 'string' ? source.pattern?.match(delivery.topic) : undefined;
  const writing = { ...options, isReplayed: delivery.retain === true && !takeRetained };
  const receipt: Receipt = { stored: [], removed: [], refused: [] };
  for (const item of items) {
    let id: unknown = source.device ?? match?.id;
    try {
      const given = Array.isArray(payload) ? asDevice(item) : asGiven(item);
      id = given['id'] ?? id;
      // What is no text is no id, and refused as such.
      if (typeof id === 'string') permit?.(id);
      apply(registry, complete(given, source, delivery, match), writing, receipt);
    } catch (thrown) {
      receipt.refused.push(refusal(id, thrown));
    }
  }
  return receipt;
}

/** What to tell of a message of which something was refused: an error with the first one's code. */
export function complaint({ stored, removed, refused }: Receipt): FactoryError | undefined {
  const first = refused[0];
  if (!first) return undefined;
  const all = stored.length + removed.length + refused.length;
  return new FactoryError(first.code, `${refused.length} of ${all} refused: ${first.reason}`);
}

function asGiven(payload: unknown): Readonly<Record<string, unknown>> {
  if (typeof payload === 'object' && payload !== null) return asDevice(payload);
  if (payload !== undefined) return { value: payload };
  throw new FactoryError('invalid', 'the message has no payload');
}

/** Only plain objects: a date or a buffer has no properties of its own and would pass as a heartbeat. */
function asDevice(item: unknown): Readonly<Record<string, unknown>> {
  const tag = Object.prototype.toString.call(item).slice('[object '.length, -1);
  if (tag === 'Object') return item as Readonly<Record<string, unknown>>;
  const what = typeof item === 'object' && item !== null && tag !== 'Array' ? `a ${tag}` : kind(item);
  throw new FactoryError('invalid', `a device must be an object, not ${what}`, {
    remedy: 'Send a value, an object such as {id, value}, or an array of such objects',
  });
}

/** Adds what the node and the message say to what the object does not. */
function complete(
  given: Readonly<Record<string, unknown>>,
  { device, pattern }: IdSource,
  { topic, timestamp, quality }: Delivery,
  match: TopicMatch | undefined,
): Record<string, unknown> {
  const id = given['id'] ?? device ?? match?.id;
  if (id === undefined) throw nameless(pattern, topic);
  if (device !== undefined && (typeof id !== 'string' || nameKey(id) !== nameKey(device))) {
    const named = typeof id === 'string' ? quote(id) : kind(id);
    throw new FactoryError(
      'invalid',
      `this node writes the device ${quote(device)}, the object names ${named}`,
      {
        remedy: "Leave the node's device empty to write several devices",
      },
    );
  }
  const input: Record<string, unknown> = { ...given, id };
  input['timestamp'] = timestampOf(given['timestamp'] ?? timestamp);
  input['quality'] = given['quality'] ?? quality ?? undefined;
  const own = given['attributes'];
  if (match && Object.keys(match.attributes).length > 0 && (own === undefined || isPlain(own))) {
    input['attributes'] = { ...match.attributes, ...own };
  }
  return input;
}

function nameless(pattern: TopicPattern | undefined, topic: unknown): FactoryError {
  if (!pattern) {
    return new FactoryError('invalid', 'no device is named', {
      remedy: 'Set the device in the node, or send an object with an id',
    });
  }
  const given = typeof topic === 'string' ? quote(topic) : kind(topic);
  return new FactoryError('invalid', `the topic ${given} does not fit ${quote(pattern.text)}`);
}

function apply(
  registry: Registry,
  { remove, ...input }: Record<string, unknown>,
  options: WriteOptions,
  receipt: Receipt,
): void {
  if (remove === undefined || remove === false) {
    receipt.stored.push(copyOf(registry.write(input, options)));
    return;
  }
  if (remove !== true) throw new FactoryError('invalid', `remove must be true, not ${kind(remove)}`);
  if (typeof input['id'] !== 'string') {
    throw new FactoryError('invalid', `id must be text, not ${kind(input['id'])}`);
  }
  receipt.removed.push(registry.remove(input['id']).id);
}

/** Errors that are not ours are faults of this program, and no refusals. */
function refusal(id: unknown, thrown: unknown): Refusal {
  if (!(thrown instanceof FactoryError)) throw asError(thrown);
  return {
    id: typeof id === 'string' ? id.slice(0, MAX_ID_LENGTH) : null,
    code: thrown.code,
    reason: thrown.toString(),
  };
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
