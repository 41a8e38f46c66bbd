import { isWithin } from '../base/depth.ts';
import { FactoryError } from '../base/errors.ts';

/** Deeper nesting overflows the stack of nodes that copy messages; no client of ours comes near it. */
export const MAX_DEPTH = 32;
/** How many arguments an event from a client may have. */
export const MAX_ARGUMENTS = 8;

/** What a client wants of a relay. The relay node judges the parts; only the relay's name is known to be text. */
export interface CommandRequest {
  readonly relay: string;
  readonly payload: {
    readonly action?: unknown;
    readonly id?: unknown;
    readonly ttl?: unknown;
    readonly issued?: unknown;
    readonly for?: unknown;
    readonly why?: unknown;
    readonly force?: unknown;
  };
}

/** The acknowledgement function that Socket.IO puts behind the arguments when the client asked for an answer. */
export type Reply = (answer: unknown) => void;

/** Parts an event's arguments from its acknowledgement. */
export function splitReply(args: readonly unknown[]): { args: readonly unknown[]; reply: Reply | undefined } {
  const last = args.at(-1);
  if (typeof last !== 'function') return { args, reply: undefined };
  return { args: args.slice(0, -1), reply: last as Reply };
}

/** Throws `limit` for more or deeper arguments than a flow can bear. */
export function checkArguments(args: readonly unknown[]): void {
  if (args.length > MAX_ARGUMENTS) {
    throw new FactoryError('limit', `an event has at most ${MAX_ARGUMENTS} arguments, not ${args.length}`);
  }
  if (!args.every((arg) => isWithin(arg, MAX_DEPTH))) {
    throw new FactoryError('limit', `what an event carries is nested at most ${MAX_DEPTH} deep`);
  }
}

/** Takes only what a command is made of. Throws `invalid`. */
export function parseCommandRequest(value: unknown): CommandRequest {
  if (typeof value !== 'object' || value === null) {
    throw new FactoryError('invalid', 'a command must be an object', {
      remedy: 'Send {relay, action}, with id and ttl if wanted',
    });
  }
  const { relay, action, id, ttl, issued, for: duration, why, force } = value as Record<string, unknown>;
  if (typeof relay !== 'string' || relay === '') {
    throw new FactoryError('invalid', 'a command must name its relay', { remedy: 'Send {relay, action}' });
  }
  return {
    relay,
    payload: {
      ...(action !== undefined && { action }),
      ...(id !== undefined && { id }),
      ...(ttl !== undefined && { ttl }),
      ...(issued !== undefined && { issued }),
      ...(duration !== undefined && { for: duration }),
      ...(why !== undefined && { why }),
      ...(force !== undefined && { force }),
    },
  };
}
