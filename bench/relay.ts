/**
 * `npm run bench:relay`: from a command to the line of a relay, in a real Node-RED 5. First what the log costs, beside
 * flows without any of ours; then how long an OFF takes while everything else is flooded. Everything is measured in
 * turns within one run, so that what else the machine does falls on all alike.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { systemClock } from '../lib/base/clock.ts';
import type { SimulatedDriver } from '../lib/gpio/simulated.ts';
import { newCommand } from '../lib/relays/command.ts';
import type { PlantNode } from '../nodes/common.ts';
import { root, startNodeRed } from '../test/integration/harness.ts';
import { StuckDisk } from '../test/kill/stuck-disk.ts';
import { BARE, flows, IN_MEMORY, OTHERS, WITH_LOG } from './relay-flows.ts';
import { quantile, table } from './table.ts';

const ROUNDS = 1500;
const WARM_UP = 200;
/** Each calm one is followed by a stormy one. */
const PHASES = 5;
/** There are more of them, up to so many, until enough were disturbed by nothing. */
const MAX_PHASES = 20;
const OFFS = 150;
/** In a storm: values of devices and commands of other relays, a second, and the screens that see all of it. */
const VALUES = 9000;
const COMMANDS = 1000;
const STEP_MS = 5;
const DEVICES = 1000;
const SCREENS = 20;
/** Clients that read nothing any more, and come back where they are cut off for that. */
const STALLED = 50;
/** How long the disk is stuck in each storm, and when it begins. */
const STUCK_MS = 5000;
const STUCK_AFTER_MS = 500;
/** A phase in which Node-RED waited for a core longer than this share of its time is left out, where there are enough others. */
const MAX_WAITED = 0.05;

// The driver of the built package is the one that Node-RED loads; each write is noted where it reaches the pin.
const { SimulatedDriver: Driver } = (await import(join(root, 'dist/lib/gpio/simulated.js'))) as {
  SimulatedDriver: typeof SimulatedDriver;
};
const moved = new Map<number, (at: number) => void>();
const move: unknown = Reflect.get(Driver.prototype, 'move');
Driver.prototype.move = function (line, on) {
  Reflect.apply(move as (line: number, on: boolean) => void, this, [line, on]);
  moved.get(line)?.(now());
};

const bare = new Driver('bare');
await bare.open([{ line: BARE, activeLow: false, initial: false }]);
const red = await startNodeRed({
  settings: { functionGlobalContext: { write: (on: boolean) => bare.write(new Map([[BARE, on]])) } },
});
const output = join(red.userDir, 'output');
/** The plant's log is on a disk that can be frozen, where this machine can make one. */
const disk = StuckDisk.make(red.userDir, '2G');
const file = typeof disk === 'string' ? '' : join(disk.folder, 'plant.sqlite');
await red.deploy(flows({ output, file }));
type Receiver = { receive(message: object): void };
const { nodes } = red.RED as unknown as { nodes: { getNode(id: string): Receiver & PlantNode } };
const { plant } = nodes.getNode('plant-sqlite');
await plant.ready;
while (plant.relays.list().some(({ state }) => state === null)) await delay(20);

const wires = await measureWires();
const storm = await measureStorm();
// Before the folder is removed that it is in.
if (typeof disk !== 'string') disk.remove();
await red.stop();

console.log(`${new Date().toISOString().slice(0, 10)}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'},`);
console.log(`Node.js ${process.version}, load ${loadavg()[0]!.toFixed(1)}; milliseconds\n`);
console.log(table(['inject → … → line', 'times', 'p50', 'p99'], wires));
console.log(
  `\n${VALUES} values and ${COMMANDS} commands of other relays a second, ${SCREENS} screens, ${STALLED} clients that read nothing, ${stuckAbout()}; ${storm.about}\n`,
);
console.log(table(['OFF', 'times', 'calm p50', 'p99', 'storm p50', 'p99', 'max'], storm.rows));
process.exit();

/** One wire after another, round by round; the next begins when the last one's answer is out. */
async function measureWires(): Promise<(string | number)[][]> {
  const ways: { name: string; line?: number; inject: string; answer: string }[] = [
    { name: 'factory-relay, log in SQLite', line: WITH_LOG, inject: 'in-sqlite', answer: 'out-sqlite' },
    { name: 'factory-relay, in memory', line: IN_MEMORY, inject: 'in-memory', answer: 'out-memory' },
    { name: 'function node, bare driver', line: BARE, inject: 'in-bare', answer: 'out-bare' },
    { name: 'core file node', inject: 'in-file', answer: 'out-file' },
  ];
  const times = ways.map(() => ({ line: [] as number[], answer: [] as number[] }));
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    for (const [index, { line, inject, answer }] of ways.entries()) {
      const answered = heard(answer);
      const onLine = line === undefined ? answered : onMove(line);
      const begun = now();
      nodes.getNode(inject).receive({});
      const [lineAt, answerAt] = await Promise.all([onLine, answered]);
      if (round < WARM_UP) continue;
      times[index]!.line.push(lineAt - begun);
      times[index]!.answer.push(answerAt - begun);
    }
  }
  return ways.flatMap(({ name, line }, index) => {
    const of = times[index]!;
    const shown = line === undefined ? [] : [row(name, of.line)];
    return [...shown, row(line === undefined ? `${name}, written` : `${name}: its answer`, of.answer)];
  });
}

async function measureStorm(): Promise<{ about: string; rows: (string | number)[][] }> {
  const outside = new Worker(new URL('./relay-asker.ts', import.meta.url), {
    workerData: { url: red.url, screens: SCREENS, stalled: STALLED },
  });
  await once(outside, 'message');
  for (let index = 0; index < DEVICES; index++) plant.devices.write({ id: `m${index}`, value: 0 });
  const kinds = ['flow', 'safety'] as const;
  const phases = { calm: [] as Phase[], storm: [] as Phase[] };
  const isEnough = (some: readonly Phase[]): boolean =>
    some.filter(({ waited }) => waited <= MAX_WAITED).length >= PHASES || some.length >= MAX_PHASES;
  while (!isEnough(phases.storm)) {
    for (const weather of ['calm', 'storm'] as const) {
      const stop = weather === 'storm' ? startStorm() : () => 0;
      const stuck = weather === 'storm' ? stickDisk() : undefined;
      const [begun, waitedBefore] = [now(), waitedForCore()];
      const times: number[][] = kinds.map(() => []);
      for (let count = 0; count < OFFS; count++) {
        const kind = count % kinds.length;
        await switchTo('on', 'flow');
        times[kind]!.push(await switchTo('off', kinds[kind]!, outside));
      }
      const waited = (waitedForCore() - waitedBefore) / (now() - begun);
      const rate = Math.round((stop() / (now() - begun)) * 1000);
      console.error(`${weather}: ${rate} messages/s, waited for a core ${(waited * 100).toFixed(1)} %`);
      phases[weather].push({ waited, times });
      await stuck;
      // What it could not write is written first.
      while (plant.storage.state !== 'ok') await delay(100);
    }
  }
  await outside.terminate();
  const [calm, stormy] = [best(phases.calm), best(phases.storm)];
  const most = Math.max(...stormy.map(({ waited }) => waited));
  return {
    about: `${PHASES} of ${phases.storm.length} phases, which waited for a core up to ${(most * 100).toFixed(1)} %`,
    rows: kinds.map((kind, index) => {
      const of = (some: readonly Phase[]): number[] => some.flatMap(({ times }) => times[index]!);
      return [
        kind === 'flow' ? 'by a flow, through factory-relay' : 'for safety, at the board',
        of(stormy).length,
        ...[quantile(of(calm), 0.5), quantile(of(calm), 0.99)].map(hundredths),
        ...[quantile(of(stormy), 0.5), quantile(of(stormy), 0.99), Math.max(...of(stormy))].map(hundredths),
      ];
    }),
  };
}

interface Phase {
  /** Which share of its time Node-RED waited for a core. */
  readonly waited: number;
  /** By kind, milliseconds. */
  readonly times: readonly (readonly number[])[];
}

/** Those that were disturbed least. */
function best(phases: readonly Phase[]): readonly Phase[] {
  return phases.toSorted((one, other) => one.waited - other.waited).slice(0, PHASES);
}

/** How long the line takes from when it was asked for, by `outside` where that is given. */
async function switchTo(action: 'on' | 'off', kind: 'flow' | 'safety', outside?: Worker): Promise<number> {
  let begun = now();
  if (outside) {
    outside.postMessage({ ringIn: 5 + Math.random() * 20 });
    const [{ at }] = (await once(outside, 'message')) as [{ at: number }];
    begun = at;
  }
  const onLine = onMove(WITH_LOG);
  if (kind === 'flow') nodes.getNode('relay-sqlite').receive({ payload: action });
  else {
    const wish = { action, relay: 'sqlite', by: 'bench', from: 'bench', owner: kind };
    void plant.relays.command(newCommand(wish, systemClock));
  }
  return (await onLine) - begun;
}

/** Values and commands until it is stopped; how many there were. */
function startStorm(): () => number {
  let sent = 0;
  let value = 0;
  let due = now();
  const timer = setInterval(() => {
    // What a step came too late for is made up for: the rate is what it says.
    for (; due <= now(); due += STEP_MS) {
      for (let count = 0; count < (VALUES / 1000) * STEP_MS; count++, sent++) {
        value += 1;
        plant.devices.write({ id: `m${value % DEVICES}`, value });
      }
      for (let count = 0; count < (COMMANDS / 1000) * STEP_MS; count++, sent++) {
        const topic = `other${sent % OTHERS.length}`;
        nodes.getNode('relay-others').receive({ topic, payload: 'toggle' });
      }
    }
  }, STEP_MS);
  return () => {
    clearInterval(timer);
    return sent;
  };
}

/** Resolves once the disk goes on, where it can be stuck. */
async function stickDisk(): Promise<void> {
  if (typeof disk === 'string') return;
  await delay(STUCK_AFTER_MS);
  await disk.freeze();
  await delay(STUCK_MS);
  await disk.thaw();
}

function stuckAbout(): string {
  if (typeof disk === 'string')
    return `a disk that is never stuck, as this machine cannot make one (${disk})`;
  return `a disk that is stuck for ${STUCK_MS / 1000} s of each storm`;
}

function onMove(line: number): Promise<number> {
  return new Promise((resolve) => {
    moved.set(line, (at) => {
      moved.delete(line);
      resolve(at);
    });
  });
}

/** When a message next comes to this node, which is the end of a wire. */
function heard(id: string): Promise<number> {
  return new Promise((resolve) => {
    (nodes.getNode(id) as unknown as NodeJS.EventEmitter).once('input', () => resolve(now()));
  });
}

function row(name: string, times: readonly number[]): (string | number)[] {
  return [name, times.length, hundredths(quantile(times, 0.5)), hundredths(quantile(times, 0.99))];
}

function hundredths(ms: number): string {
  return ms.toFixed(2);
}

/** By a clock that all threads of this process share, milliseconds. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

/** How long this thread was ready to run and had no core, milliseconds. */
function waitedForCore(): number {
  return Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[1]) / 1e6;
}
