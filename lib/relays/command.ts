import { randomUUID } from 'node:crypto';
import type { Cause, Via } from '../base/cause.ts';
import type { Clock } from '../base/clock.ts';
import { FactoryError } from '../base/errors.ts';
import { readSwitchWord, wordKey } from '../base/switch-word.ts';
import { checkText, kind, quote } from '../base/text.ts';
import { MAX_COMMAND_ID_LENGTH, MAX_FORCE_MS, MAX_TTL_MS, MAX_WHY_LENGTH } from './limits.ts';
import { ACTIONS, MOVES } from './relay.ts';
import type { Action, Command, Owner } from './relay.ts';
import { MAX_RULE_MS } from './rules.ts';

/** What a payload asks for. */
export interface Wish {
  readonly action: Action;
  readonly id?: string;
  /** Milliseconds. */
  readonly ttl?: number;
  /** Milliseconds that it stays on; with `on` alone. Or that it is forced, on or off. */
  readonly for?: number;
  /** Reason for the lock-out or trip, with `lock` or `trip`, which need it; or for the force. */
  readonly why?: string;
  /** With `on` or `off`, and `for`. */
  readonly force?: true;
  /** When it was issued, on the monotonic clock of this process, of which live clients keep an estimate. */
  readonly issued?: number;
}

const PROPERTIES: ReadonlySet<string> = new Set([
  'action',
  'id',
  'ttl',
  'issued',
  'for',
  'why',
  'reason',
  'force',
]);
const REMEDY = 'Send true, false, 1, 0, "on", "off", "toggle" or {action, id, ttl, for, why, reason, force}';

/**
 * Reads a command off a payload: true, false, 1 or 0, as they are or as text, "on", "off" or "toggle" in any
 * letter case and with white space around it, or an object with one of these three words as its `action`, and `id`, `ttl` (milliseconds)
 * and `issued` (on the clock that live clients ask for by `clock`) if wanted. Throws `invalid` for anything else, `limit` for an id that is too long.
 */
export function parseCommand(payload: unknown): Wish {
  const isOn = readSwitchWord(payload);
  if (isOn !== undefined) return { action: isOn ? 'on' : 'off' };
  if (typeof payload === 'string') return { action: parseText(payload) };
  if (typeof payload === 'object' && payload !== null && !Array.isArray(payload)) return parseObject(payload);
  throw invalid(`a command cannot be ${typeof payload === 'number' ? String(payload) : kind(payload)}`);
}

/** The command that a wish for a relay is; it gets an id where it brought none, and counts as issued now unless it says earlier. */
export function newCommand(
  wish: Wish & {
    readonly relay: string;
    readonly by: string;
    readonly from: string;
    readonly owner: Owner;
    readonly via?: Via;
    readonly cause?: Cause;
    readonly gone?: () => boolean;
  },
  clock: Clock,
): Command {
  const { relay, action, ttl, by, from, owner, for: duration, why, force, via, cause, gone } = wish;
  const now = clock.monotonic();
  return {
    id: wish.id ?? randomUUID(),
    relay,
    action,
    ...(ttl !== undefined && { ttl }),
    ...(duration !== undefined && { for: duration }),
    ...(why !== undefined && { why }),
    ...(force && { force }),
    owner,
    issued: Math.min(wish.issued ?? now, now),
    by,
    from,
    ...(via && { via }),
    ...(cause && { cause }),
    ...(gone && { gone }),
  };
}

function parseObject(payload: object): Wish {
  const { action, id, ttl, issued, for: duration, why, reason, force } = payload as Record<string, unknown>;
  for (const name of Object.keys(payload)) {
    if (PROPERTIES.has(name)) continue;
    throw invalid(`a command has no property ${quote(name)}`);
  }
  const parsed = parseAction(action);
  const isForced = parseForce(force, parsed, duration);
  return {
    action: parsed,
    ...(duration !== undefined && { for: parseFor(duration, parsed, isForced) }),
    ...((why !== undefined || parsed === 'lock') && { why: parseWhy(why, parsed, isForced) }),
    ...((reason !== undefined || parsed === 'trip') && { why: parseReason(reason, parsed) }),
    ...(isForced && { force: true }),
    ...(id !== undefined && { id: parseId(id) }),
    ...(ttl !== undefined && { ttl: parseTtl(ttl) }),
    ...(issued !== undefined && { issued: parseIssued(issued) }),
  };
}

function parseText(text: string): Action {
  const word = wordKey(text);
  const move = MOVES.find((name) => name === word);
  if (move) return move;
  throw invalid(`${quote(text)} is no command`);
}

function parseAction(value: unknown): Action {
  if (value === undefined) throw invalid('the command has no action');
  const action = typeof value === 'string' ? wordKey(value) : value;
  const known = ACTIONS.find((name) => name === action);
  if (known) return known;
  const given = typeof value === 'string' ? quote(value) : kind(value);
  throw new FactoryError('invalid', `action must be one of ${ACTIONS.join(', ')}, not ${given}`);
}

function parseId(id: unknown): string {
  checkText('the id of a command', id, MAX_COMMAND_ID_LENGTH);
  if (id === '') throw new FactoryError('invalid', 'the id of a command must not be empty');
  return id;
}

function parseTtl(ttl: unknown): number {
  if (typeof ttl === 'number' && ttl > 0 && ttl <= MAX_TTL_MS) return ttl;
  const given = typeof ttl === 'number' ? String(ttl) : kind(ttl);
  throw new FactoryError('invalid', `ttl must be more than 0 and at most ${MAX_TTL_MS} ms, not ${given}`);
}

/** What is forced and forgotten must end: there is no force without a time. */
function parseForce(force: unknown, action: Action, duration: unknown): boolean {
  if (force === undefined || force === false) return false;
  if (force !== true) throw invalid(`force must be true or false, not ${kind(force)}`);
  if (action !== 'on' && action !== 'off') throw invalid('only "on" and "off" can be forced');
  if (duration === undefined) throw invalid('a force needs a time (for, in ms) after which it ends');
  return true;
}

function parseFor(duration: unknown, action: Action, isForced: boolean): number {
  if (action !== 'on' && !isForced) throw invalid('only "on" can be for a time');
  const most = isForced ? MAX_FORCE_MS : MAX_RULE_MS;
  if (typeof duration === 'number' && duration > 0 && duration <= most) return duration;
  const given = typeof duration === 'number' ? String(duration) : kind(duration);
  throw new FactoryError('invalid', `for must be more than 0 and at most ${most} ms, not ${given}`);
}

function parseWhy(why: unknown, action: Action, isForced: boolean): string {
  if (action !== 'lock' && !isForced) throw invalid('only "lock" and a force take a reason (why)');
  checkText(`why it is ${isForced ? 'forced' : 'locked out'}`, why, MAX_WHY_LENGTH);
  if (why.trim() === '') {
    throw new FactoryError('invalid', `a ${isForced ? 'force' : 'lock-out'} needs a reason (why)`);
  }
  return why.trim();
}

function parseReason(reason: unknown, action: Action): string {
  if (action !== 'trip') throw invalid('only "trip" takes a reason');
  checkText('the reason of a trip', reason, MAX_WHY_LENGTH);
  if (reason.trim() === '') throw new FactoryError('invalid', 'a trip needs a reason');
  return reason.trim();
}

function parseIssued(issued: unknown): number {
  if (typeof issued === 'number' && Number.isFinite(issued)) return issued;
  const given = typeof issued === 'number' ? String(issued) : kind(issued);
  throw new FactoryError('invalid', `issued must be a time of the server's clock in ms, not ${given}`);
}

function invalid(message: string): FactoryError {
  return new FactoryError('invalid', message, { remedy: REMEDY });
}
