/**
 * `npm run soak`: the program of `npm start`, with all it brings, under load for an hour or so long as `HOURS` or `MINUTES` says.
 * Devices change, clients of every kind come, stall and are cut off, strangers are refused, flows are deployed; now and then all
 * clients go, and what is then left is counted. Ends with 1 where something grew, was left or failed. Needs Linux.
 */
import { cpus, loadavg } from 'node:os';
import { asError } from '../lib/base/errors.ts';
import { withLoad } from './soak/flow.ts';
import { pause } from './soak/clients.ts';
import { Load } from './soak/load.ts';
import { Plant } from './soak/plant.ts';
import { faultsOf, idleTable, report, type Idle, type Soak } from './soak/report.ts';
import type { Sample } from './soak/sample.ts';
import { Tally } from './soak/tally.ts';
import { tenths } from './table.ts';

const MINUTES = Number(process.env['MINUTES'] ?? 60 * Number(process.env['HOURS'] ?? 1));
const LENGTH_MS = MINUTES * 60_000;
/** From one moment in which all clients are gone to the next. */
const ROUND_MS = Math.min(300_000, Math.max(40_000, LENGTH_MS / 12));
const DEPLOY_EACH_MS = Math.min(60_000, ROUND_MS / 3);
const LOOK_EACH_MS = Math.min(15_000, ROUND_MS / 5);
/** How long the server may take to be rid of clients that left without a word. */
const GONE_WITHIN_MS = 15_000;
/** How long the first values take. */
const FIRST_MS = 3000;

if (!(MINUTES > 0)) throw new Error('HOURS or MINUTES must be a number above 0');
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());

const plant = await Plant.start();
void plant.ended.then(() => stop.abort());
const tally = new Tally();
const busy: Sample[] = [];
const idle: Idle[] = [];
const began = Date.now();
const faults: string[] = [];
let used = { server: NaN, load: NaN };
try {
  await plant.deploy('full', withLoad);
  // Its devices are there then.
  await pause(FIRST_MS, stop.signal);
  await run();
} catch (error) {
  faults.push(asError(error).message);
}
const soak: Soak = { began, busy, idle, tally, log: new Map(plant.log) };
await plant.stop().catch((error: unknown) => faults.push(asError(error).message));

const minutes = (Date.now() - began) / 60_000;
console.log(
  `\n${new Date().toISOString().slice(0, 10)}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'},`,
);
console.log(
  `Node.js ${process.version}, load ${loadavg()[0]!.toFixed(1)}; ${tenths(minutes)} minutes, of a core ` +
    `${percent(used.server)} for the server and ${percent(used.load)} for the load\n`,
);
if (idle.length > 0 && busy.length > 0) {
  console.log(report(soak));
  faults.push(...faultsOf(soak));
}
for (const fault of faults) console.log(`FAULT: ${fault}`);
console.log(faults.length === 0 ? '\nNothing grew, nothing was left.' : '');
process.exit(faults.length === 0 && !stop.signal.aborted ? 0 : 1);

async function run(): Promise<void> {
  const load = new Load(plant, tally, DEPLOY_EACH_MS);
  const first = await plant.look('busy');
  const end = performance.now() + LENGTH_MS;
  const loadBefore = process.cpuUsage();
  while (performance.now() < end && !stop.signal.aborted) {
    load.start();
    const until = Math.min(end, performance.now() + ROUND_MS - GONE_WITHIN_MS);
    while (performance.now() < until && !stop.signal.aborted) {
      await pause(Math.min(LOOK_EACH_MS, until - performance.now()), stop.signal);
      if (!stop.signal.aborted) busy.push(await plant.look('busy'));
    }
    await load.stop();
    if (stop.signal.aborted) break;
    idle.push(await allGone());
    const table = idleTable(began, idle.slice(-1)).split('\n');
    console.log((idle.length === 1 ? table : table.slice(-1)).join('\n'));
    const { user, system } = process.cpuUsage(loadBefore);
    const { cpu, at } = idle.at(-1)!;
    used = {
      server: (cpu - first.cpu) / (at - first.at),
      load: (user + system) / 1000 / (at - first.at),
    };
  }
  if (stop.signal.aborted) throw new Error('it was stopped before its end, or the server ended by itself');
}

/** What there is once the last client is gone; what then is left counts as left. */
async function allGone(): Promise<Idle> {
  const limit = performance.now() + GONE_WITHIN_MS;
  let sample = await plant.look('idle');
  while (performance.now() < limit && sample.counts['clients']! + sample.counts['connections']! > 0)
    sample = await plant.look('idle');
  return { ...sample, written: plant.written };
}

function percent(share: number): string {
  return Number.isNaN(share) ? 'an unknown part' : `${(share * 100).toFixed(0)} %`;
}
