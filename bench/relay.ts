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
import { root, startNodeRed, type FlowNode } from '../test/integration/harness.ts';
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
/** A phase in which Node-RED waited for a core longer than this share of its time is left out, where there are enough others. */
const MAX_WAITED = 0.05;

/** The lines: of the plants with and without a file, of the bare driver, and of the relays in the storm. */
const [WITH_LOG, IN_MEMORY, BARE, OTHERS] = [1, 2, 3, [11, 12, 13, 14]] as const;

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
await red.deploy(flows());
type Receiver = { receive(message: object): void };
const { nodes } = red.RED as unknown as { nodes: { getNode(id: string): Receiver & PlantNode } };
const { plant } = nodes.getNode('plant-sqlite');
await plant.ready;
while (plant.relays.list().some(({ state }) => state === null)) await delay(20);

const wires = await measureWires();
const storm = await measureStorm();
await red.stop();

console.log(`${new Date().toISOString().slice(0, 10)}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'},`);
console.log(`Node.js ${process.version}, load ${loadavg()[0]!.toFixed(1)}; milliseconds\n`);
console.log(table(['inject → … → line', 'times', 'p50', 'p99'], wires));
console.log(
  `\n${VALUES} values and ${COMMANDS} commands of other relays a second, ${SCREENS} screens; ${storm.about}\n`,
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
    workerData: { url: red.url, screens: SCREENS },
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

function flows(): FlowNode[] {
  // No id may be a word that a setting can be: Node-RED takes it for a reference.
  const z = 'bench-tab';
  const rules = {};
  const inject = (way: string, to: string): FlowNode => ({
    id: `in-${way}`,
    type: 'inject',
    z,
    props: [{ p: 'payload' }],
    payload: 'toggle',
    payloadType: 'str',
    wires: [[to]],
  });
  const out = (way: string): FlowNode => ({ id: `out-${way}`, type: 'junction', z, wires: [[]] });
  const relays = (storage: 'sqlite' | 'memory', line: number, more: object[] = []): FlowNode[] => [
    { id: `plant-${storage}`, type: 'factory-plant', name: storage, storage, file: '' },
    {
      id: `board-${storage}`,
      type: 'factory-board',
      name: '',
      plant: `plant-${storage}`,
      driver: 'simulated',
      channels: [{ id: storage, line, rules }, ...more],
    },
    inject(storage, `relay-${storage}`),
    // The second output has the results.
    {
      id: `relay-${storage}`,
      type: 'factory-relay',
      z,
      plant: `plant-${storage}`,
      relay: storage,
      wires: [[], [`out-${storage}`]],
    },
    out(storage),
  ];
  return [
    { id: z, type: 'tab' },
    ...relays(
      'sqlite',
      WITH_LOG,
      OTHERS.map((line, index) => ({ id: `other${index}`, line, rules })),
    ),
    ...relays('memory', IN_MEMORY),
    {
      id: 'relay-others',
      type: 'factory-relay',
      z,
      plant: 'plant-sqlite',
      relay: '',
      byTopic: true,
      wires: [[], []],
    },
    {
      id: 'bench-server',
      type: 'factory-server',
      name: '',
      path: '/socket.io',
      origins: '',
      maxClients: 500,
    },
    {
      id: 'changes',
      type: 'factory-changes',
      z,
      plant: 'plant-sqlite',
      subject: 'both',
      pattern: '',
      wires: [['push']],
    },
    { id: 'push', type: 'factory-push', z, server: 'bench-server', wires: [] },
    inject('bare', 'bench-function'),
    {
      id: 'bench-function',
      type: 'function',
      z,
      func: `const on = !context.get('on'); context.set('on', on); await global.get('write')(on); return msg;`,
      outputs: 1,
      wires: [['out-bare']],
    },
    out('bare'),
    inject('file', 'bench-file'),
    {
      id: 'bench-file',
      type: 'file',
      z,
      filename: output,
      filenameType: 'str',
      overwriteFile: 'true',
      wires: [['out-file']],
    },
    out('file'),
  ];
}
