import { FactoryError } from '../base/errors.ts';
import { canonicalName, kind } from '../base/text.ts';
import { parseConditions, type Condition } from './condition.ts';
import { checkRelayId } from './limits.ts';

/** What a channel's relay may do and when, whoever asks. All times in milliseconds. */
export interface Rules {
  /** How long it stays on at least, and off at least: a compressor that starts again too soon breaks. */
  readonly minOn: number;
  readonly minOff: number;
  /** After this it is switched off by itself; null: never. */
  readonly maxOn: number | null;
  /** It is switched on at most so many times within so long; null: as often as anyone likes. */
  readonly rate: { readonly count: number; readonly within: number } | null;
  /** Of all relays of a plant with the same name here at most one is on; null: it is nobody's concern. */
  readonly interlock: string | null;
  /** How long all of them are off before another one goes on. */
  readonly changeOver: number;
  /**
   * Flows have to say what they want within each such time: else the relay goes to its fault state and stays there until
   * a person gives it back. Not while a person has it; null: they need not.
   */
  readonly watchdog: number | null;
  /** It leaves a person's hand by itself so long after their last command; null: only they give it back. */
  readonly handFor: number | null;
  /** Conditions that trip it, and conditions that have to hold for it to go on and stay on. */
  readonly trips: readonly Condition[];
  readonly permits: readonly Condition[];
}

export const NO_RULES: Rules = {
  minOn: 0,
  minOff: 0,
  maxOn: null,
  rate: null,
  interlock: null,
  changeOver: 0,
  watchdog: null,
  handFor: null,
  trips: [],
  permits: [],
};

/** A week: what takes longer is not a matter of relays. */
export const MAX_RULE_MS = 604_800_000;
export const MAX_RATE_COUNT = 1000;

const PROPERTIES: ReadonlySet<string> = new Set(Object.keys(NO_RULES));

/** Reads the rules of a channel; what is left out does not limit. Throws `config` with what is wrong, and where. */
export function parseRules(value: unknown, where: string): Rules {
  if (value === undefined || value === null) return NO_RULES;
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw config(`the rules of ${where} must be an object, not ${kind(value)}`);
  }
  for (const name of Object.keys(value)) {
    if (!PROPERTIES.has(name)) throw config(`the rules of ${where} have no "${name}"`);
  }
  const given = value as Record<string, unknown>;
  const time = (name: keyof Rules): number => parseTime(given[name], `${name} of ${where}`) ?? 0;
  const rules: Rules = {
    minOn: time('minOn'),
    minOff: time('minOff'),
    maxOn: parseTime(given['maxOn'], `maxOn of ${where}`) || null,
    rate: parseRate(given['rate'], where),
    interlock: parseInterlock(given['interlock'], where),
    changeOver: time('changeOver'),
    watchdog: parseTime(given['watchdog'], `watchdog of ${where}`) || null,
    handFor: parseTime(given['handFor'], `handFor of ${where}`) || null,
    trips: parseConditions(given['trips'], 'trips', where),
    permits: parseConditions(given['permits'], 'permits', where),
  };
  if (rules.maxOn !== null && rules.maxOn < rules.minOn) {
    throw config(`${where} may be on for ${rules.maxOn} ms at most, but has to be for ${rules.minOn} ms`);
  }
  if (rules.changeOver > 0 && rules.interlock === null) {
    throw config(`${where} has a change-over time, but no interlock that it is for`);
  }
  return rules;
}

/** Returns whether a relay trips, or is permitted, by conditions. */
export function isConditional({ trips, permits }: Rules): boolean {
  return trips.length > 0 || permits.length > 0;
}

function parseTime(value: unknown, what: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && value >= 0 && value <= MAX_RULE_MS) return value;
  const given = typeof value === 'number' ? String(value) : kind(value);
  throw config(`${what} must be a time from 0 to ${MAX_RULE_MS} ms, not ${given}`);
}

function parseRate(value: unknown, where: string): Rules['rate'] {
  if (value === undefined || value === null) return null;
  const { count, within } = (typeof value === 'object' ? value : {}) as Record<string, unknown>;
  const time = parseTime(within, `rate.within of ${where}`);
  const isCount =
    typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= MAX_RATE_COUNT;
  if (isCount && time) return { count, within: time };
  throw config(
    `rate of ${where} must be {count, within}: how often, 1 to ${MAX_RATE_COUNT}, within how many ms`,
  );
}

/** Named as relays are: it is shown wherever they are. */
function parseInterlock(value: unknown, where: string): string | null {
  if (value === undefined || value === null || value === '') return null;
  try {
    if (typeof value !== 'string') throw new Error(`it must be text, not ${kind(value)}`);
    checkRelayId(value);
    return canonicalName(value);
  } catch (error) {
    throw config(`the interlock of ${where}: ${(error as Error).message}`);
  }
}

function config(message: string): FactoryError {
  return new FactoryError('config', message, { remedy: 'Open the board and correct its channels' });
}
