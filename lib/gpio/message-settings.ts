import { FactoryError } from '../base/errors.ts';
import { kind, quote } from '../base/text.ts';

/** How long a write, or a question, may wait for its read-back, milliseconds. A deploy waits no longer for a board. */
export const ANSWER_WITHIN_MS = { least: 100, most: 10_000, usual: 2000 } as const;
/** After how long without a read-back nothing is known any more, milliseconds; 0: read-backs come only on change. */
export const STALE_AFTER_MS = { least: 500, most: 86_400_000 } as const;

export const READ_BACKS = ['message', 'none'] as const;

export interface MessageSettings {
  /** 'none': nothing is read back, and a line is what was asked for last. */
  readonly readBack: (typeof READ_BACKS)[number];
  /** See {@link ANSWER_WITHIN_MS}. */
  readonly answerWithin: number;
  /** See {@link STALE_AFTER_MS}. */
  readonly staleAfter: number;
}

/** Throws `config` unless it can be waited for so long, milliseconds; empty is the usual time. */
export function parseAnswerWithin(value: unknown): number {
  const { least, most, usual } = ANSWER_WITHIN_MS;
  if (value === undefined || value === '') return usual;
  const ms = numberOf(value);
  if (ms >= least && ms <= most) return ms;
  throw config(`a read-back is waited for from ${least} to ${most} ms, not ${shown(value)}`);
}

/** Throws `config` unless read-backs can be missed after so long, milliseconds; empty is 0, never. */
export function parseStaleAfter(value: unknown): number {
  const { least, most } = STALE_AFTER_MS;
  if (value === undefined || value === '') return 0;
  const ms = numberOf(value);
  if (ms === 0 || (ms >= least && ms <= most)) return ms;
  throw config(`read-backs are missed after ${least} to ${most} ms, or never (0), not ${shown(value)}`);
}

/** Reads what a board's settings say of its messages. Throws `config` with what is wrong. */
export function parseMessageSettings(given: {
  readBack?: unknown;
  answerWithin?: unknown;
  staleAfter?: unknown;
}): MessageSettings {
  const { readBack: asked = 'message' } = given;
  const readBack = READ_BACKS.find((each) => each === asked);
  if (!readBack) throw config(`the read-back must be one of ${READ_BACKS.map(quote).join(', ')}`);
  return {
    readBack,
    answerWithin: parseAnswerWithin(given.answerWithin),
    staleAfter: parseStaleAfter(given.staleAfter),
  };
}

/** A dialog gives numbers as text. */
function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : NaN;
}

function shown(value: unknown): string {
  return typeof value === 'number' || typeof value === 'string' ? quote(String(value)) : kind(value);
}

function config(message: string): FactoryError {
  return new FactoryError('config', message, { remedy: 'Open the board and correct it' });
}
