/** The one {@link ClockTrust} of this process, for its plants and for access. */
import { statSync } from 'node:fs';
import { systemClock } from '../lib/base/clock.ts';
import { ClockTrust } from '../lib/base/clock-trust.ts';

/** Touched by systemd-timesyncd each time that it has set the clock. */
const SYNCED = '/run/systemd/timesync/synchronized';

export const clockTrust = new ClockTrust(systemClock, {
  synced: () => statSync(SYNCED, { throwIfNoEntry: false })?.mtimeMs,
});
