import { FactoryError } from '../base/errors.ts';
import { canonicalName, kind, nameKey, quote } from '../base/text.ts';
import type { OutputLine } from '../gpio/driver.ts';
import type { KeptRelay } from './relay.ts';
import { tripState } from './claims.ts';
import { parseContact, type Contact } from './contact.ts';
import { isConditional, NO_RULES, parseRules, type Rules } from './rules.ts';
import {
  checkArea,
  checkRelayId,
  MAX_BEAT_MS,
  MAX_CHANNELS,
  MAX_LINE,
  MAX_RELAY_NAME_LENGTH,
  MAX_STAGGER_MS,
  MIN_BEAT_MS,
} from './limits.ts';

export const STARTS = ['off', 'on', 'hold', 'restore'] as const;
/**
 * What a relay becomes when its board is opened for the first time; 'hold' leaves it as it is found, 'restore' makes it what
 * it was before the process ended.
 */
export type Start = (typeof STARTS)[number];

export const ENDS = ['hold', 'off', 'on'] as const;
/**
 * What a relay becomes when the process ends, by itself or by an error; 'hold' leaves its line to the chip. A process that
 * is killed, or a machine without power, does nothing of the kind.
 */
export type End = (typeof ENDS)[number];

/**
 * What a relay becomes where something is wrong: no command within its watchdog's time, an end of the process by an error,
 * a process that dies again and again at its start. 'hold' leaves it as it is.
 */
export type FaultState = End;

/** One relay of a board. */
export interface Channel {
  readonly id: string;
  /** For people. */
  readonly name: string;
  /** The number of its line on the board's chip. */
  readonly line: number;
  readonly activeLow: boolean;
  readonly start: Start;
  readonly rules: Rules;
  readonly end: End;
  readonly fault: FaultState;
  /**
   * No relay but a heartbeat, for a watchdog relay outside: on for so many milliseconds, then off for as long, as long as
   * Node-RED and the board are well. Nobody switches it; null: a relay.
   */
  readonly beat: number | null;
  /** The input that verifies it; null: none. */
  readonly contact: Contact | null;
  /** Which part of the plant it is in, such as `hall-1`; empty: none is given. */
  readonly area: string;
  /** True if others may move the relay, such as a wall switch: its state is then followed, and no fault. */
  readonly others: boolean;
}

/** Reads the channels of a board's settings. Throws `config` with what is wrong, and at which channel. */
export function parseChannels(value: unknown): Channel[] {
  if (!Array.isArray(value)) throw config(`channels must be an array, not ${kind(value)}`);
  if (value.length > MAX_CHANNELS) {
    throw config(`the board has ${value.length} channels, at most ${MAX_CHANNELS} are allowed`);
  }
  const channels = value.map((entry, index) => parseChannel(entry, `channel ${index + 1}`));
  checkUnique(channels, 'id', ({ id }) => quote(id));
  checkUnique(channels, 'line', ({ line }) => String(line));
  for (const [index, channel] of channels.entries()) checkFault(channel, `channel ${index + 1}`);
  checkStarts(channels);
  return channels;
}

/** Returns the state that a relay takes when the process ends, in order or by an error; undefined: it is left as it is. */
export function levelAtExit(
  { fault, end }: Channel,
  claims: Pick<KeptRelay, 'lock' | 'trip'>,
  isFault: boolean,
): boolean | undefined {
  const tripped = tripState(claims);
  if (tripped !== null) return tripped;
  const { lock } = claims;
  const policy = isFault || lock?.owner === 'safety' ? fault : end;
  if (policy === 'hold') return undefined;
  return policy === 'on' && (!lock || lock.owner === 'safety');
}

/** Of a relay that nothing is known of. */
const UNKNOWN = { lock: null, desired: null, trip: null };

/** Reads how far apart relays are restored, milliseconds. Throws `config` with what is wrong. */
export function parseStagger(value: unknown): number {
  if (value === undefined || value === null || value === '') return 0;
  const time = typeof value === 'string' ? Number(value) : value;
  if (typeof time === 'number' && time >= 0 && time <= MAX_STAGGER_MS) return time;
  throw config(`relays are restored 0 to ${MAX_STAGGER_MS} ms apart, not ${kind(value)}`);
}

/**
 * The output of a channel, as its driver has to know it, given what is known of its relay: what is locked out does not
 * start on, and what has tripped starts in its trip state. `staggered`: what is to be on again goes on in its turn.
 */
export function outputOf(
  { line, activeLow, start, fault, beat, rules }: Channel,
  { lock, desired, trip }: Pick<KeptRelay, 'lock' | 'desired' | 'trip'> = UNKNOWN,
  staggered = false,
): OutputLine {
  const initial = (): OutputLine['initial'] => {
    if (beat !== null) return false;
    const tripped = tripState({ lock, trip: trip ?? null });
    if (tripped !== null) return tripped;
    if (lock) return lock.owner === 'safety' ? level(fault) : false;
    if (start !== 'restore') return level(start);
    // What has conditions goes on once they permit it.
    return desired === true && (staggered || isConditional(rules)) ? 'keep' : (desired ?? false);
  };
  return { line, activeLow, initial: initial() };
}

function level(policy: 'off' | 'on' | 'hold'): OutputLine['initial'] {
  return policy === 'hold' ? 'keep' : policy === 'on';
}

const PROPERTIES: ReadonlySet<string> = new Set([
  'id',
  'name',
  'line',
  'activeLow',
  'start',
  'rules',
  'end',
  'fault',
  'beat',
  'contact',
  'area',
  'others',
]);

function parseChannel(entry: unknown, where: string): Channel {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    throw config(`${where} must be an object, not ${kind(entry)}`);
  }
  for (const name of Object.keys(entry)) {
    // A fault state that is misspelt would be another one than was meant.
    if (!PROPERTIES.has(name)) throw config(`${where} has no ${quote(name)}`);
  }
  const { id, name, line, activeLow, start, rules, end, fault, beat, contact, area, others } =
    entry as Record<string, unknown>;
  const checked = parseId(id, where);
  return {
    id: checked,
    name: parseName(name, where) || checked,
    line: parseLine(line, where),
    activeLow: parseSwitch(activeLow, `activeLow of ${where}`),
    start: parseChoice(start, STARTS, 'off', `the start of ${where}`),
    rules: parseRules(rules, where),
    end: parseChoice(end, ENDS, 'hold', `the end of ${where}`),
    fault: parseChoice(fault, ENDS, 'off', `the fault state of ${where}`),
    beat: parseBeat(beat, where),
    contact: parseContact(contact, where),
    area: parseArea(area, where),
    others: parseSwitch(others, `others of ${where}`),
  };
}

function parseId(id: unknown, where: string): string {
  if (typeof id !== 'string') throw config(`the id of ${where} must be text, not ${kind(id)}`);
  try {
    checkRelayId(id);
    return canonicalName(id);
  } catch (error) {
    // To who calls this it is the settings that are wrong, not an input.
    throw config(`${where}: ${(error as Error).message}`, error);
  }
}

/** Empty where there is none. */
function parseName(name: unknown, where: string): string {
  if (name === undefined) return '';
  if (typeof name !== 'string') throw config(`the name of ${where} must be text, not ${kind(name)}`);
  if (name.length > MAX_RELAY_NAME_LENGTH) {
    throw config(`the name of ${where} is longer than ${MAX_RELAY_NAME_LENGTH} characters`);
  }
  return name.trim();
}

/** Empty where there is none. */
function parseArea(area: unknown, where: string): string {
  if (area === undefined || area === null) return '';
  if (typeof area !== 'string') throw config(`the area of ${where} must be text, not ${kind(area)}`);
  const trimmed = area.trim();
  try {
    if (trimmed !== '') checkArea(trimmed);
    return canonicalName(trimmed);
  } catch (error) {
    throw config(`${where}: ${(error as Error).message}`, error);
  }
}

function parseLine(line: unknown, where: string): number {
  if (typeof line === 'number' && Number.isInteger(line) && line >= 0 && line <= MAX_LINE) return line;
  const given = typeof line === 'number' ? String(line) : kind(line);
  throw config(`the line of ${where} must be a whole number from 0 to ${MAX_LINE}, not ${given}`);
}

function parseSwitch(value: unknown, what: string): boolean {
  if (value === undefined) return false;
  // Taken for true or false, a text such as "false" would turn the meaning of a machine's output round.
  if (typeof value === 'boolean') return value;
  throw config(`${what} must be true or false, not ${kind(value)}`);
}

function parseChoice<T extends string>(value: unknown, known: readonly T[], otherwise: T, what: string): T {
  if (value === undefined) return otherwise;
  const found = known.find((name) => name === value);
  if (found) return found;
  const given = typeof value === 'string' ? quote(value) : kind(value);
  throw config(`${what} must be one of ${known.map(quote).join(', ')}, not ${given}`);
}

function parseBeat(value: unknown, where: string): number | null {
  if (value === undefined || value === null || value === 0) return null;
  if (typeof value === 'number' && value >= MIN_BEAT_MS && value <= MAX_BEAT_MS) return value;
  const given = typeof value === 'number' ? String(value) : kind(value);
  throw config(`the beat of ${where} must be from ${MIN_BEAT_MS} to ${MAX_BEAT_MS} ms, not ${given}`);
}

function checkUnique(channels: readonly Channel[], what: 'id' | 'line', show: (of: Channel) => string): void {
  const seen = new Map<string, number>();
  for (const [index, channel] of channels.entries()) {
    const key = nameKey(String(channel[what]));
    const other = seen.get(key);
    if (other !== undefined) {
      throw config(`channels ${other} and ${index + 1} have the same ${what} ${show(channel)}`);
    }
    seen.set(key, index + 1);
  }
}

/** Going to the fault state asks nobody, nor do a start and an end, so they must not break a rule by themselves. */
function checkFault({ id, start, end, fault, rules, beat, contact }: Channel, where: string): void {
  if (beat !== null && contact) {
    throw config(`${where}, ${id}, is a heartbeat, which no contact follows`);
  }
  if (beat !== null && rules !== NO_RULES) {
    throw config(`${where}, ${id}, is a heartbeat, which nobody switches: it has no rules`);
  }
  if (fault !== 'on') {
    if (isConditional(rules) && (start === 'on' || end === 'on'))
      throw config(
        `${where}, ${id}, cannot ${start === 'on' ? 'start' : 'end'} on: nobody asks its conditions then`,
      );
    return;
  }
  const rule =
    rules.interlock !== null
      ? 'interlock'
      : rules.maxOn !== null
        ? 'maxOn'
        : rules.permits.length > 0
          ? 'permits'
          : null;
  if (rule) throw config(`${where}, ${id}, cannot be on where something is wrong: it has ${rule}`);
}

/** The start of a board asks nobody, so it must not break an interlock by itself. */
function checkStarts(channels: readonly Channel[]): void {
  const on = new Map<string, string>();
  for (const { id, start, rules } of channels) {
    // What was, was by the rules.
    if (rules.interlock === null || start === 'off' || start === 'restore') continue;
    const key = nameKey(rules.interlock);
    const other = on.get(key);
    if (other !== undefined) {
      throw config(
        `${other} and ${id} are interlocked, so no more than one of them may start other than off`,
      );
    }
    on.set(key, id);
  }
}

function config(message: string, cause?: unknown): FactoryError {
  return new FactoryError('config', message, {
    remedy: 'Open the board and correct its channels',
    ...(cause !== undefined && { cause }),
  });
}
