/**
 * What can go wrong, in one vocabulary for wire, socket and HTTP.
 * The code is also the key of the translated text in the catalogues (`errors.<code>`).
 */
export type ErrorCode =
  /** The input is not of the form it must have; nothing was changed. */
  | 'invalid'
  /** A stated limit would be exceeded; nothing was changed. */
  | 'limit'
  | 'unknown-device'
  | 'unknown-relay'
  /** Older than what is already known, or sent too long ago. */
  | 'stale'
  /** Nobody knows who asks: they have to sign in. */
  | 'unauthenticated'
  /** The asker may not do this. */
  | 'forbidden'
  /** Hardware, store or service is not there now. */
  | 'unavailable'
  /** A node's settings cannot work. */
  | 'config'
  /** No answer in time. */
  | 'timeout';

/** An error that a person can act on: what happened and why (`message`), and what to do (`remedy`). */
export class FactoryError extends Error {
  readonly code: ErrorCode;
  readonly remedy: string | undefined;

  constructor(code: ErrorCode, message: string, options: { remedy?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'FactoryError';
    this.code = code;
    this.remedy = options.remedy;
  }

  /** What and why, then what to do, as one text. */
  override toString(): string {
    return this.remedy ? `${this.message}. ${this.remedy}` : this.message;
  }
}

/** Makes an Error of whatever was thrown. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
