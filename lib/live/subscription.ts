import { FactoryError } from '../base/errors.ts';
import { parseGlobs } from '../base/glob.ts';
import { kind } from '../base/text.ts';
import { PROTOCOL } from './protocol.ts';

/** Topics that a client wants. Two of the same text want the same. */
export interface Filter {
  readonly text: string;
  readonly fits: (topic: string) => boolean;
}

export interface Cursor {
  readonly epoch: string;
  readonly seq: number;
}

/** What a client asks for, understood. */
export interface Wanted {
  readonly filter: Filter;
  /** Where it says it is; undefined: nowhere yet. */
  readonly since: Cursor | undefined;
  /** Whether it takes fields of records on the socket. */
  readonly fields: boolean;
}

const REMEDY = 'Send {topics: "devices/*,relays/*", since: "EPOCH.SEQ"}, both only if wanted';

/** What a handshake asks for; undefined where it is that of a client which knows the contract alone. Throws as {@link parseSubscription}. */
export function parseHandshake(auth: unknown): Wanted | undefined {
  if (typeof auth !== 'object' || auth === null) return undefined;
  const { protocol } = auth as { readonly protocol?: unknown };
  // A later version is spoken down to this one, which the greeting names.
  return typeof protocol === 'number' && protocol >= PROTOCOL ? parseSubscription(auth) : undefined;
}

/**
 * Takes `topics` and `since` of an object, as a client sent it or as the query of a URL. `before`: the topics of a client that is
 * there already, and wants these where it names none; of others it may have nothing yet, so for them it is nowhere.
 * Throws `invalid`, `limit`.
 */
export function parseSubscription(value: unknown, before?: string): Wanted {
  if (typeof value !== 'object' || value === null) {
    throw new FactoryError('invalid', `a subscription must be an object, not ${kind(value)}`, {
      remedy: REMEDY,
    });
  }
  const { topics = before ?? '', since, fields } = value as Readonly<Record<string, unknown>>;
  if (typeof topics !== 'string') {
    throw new FactoryError('invalid', `topics must be text, not ${kind(topics)}`, { remedy: REMEDY });
  }
  const filter = { text: topics.trim(), fits: parseGlobs(topics) };
  const at = since === undefined ? undefined : parseCursor(since);
  const isSame = before === undefined || before === filter.text;
  return { filter, since: isSame ? at : undefined, fields: fields === true };
}

/** What a client calls itself in its URLs, the same on each connection and over HTTP; undefined where it is no such name. */
export function clientOf(name: unknown): string | undefined {
  return typeof name === 'string' && /^[\w-]{8,64}$/.test(name) ? name : undefined;
}

function parseCursor(value: unknown): Cursor {
  const found = typeof value === 'string' ? /^([\w-]{1,64})\.(\d{1,15})$/.exec(value) : null;
  if (!found) {
    throw new FactoryError('invalid', 'since must be an epoch and a number, such as k3f9.41', {
      remedy: 'Send the epoch and the seq of the last update, or leave it out to have everything',
    });
  }
  return { epoch: found[1]!, seq: Number(found[2]) };
}
