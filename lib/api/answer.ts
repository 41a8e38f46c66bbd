import { FactoryError } from '../base/errors.ts';
import type { ErrorCode } from '../base/errors.ts';
import type { Result, ResultCode } from '../relays/relay.ts';

/** What goes back over HTTP. The body is sent as JSON, unless the headers name another type. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** What was thrown where nothing should have been: for the log, never for the client. */
  readonly cause?: unknown;
}

/** The body of every answer that is no success. `error` is for a person; `code` for a program. */
export interface Problem {
  readonly error: string;
  readonly code: string;
  /** What happened and why, without what to do about it. */
  readonly reason: string;
}

/** An answer that says what is wrong, why, and what to do about it. */
export function problem(status: number, code: string, reason: string, remedy?: string): Answer {
  const body: Problem = { error: remedy ? `${reason}. ${remedy}` : reason, code, reason };
  return { status, body };
}

const STATUS_OF_ERROR: Readonly<Record<ErrorCode, number>> = {
  invalid: 400,
  limit: 400,
  'unknown-device': 404,
  'unknown-relay': 404,
  stale: 409,
  unauthenticated: 401,
  forbidden: 403,
  unavailable: 503,
  config: 503,
  timeout: 504,
};

/** The status of each refusal of `authorise()`. */
export const STATUS_OF_VERDICT = {
  unauthenticated: 401,
  forbidden: 403,
  limit: 429,
  unavailable: 503,
} as const;

/** The answer to whatever was thrown. What is not one of our errors may tell of the inside, so it stays there. */
export function problemOf(thrown: unknown): Answer {
  if (thrown instanceof FactoryError) {
    return problem(STATUS_OF_ERROR[thrown.code], thrown.code, thrown.message, thrown.remedy);
  }
  return { ...problem(500, 'unexpected', 'an unexpected error; see the log of Node-RED'), cause: thrown };
}

/** The result of a command that was not carried out, with the status that says why. */
export function refusal(result: Result): Answer {
  const { error, code, reason } = problem(0, result.code, result.reason ?? result.code).body as Problem;
  return { status: STATUS_OF_REFUSAL.get(result.code) ?? 409, body: { error, ...result, code, reason } };
}

/** What is refused for a reason of the relay's own is 409; these have a status that says it better. */
const STATUS_OF_REFUSAL: ReadonlyMap<ResultCode, number> = new Map([
  ['invalid', 400],
  ['forbidden', 403],
  ['unknown-relay', 404],
  ['unavailable', 503],
  ['readback-mismatch', 503],
]);
