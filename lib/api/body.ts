import { isWithin } from '../base/depth.ts';
import { FactoryError } from '../base/errors.ts';
import { kind } from '../base/text.ts';

/** 64 kB: the largest body the contract takes. */
export const MAX_BODY_BYTES = 65_536;
/** Deeper nesting has no use here, and a few thousand levels overflow the stack of nodes that come later. */
export const MAX_BODY_DEPTH = 32;

/** Throws `invalid` unless a parsed body is an object that is not nested too deep. */
export function checkBody(body: unknown): asserts body is Readonly<Record<string, unknown>> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    const given = body === undefined ? 'missing' : kind(body);
    throw new FactoryError('invalid', `the body must be a JSON object, not ${given}`, {
      remedy: 'Send an object such as {"value": 1}, with Content-Type: application/json',
    });
  }
  checkDepth(body);
}

/** Throws `invalid` for a parsed body of any kind that is nested too deep. */
export function checkDepth(body: unknown): void {
  if (isWithin(body, MAX_BODY_DEPTH)) return;
  throw new FactoryError('invalid', `the body is nested deeper than ${MAX_BODY_DEPTH} levels`);
}
