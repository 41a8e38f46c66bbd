/**
 * A process that samples the host each 2 s, or does not: `node sampled.ts none|ours|systeminformation`. Tells what that took;
 * and, when it is asked, how long the turns of its event loop are.
 */
import { once } from 'node:events';
import { openSync, readFileSync, readSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../lib/base/clock.ts';
import { hostSource } from '../../lib/stats/host.ts';
import { PortableHost } from '../../lib/stats/portable-host.ts';
import { ProcessHealth } from '../../lib/stats/process-health.ts';
import { Sampler } from '../../lib/stats/sampler.ts';
import { SystemStats } from '../../lib/stats/system-stats.ts';

const SETTLE_MS = 5000;
const CPU_FOR_MS = 60_000;
const TURNS_FOR_MS = 40_000;
const INTERVAL_MS = 2000;

export interface Sampled {
  /** Percent of a core. */
  readonly cpu: number;
  readonly samples: number;
  /** Whether a process was started: the kernel counts what ended children did. */
  readonly spawned: boolean;
}
/** The longest turn of each interval, without what of it this thread waited for a core, milliseconds. */
export type Turns = readonly number[];

const schedstat = openSync('/proc/self/schedstat', 'r');
const buffer = Buffer.alloc(100);
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
const sampled: Sampled = {
  cpu: (user + system) / 10 / CPU_FOR_MS,
  samples,
  spawned: faultsOfChildren() > children,
};
process.send!(sampled);
// Apart, because looking at each turn takes all of a core.
await once(process, 'message');
process.send!(await longestTurns(TURNS_FOR_MS));
process.disconnect();
process.exit();

/** One sample falls into each interval, so what a sample holds up shows in all of them. */
function longestTurns(ms: number): Promise<Turns> {
  const longest: number[] = [];
  const begun = performance.now();
  let [at, waited] = [begun, waitedForCore()];
  return new Promise((resolve) => {
    const look = (): void => {
      const [nowAt, nowWaited] = [performance.now(), waitedForCore()];
      const interval = Math.floor((at - begun) / INTERVAL_MS);
      longest[interval] = Math.max(longest[interval] ?? 0, nowAt - at - (nowWaited - waited));
      [at, waited] = [nowAt, nowWaited];
      if (at < begun + ms) setImmediate(look);
      else resolve(longest);
    };
    setImmediate(look);
  });
}

/** How long this thread was ready to run and had no core, milliseconds. */
function waitedForCore(): number {
  const length = readSync(schedstat, buffer, 0, buffer.length, 0);
  return Number(buffer.toString('latin1', 0, length).split(' ')[1]) / 1e6;
}

/** Pages that children which have ended had to get: none starts without. */
function faultsOfChildren(): number {
  const text = readFileSync('/proc/self/stat', 'utf8');
  // The name of the process may have blanks in it; the eleventh field is the ninth after it.
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[8]);
}
