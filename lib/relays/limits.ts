import { FactoryError } from '../base/errors.ts';
import { canonicalName, checkNaming, quote, tooLong } from '../base/text.ts';

export { MAX_LINE, READ_EACH_MS } from '../gpio/limits.ts';

/** How much a board and a command may hold. What exceeds a limit is refused, never cut. */
export const MAX_RELAY_ID_LENGTH = 64;
export const MAX_RELAY_NAME_LENGTH = 200;
export const MAX_AREA_LENGTH = 64;
export const MAX_CHANNELS = 64;
export const MAX_COMMAND_ID_LENGTH = 128;
export const MAX_WHY_LENGTH = 200;
/** A day: whoever means longer means for ever. */
export const MAX_TTL_MS = 86_400_000;

/** How long a relay may be forced, milliseconds: a shift. What is forced and forgotten must end. */
export const MAX_FORCE_MS = 28_800_000;
/** The longest time between two relays that are restored one after another, milliseconds. */
export const MAX_STAGGER_MS = 60_000;
/** How long a heartbeat's output is on, and then off, milliseconds. */
export const MIN_BEAT_MS = 50;
export const MAX_BEAT_MS = 60_000;

/** How many commands may wait for one relay: more come only from a flow that runs wild. */
export const MAX_WAITING = 100;
/** Ids of executed commands that each relay remembers of each client, and in all, and for how long. */
export const MAX_REMEMBERED = 1000;
export const MAX_REMEMBERED_IDS = 10_000;
export const REMEMBER_MS = 600_000;
/** The longest wait for the audit log to say that a command has begun, before its line moves, milliseconds. */
export const INTENT_WAIT_MS = 100;

/** Throws `invalid` unless `id` may name a relay, `limit` where it is too long. */
export function checkRelayId(id: string): void {
  checkNaming('relay id', id, MAX_RELAY_ID_LENGTH);
}

/** As ids are, and with spaces: it is named for people. */
const AREA = /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N} _.-]|(?<=[\p{L}\p{M}])[\u200c\u200d](?=\p{L}))*$/u;

/** Throws `invalid` unless `area` may name a part of the plant, `limit` where it is too long. */
export function checkArea(area: string): void {
  if (area.length > MAX_AREA_LENGTH) throw tooLong('the area', area.length, MAX_AREA_LENGTH);
  if (AREA.test(canonicalName(area))) return;
  throw new FactoryError(
    'invalid',
    `the area ${quote(area)} must begin with a letter or digit and go on with letters, digits, spaces or _ . -`,
  );
}
