import { FactoryError } from '../base/errors.ts';
import { kind, quote } from '../base/text.ts';
import type { OutputLine } from '../gpio/driver.ts';
import type { KeptRelay } from './relay.ts';
import { parseRules, type Rules } from './rules.ts';
import { checkRelayId, MAX_CHANNELS, MAX_LINE, MAX_RELAY_NAME_LENGTH } from './limits.ts';

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
  checkStarts(channels);
  return channels;
}

/** The output of a channel, as its driver has to know it. What is locked out does not start on. */
export function outputOf({ line, activeLow, start }: Channel, kept?: KeptRelay): OutputLine {
  if (kept?.lock) return { line, activeLow, initial: false };
  if (start === 'restore') return { line, activeLow, initial: kept?.state ?? false };
  return { line, activeLow, initial: start === 'hold' ? 'keep' : start === 'on' };
}

function parseChannel(entry: unknown, where: string): Channel {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    throw config(`${where} must be an object, not ${kind(entry)}`);
  }
  const { id, name, line, activeLow, start, rules, end } = entry as Record<string, unknown>;
  const checked = parseId(id, where);
  return {
    id: checked,
    name: parseName(name, where) || checked,
    line: parseLine(line, where),
    activeLow: parseActiveLow(activeLow, where),
    start: parseStart(start, where),
    rules: parseRules(rules, where),
    end: parseEnd(end, where),
  };
}

function parseId(id: unknown, where: string): string {
  if (typeof id !== 'string') throw config(`the id of ${where} must be text, not ${kind(id)}`);
  try {
    checkRelayId(id);
    return id;
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

function parseLine(line: unknown, where: string): number {
  if (typeof line === 'number' && Number.isInteger(line) && line >= 0 && line <= MAX_LINE) return line;
  const given = typeof line === 'number' ? String(line) : kind(line);
  throw config(`the line of ${where} must be a whole number from 0 to ${MAX_LINE}, not ${given}`);
}

function parseActiveLow(value: unknown, where: string): boolean {
  if (value === undefined) return false;
  // Taken for true or false, a text such as "false" would turn the meaning of a machine's output round.
  if (typeof value === 'boolean') return value;
  throw config(`activeLow of ${where} must be true or false, not ${kind(value)}`);
}

function parseStart(start: unknown, where: string): Start {
  if (start === undefined) return 'off';
  const known = STARTS.find((name) => name === start);
  if (known) return known;
  const given = typeof start === 'string' ? quote(start) : kind(start);
  throw config(`the start of ${where} must be one of ${STARTS.map(quote).join(', ')}, not ${given}`);
}

function checkUnique(channels: readonly Channel[], what: 'id' | 'line', show: (of: Channel) => string): void {
  const seen = new Map<unknown, number>();
  for (const [index, channel] of channels.entries()) {
    const other = seen.get(channel[what]);
    if (other !== undefined) {
      throw config(`channels ${other} and ${index + 1} have the same ${what} ${show(channel)}`);
    }
    seen.set(channel[what], index + 1);
  }
}

function parseEnd(end: unknown, where: string): End {
  if (end === undefined) return 'hold';
  const known = ENDS.find((name) => name === end);
  if (known) return known;
  const given = typeof end === 'string' ? quote(end) : kind(end);
  throw config(`the end of ${where} must be one of ${ENDS.map(quote).join(', ')}, not ${given}`);
}

/** The start of a board asks nobody, so it must not break an interlock by itself. */
function checkStarts(channels: readonly Channel[]): void {
  const on = new Map<string, string>();
  for (const { id, start, rules } of channels) {
    // What was, was by the rules.
    if (rules.interlock === null || start === 'off' || start === 'restore') continue;
    const other = on.get(rules.interlock);
    if (other !== undefined) {
      throw config(
        `${other} and ${id} are interlocked, so no more than one of them may start other than off`,
      );
    }
    on.set(rules.interlock, id);
  }
}

function config(message: string, cause?: unknown): FactoryError {
  return new FactoryError('config', message, {
    remedy: 'Open the board and correct its channels',
    ...(cause !== undefined && { cause }),
  });
}
