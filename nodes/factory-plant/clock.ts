import type { NodeAPI } from 'node-red';
import { isoTime, systemClock } from '../../lib/base/clock.ts';
import { FactoryError } from '../../lib/base/errors.ts';
import { serveGet, servePost, userOf } from '../admin.ts';
import { clockTrust } from '../clock-trust.ts';

/** Serves the dialog of the plant: whether the clock is trusted, and that a person says that it is right. */
export function serveClock(RED: NodeAPI): void {
  const state = (): object => ({
    trusted: clockTrust.suspicion === undefined,
    now: isoTime(systemClock.now()),
    expected: isoTime(clockTrust.now()),
  });
  serveGet(RED, '/factory-iot/clock', state);
  servePost(RED, '/factory-iot/clock', ({ trusted }, request) => {
    if (trusted !== true) throw new FactoryError('invalid', 'trusted must be true');
    clockTrust.confirm(userOf(request));
    return state();
  });
}
