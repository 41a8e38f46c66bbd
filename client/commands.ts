import type { Action, CommandOptions, Result } from './types.ts';

/** The HTTP call that stands for a command. */
export function callOf(
  relay: string,
  action: Action,
  { for: duration, why, reason }: CommandOptions,
): { path: string; body: object } {
  const path = `/relays/${encodeURIComponent(relay)}`;
  switch (action) {
    case 'hand':
    case 'auto':
      return { path: `${path}/mode`, body: { mode: action } };
    case 'lock':
    case 'unlock':
      return { path: `${path}/lock`, body: { locked: action === 'lock', ...(why !== undefined && { why }) } };
    case 'trip':
    case 'reset':
      return { path: '/v2/command', body: { relay, action, ...(reason !== undefined && { reason }) } };
    default:
      return { path, body: { action, ...(duration !== undefined && { for: duration }) } };
  }
}

/** A command that never left this machine, and never will. */
export function refused(relay: string): Result {
  return {
    ok: false,
    code: 'unavailable',
    relay,
    state: null,
    reason: 'not connected, so nothing was sent',
  };
}

/** A command of nobody. */
export function nobody(relay: string): Result {
  const reason = 'nobody is signed in, so nothing was sent';
  return { ok: false, code: 'unauthenticated', relay, state: null, reason };
}

/** A command that left and was not answered. It is not sent again: whoever gave it looks and decides. */
export function unknown(relay: string, id: string, error: unknown): Result {
  const why = error instanceof Error ? error.message : String(error);
  return {
    id,
    ok: false,
    code: 'timeout',
    relay,
    state: null,
    reason: `no answer (${why}), so it is not known whether it was executed`,
  };
}

/** A command whose answer says neither yes nor no. */
export function unreadable(relay: string, id: string): Result {
  return unknown(relay, id, 'what came is not readable');
}

/** Names a command, so that the server executes it once whatever the network does with it; or this client, so that it is known again. */
export function uniqueId(): string {
  // Browsers have randomUUID on pages of https and localhost alone, and a plant's page is often neither.
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
