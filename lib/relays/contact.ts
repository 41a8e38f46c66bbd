import { FactoryError } from '../base/errors.ts';
import { canonicalName, checkNaming, kind } from '../base/text.ts';
import { MAX_RELAY_ID_LENGTH } from './limits.ts';

/** An input that shows what a relay really did, such as the auxiliary contact of the contactor behind it. */
export interface Contact {
  /** The input's id in the plant. */
  readonly input: string;
  /** How long it may take to follow the line, milliseconds. */
  readonly within: number;
  /** It is on while the relay is off: a contact that opens. */
  readonly inverted: boolean;
}

/**
 * How long a contact may take to follow where nothing is said, and at most, milliseconds: whoever asked waits for it, and a
 * page gives up after 5 s.
 */
export const CONTACT_WITHIN_MS = 500;
export const MAX_CONTACT_WITHIN_MS = 3000;

const PROPERTIES: ReadonlySet<string> = new Set(['input', 'within', 'inverted']);

/** Reads the contact of a channel; null: it has none. Throws `config` with what is wrong, and where. */
export function parseContact(value: unknown, where: string): Contact | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw config(`the contact of ${where} must be an object, not ${kind(value)}`);
  }
  for (const name of Object.keys(value)) {
    if (!PROPERTIES.has(name)) throw config(`the contact of ${where} has no "${name}"`);
  }
  const { input, within, inverted = false } = value as Record<string, unknown>;
  if (typeof inverted !== 'boolean') {
    throw config(`the contact of ${where} is inverted (true) or not (false), not ${kind(inverted)}`);
  }
  return { input: parseInput(input, where), within: parseWithin(within, where), inverted };
}

/** Named as inputs are. */
function parseInput(input: unknown, where: string): string {
  try {
    if (typeof input !== 'string') throw new Error(`it must name an input, not ${kind(input)}`);
    checkNaming('input id', input, MAX_RELAY_ID_LENGTH);
    return canonicalName(input);
  } catch (error) {
    throw config(`the contact of ${where}: ${(error as Error).message}`);
  }
}

function parseWithin(within: unknown, where: string): number {
  if (within === undefined || within === null) return CONTACT_WITHIN_MS;
  if (typeof within === 'number' && within > 0 && within <= MAX_CONTACT_WITHIN_MS) return within;
  const given = typeof within === 'number' ? String(within) : kind(within);
  throw config(
    `the contact of ${where} follows within more than 0 and at most ${MAX_CONTACT_WITHIN_MS} ms, not ${given}`,
  );
}

function config(message: string): FactoryError {
  return new FactoryError('config', message, { remedy: 'Open the board and correct its channels' });
}
