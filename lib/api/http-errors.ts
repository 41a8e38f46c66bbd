import { FactoryError } from '../base/errors.ts';
import { problem, problemOf } from './answer.ts';
import type { Answer } from './answer.ts';

/** The errors of body-parser by their `type`. The size is told without a number: the host may set a lower one. */
const BY_TYPE: Readonly<Record<string, Answer>> = {
  'entity.parse.failed': problem(400, 'invalid', 'the body is not valid JSON'),
  'entity.too.large': problem(413, 'limit', 'the body is too large'),
  'charset.unsupported': problem(415, 'invalid', 'the charset of the body is not supported', 'Send UTF-8'),
  'encoding.unsupported': problem(
    415,
    'invalid',
    'the encoding of the body is not supported',
    'Send it uncompressed, as UTF-8',
  ),
};

/** The answer to an error that Express or a parser raised. What is not the client's doing is not told to it. */
export function answerOfError(error: unknown): Answer {
  if (error instanceof FactoryError || typeof error !== 'object' || error === null) return problemOf(error);
  const { type, status } = error as { type?: unknown; status?: unknown };
  const known = typeof type === 'string' && Object.hasOwn(BY_TYPE, type) ? BY_TYPE[type] : undefined;
  if (known) return known;
  if (error instanceof URIError) {
    return problem(400, 'invalid', 'the path has a % that does not begin an escaped UTF-8 character');
  }
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return problem(status, 'invalid', 'the request is malformed');
  }
  return problemOf(error);
}
