/**
 * `npm run bench:small [starts] [clicks] [load] [writes] [sampler]`: what users feel, on a small computer that is made of this one by a
 * cgroup: one core for a quarter of its time, and 384 MB. The program is in it, all else beside it on the other cores. Writes and
 * sampler are measured at the whole speed, where nothing is late. Needs root, two cores, and Chromium for the clicks.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSmall, MEMORY_MB, otherCores, SHARE, type Small } from './small/cgroup.ts';
import { measureClicks } from './small/clicks.ts';
import { measureLoad } from './small/load.ts';
import { measureSampler } from './small/sampler.ts';
import { measureStarts } from './small/starts.ts';
import { measureWrites } from './small/writes.ts';

const PARTS: Record<string, (small: Small, folder: string) => Promise<string>> = {
  starts: measureStarts,
  clicks: measureClicks,
  load: measureLoad,
  writes: (_small, folder) => measureWrites(folder),
  sampler: measureSampler,
};
/** How far the small computer may be from being as slow as is said. */
const MOST_OFF = 0.2;

const asked = process.argv.slice(2);
const strange = asked.filter((part) => !Object.hasOwn(PARTS, part));
if (strange.length > 0) {
  console.error(`There is no part ${strange.join(', ')}; there are ${Object.keys(PARTS).join(', ')}.`);
  process.exit(2);
}

let small: Small;
try {
  execFileSync('taskset', ['-apc', otherCores(), String(process.pid)], { stdio: 'ignore' });
  small = makeSmall();
} catch (error) {
  console.error(`Nothing is measured: ${error instanceof Error ? error.message : String(error)}.`);
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), 'factory-iot-small-'));
// What is begun in it later is ended before.
process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
// One for each process and file system that ends with the bench.
process.setMaxListeners(0);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
const slowness = await small.slowness();
console.log(`${new Date().toISOString().slice(0, 10)}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'},`);
console.log(
  `Node.js ${process.version}, load ${loadavg()[0]!.toFixed(1)}; the small computer has ${MEMORY_MB} MB and is`,
);
console.log(`${slowness.toFixed(1)} times slower\n`);
if (Math.abs(slowness * SHARE - 1) > MOST_OFF)
  console.log('That is not what was meant: other work is on its core.\n');
await measure('starts');
await measure('clicks');
await measure('load');
await Promise.all([measure('writes'), measure('sampler')]);
process.exit();

async function measure(part: string): Promise<void> {
  if (asked.length > 0 && !asked.includes(part)) return;
  const shown = await PARTS[part]!(small, join(folder, part));
  console.log(`${shown}\n`);
}
