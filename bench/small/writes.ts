/** What is written to a memory card a day, by the block layer of a file system for each, all of them at the same time. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { root } from '../../test/integration/harness.ts';
import { table } from '../table.ts';
import { makeDisk, type Disk } from './disk.ts';
import { endWithBench, makeData, run, startHere } from './program.ts';
import { send, sensorFlow } from './sensors.ts';

const SENSORS = 40;
const PORT = 47_612;
const SIGNAL_PORT = 47_613;
const SETTLE_MS = 15_000;
const FOR_MS = 185_000;
const DAY_MS = 86_400_000;
const GOAL_MB = 500;
const GOAL_IDLE_MB = 50;

interface Writing {
  readonly pid: number;
  stop(): Promise<void>;
}
interface Way {
  readonly name: string;
  readonly goal: string;
  begin(folder: string): Promise<Writing>;
}

const WAYS: Way[] = [
  {
    name: 'ours, nothing changes',
    goal: `≤ ${GOAL_IDLE_MB}`,
    begin: (folder) => ours(folder, { quiet: true }),
  },
  { name: 'ours as it comes, with three moving devices', goal: '', begin: (folder) => ours(folder, {}) },
  {
    name: 'ours, 40 sensors, the last values',
    goal: `≤ ${GOAL_MB}`,
    begin: (folder) => withSensors(folder, PORT),
  },
  {
    name: 'ours, 40 sensors, each value with a new `attributes.rssi`',
    goal: `≤ ${GOAL_MB}`,
    begin: (folder) => withSensors(folder, SIGNAL_PORT, true),
  },
  {
    name: 'a history of 40 sensors, batches of 10 s',
    goal: `≤ ${GOAL_MB}`,
    begin: (folder) => writer('batches', folder),
  },
  {
    name: 'a history of 40 sensors, each value committed',
    goal: '',
    begin: (folder) => writer('each', folder),
  },
  { name: 'Node-RED, context in files, 40 values', goal: '', begin: nodeRedContext },
];

export async function measureWrites(folder: string): Promise<string> {
  const ways: { way: Way; disk: Disk; writing: Writing }[] = [];
  const disks: Disk[] = [];
  try {
    for (const [index, way] of WAYS.entries()) {
      const disk = makeDisk(join(folder, `disk${index}`));
      disks.push(disk);
      ways.push({ way, disk, writing: await way.begin(disk.folder) });
    }
    await delay(SETTLE_MS);
    const before = ways.map(look);
    const begun = performance.now();
    await delay(FOR_MS);
    const perDay = (DAY_MS / (performance.now() - begun)) * 1e-6;
    const rows = ways.map((one, index) => {
      const after = look(one);
      const mb = (kind: 'disk' | 'process'): string =>
        ((after[kind] - before[index]![kind]) * perDay).toFixed(0);
      return [one.way.name, mb('disk'), one.way.goal, mb('process')];
    });
    return table(['', 'MB a day at the disk', 'goal', 'by the process'], rows);
  } finally {
    for (const { writing } of ways) await writing.stop();
    for (const disk of disks) disk.remove();
  }
}

function look({ disk, writing }: { disk: Disk; writing: Writing }): { disk: number; process: number } {
  const own = /^write_bytes: (\d+)$/m.exec(readFileSync(`/proc/${writing.pid}/io`, 'utf8'))?.[1];
  return { disk: disk.written(), process: Number(own) };
}

async function ours(folder: string, { quiet = false, port = 0 }): Promise<Writing> {
  const data = join(folder, 'data');
  makeData(data, { quiet, more: port ? sensorFlow(port) : [] });
  return run(startHere, data);
}

async function withSensors(folder: string, port: number, withSignal = false): Promise<Writing> {
  const program = await ours(folder, { quiet: true, port });
  const stopSending = send(port, SENSORS, SENSORS, withSignal);
  return {
    pid: program.pid,
    stop: () => {
      stopSending();
      return program.stop();
    },
  };
}

async function writer(kind: 'each' | 'batches', folder: string): Promise<Writing> {
  const script = join(import.meta.dirname, 'writer.ts');
  return running(spawn(process.execPath, [script, kind, join(folder, 'history.db')], { stdio: 'inherit' }));
}

/** Node-RED alone, with its own way to keep values: it writes what has changed each 30 s. */
async function nodeRedContext(folder: string): Promise<Writing> {
  const keep = `for (let i = 0; i < ${SENSORS}; i++) flow.set('sensor' + i, Math.random() * 100);`;
  const flows = [
    { id: 'tab', type: 'tab' },
    { id: 'tick', type: 'inject', z: 'tab', props: [], repeat: '1', once: true, wires: [['keep']] },
    { id: 'keep', type: 'function', z: 'tab', func: keep, outputs: 0, wires: [] },
  ];
  writeFileSync(join(folder, 'flows.json'), JSON.stringify(flows));
  const settings = { flowFile: 'flows.json', uiHost: '127.0.0.1', uiPort: 0, telemetry: { enabled: false } };
  const context = { contextStorage: { default: { module: 'localfilesystem' } } };
  const file = join(folder, 'settings.cjs');
  writeFileSync(file, `module.exports = ${JSON.stringify({ ...settings, ...context })}`);
  const red = join(root, 'node_modules/node-red/red.js');
  return running(
    spawn(process.execPath, [red, '-u', folder, '-s', file], { stdio: ['ignore', 'ignore', 'inherit'] }),
  );
}

async function running(child: ChildProcess): Promise<Writing> {
  await once(endWithBench(child), 'spawn');
  const ended = once(child, 'close');
  return {
    pid: child.pid!,
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
