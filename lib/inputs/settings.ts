import { FactoryError } from '../base/errors.ts';
import { canonicalName, checkNaming, checkText, kind, quote } from '../base/text.ts';
import { BIASES, type Bias } from '../gpio/bias.ts';
import { MAX_CHIP_LENGTH, MAX_DEBOUNCE_MS, MAX_LINE } from '../gpio/limits.ts';

/** As long as that of a relay: whatever is shown beside it has room for it. */
export const MAX_INPUT_ID_LENGTH = 64;

/** Where the levels of an input come from; a change counts once it has rested for `debounce` milliseconds. */
export type InputSource = MessageSource | LineSource;

export interface MessageSource {
  readonly kind: 'message';
  readonly debounce: number;
}

export interface LineSource {
  readonly kind: 'chardev';
  /** A path, a number, a name or a label: see `findChip`. */
  readonly chip: string;
  readonly line: number;
  readonly bias: Bias;
  readonly activeLow: boolean;
  readonly debounce: number;
}

/** What an input's node says of its source, as it was typed in. */
export interface SourceSettings {
  readonly source?: unknown;
  readonly chip?: unknown;
  readonly line?: unknown;
  readonly bias?: unknown;
  readonly activeLow?: unknown;
  readonly debounce?: unknown;
}

/** The id that an input is known by in its plant. Throws `config` where it cannot be one. */
export function parseInputId(id: unknown): string {
  try {
    checkText('the id of the input', id, MAX_INPUT_ID_LENGTH);
    checkNaming('input id', id, MAX_INPUT_ID_LENGTH);
    return canonicalName(id);
  } catch (error) {
    throw config((error as Error).message);
  }
}

/** Throws `config` with what is wrong. */
export function parseSource(settings: SourceSettings): InputSource {
  const { source = 'chardev', activeLow = false } = settings;
  const debounce = parseDebounce(settings.debounce);
  if (source === 'message') return { kind: source, debounce };
  if (source !== 'chardev') {
    const given = typeof source === 'string' ? quote(source) : kind(source);
    throw config(`an input's source is "chardev" or "message", not ${given}`);
  }
  // Taken for true or false, a text such as "false" would turn the meaning of an input round.
  if (typeof activeLow !== 'boolean') throw config(`activeLow must be true or false, not ${kind(activeLow)}`);
  const [chip, line, bias] = [parseChip(settings.chip), parseLine(settings.line), parseBias(settings.bias)];
  return { kind: source, chip, line, bias, activeLow, debounce };
}

export function parseChip(chip: unknown): string {
  const given = typeof chip === 'number' ? String(chip) : (chip ?? '');
  try {
    checkText('the chip', given, MAX_CHIP_LENGTH);
  } catch (error) {
    throw config((error as Error).message);
  }
  const trimmed = given.trim();
  if (trimmed === '') throw config('the input does not say on which chip its line is');
  if (trimmed.includes('\0')) throw config(`there can be no chip ${quote(trimmed)}`);
  return trimmed;
}

/** A number, or one as a text field has it. */
export function parseLine(line: unknown): number {
  const number = numberOf(line);
  if (Number.isInteger(number) && number >= 0 && number <= MAX_LINE) return number;
  throw config(`the line must be a whole number from 0 to ${MAX_LINE}, not ${shown(line)}`);
}

/** Milliseconds; 0 where nothing is said. */
export function parseDebounce(debounce: unknown): number {
  if (debounce === undefined || debounce === null || debounce === '') return 0;
  const number = numberOf(debounce);
  if (number >= 0 && number <= MAX_DEBOUNCE_MS) return number;
  throw config(`an input is debounced for 0 to ${MAX_DEBOUNCE_MS} ms, not ${shown(debounce)}`);
}

function parseBias(bias: unknown = 'as-is'): Bias {
  const known = BIASES.find((each) => each === bias);
  if (known) return known;
  throw config(`the bias must be one of ${BIASES.map(quote).join(', ')}`);
}

/** NaN for what is no number. */
function numberOf(value: unknown): number {
  if (typeof value === 'string' && value.trim() !== '') return Number(value);
  return typeof value === 'number' ? value : NaN;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? quote(value) : typeof value === 'number' ? String(value) : kind(value);
}

function config(message: string): FactoryError {
  return new FactoryError('config', message, { remedy: 'Open the input and correct it' });
}
