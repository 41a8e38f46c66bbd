import { FactoryError } from '../base/errors.ts';
import { quote } from '../base/text.ts';
import type { Context } from './call.ts';

/**
 * Throws for what no client may see, also where the plant has it: it is unknown to all of them. Right after a start it is
 * `unavailable` instead, because it may only be on its way.
 */
export function checkSeen({ reads }: Pick<Context, 'reads'>, kind: 'device' | 'relay', id: string): void {
  const record = kind === 'device' ? reads.device(id) : reads.relay(id);
  if (record !== undefined) return;
  if (reads.isSettled()) throw new FactoryError(`unknown-${kind}`, `there is no ${kind} ${quote(id)}`);
  throw new FactoryError(
    'unavailable',
    `the plant is starting, and the ${kind} ${quote(id)} is not there yet`,
    {
      remedy: 'Ask again in a moment',
    },
  );
}
