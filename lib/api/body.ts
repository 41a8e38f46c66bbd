import { isWithin } from '../base/depth.ts';
import { FactoryError } from '../base/errors.ts';
import { kind, quote } from '../base/text.ts';

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

/** Throws `invalid` for a property that the call does not know, naming it: what is ignored would look as if it was done. */
export function checkKnown(body: Readonly<Record<string, unknown>>, known: readonly string[]): void {
  const strange = Object.keys(body).find((name) => !known.includes(name));
  if (strange === undefined) return;
  throw new FactoryError('invalid', `unknown property ${quote(strange)}`, {
    remedy: `Known are ${known.join(', ')}`,
  });
}

/** Throws `invalid` for a parsed body of any kind that is nested too deep. */
export function checkDepth(body: unknown): void {
  if (isWithin(body, MAX_BODY_DEPTH)) return;
  throw new FactoryError('invalid', `the body is nested deeper than ${MAX_BODY_DEPTH} levels`);
}
