/**
 * A process that samples the host each 2 s, or does not: `node sampled.ts none|ours|systeminformation`. Tells what it took, once.
 */
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../lib/base/clock.ts';
import { hostSource } from '../../lib/stats/host.ts';
import { PortableHost } from '../../lib/stats/portable-host.ts';
import { ProcessHealth } from '../../lib/stats/process-health.ts';
import { Sampler } from '../../lib/stats/sampler.ts';
import { SystemStats } from '../../lib/stats/system-stats.ts';

const SETTLE_MS = 5000;
const CPU_FOR_MS = 60_000;
const DELAY_FOR_MS = 60_000;
const INTERVAL_MS = 2000;

export interface Sampled {
  /** Percent of a core. */
  readonly cpu: number;
  readonly samples: number;
  /** Whether a process was started: the kernel counts what ended children did. */
  readonly spawned: boolean;
  /** How late the event loop came to its work at the latest, milliseconds. */
  readonly longest: number;
}

let samples = 0;
const kind = process.argv[2];
if (kind !== 'none') {
  const health = new ProcessHealth();
  const host = kind === 'ours' ? hostSource(systemClock) : new PortableHost();
  const source = new SystemStats({ host, health, clock: systemClock });
  const sampler = new Sampler({ source, clock: systemClock, interval: INTERVAL_MS });
  sampler.events.on('sample', () => samples++);
  health.start();
  sampler.start();
}
await delay(SETTLE_MS);
const before = process.cpuUsage();
const children = faultsOfChildren();
await delay(CPU_FOR_MS);
const { user, system } = process.cpuUsage(before);
// Apart, because looking each millisecond takes more than what is measured.
const histogram = monitorEventLoopDelay({ resolution: 1 });
histogram.enable();
await delay(DELAY_FOR_MS);
histogram.disable();
const sampled: Sampled = {
  cpu: (user + system) / 10 / CPU_FOR_MS,
  samples,
  spawned: faultsOfChildren() > children,
  longest: histogram.max / 1e6,
};
process.send!(sampled);
process.disconnect();
process.exit();

/** Pages that children which have ended had to get: none starts without. */
function faultsOfChildren(): number {
  const text = readFileSync('/proc/self/stat', 'utf8');
  // The name of the process may have blanks in it; the eleventh field is the ninth after it.
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[8]);
}
