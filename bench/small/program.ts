/** The program as `npm start` runs it, with a data folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { root, type FlowNode } from '../../test/integration/harness.ts';
import type { Start } from './cgroup.ts';
import { now } from './clock.ts';

const SCRIPT = join(root, 'scripts/start.mjs');
const PROBE = join(import.meta.dirname, 'probe.mjs');
const READY_MS = 90_000;
const DASHBOARDS = { 1: 'node-red-dashboard', 2: '@flowfuse/node-red-dashboard' } as const;
const require = createRequire(import.meta.url);

export type Dashboard = keyof typeof DASHBOARDS;
/** On this machine, at its whole speed: on all cores, whichever the bench keeps to. */
export const startHere: Start = (command, options) =>
  endWithBench(spawn('taskset', ['-c', `0-${cpus().length - 1}`, ...command], options));

/** Leaves nothing running, however the bench ends. */
export function endWithBench(child: ChildProcess): ChildProcess {
  const kill = (): void => void child.kill('SIGKILL');
  process.prependOnceListener('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  return child;
}

export interface Program {
  readonly url: string;
  readonly pid: number;
  /** Memory that is in RAM, MB. */
  rss(): number;
  /** From the start of the process, milliseconds. */
  readonly outputsAfter: number;
  readonly answeredAfter: number;
  stop(): Promise<void>;
}

export interface Plant {
  readonly dashboard?: Dashboard;
  /** Nothing moves by itself. */
  readonly quiet?: boolean;
  readonly more?: readonly FlowNode[];
}

/** A data folder with the bundled core flow, `more` nodes, and one dashboard or none; the others are switched off in the palette. */
export function makeData(data: string, { dashboard, quiet = false, more = [] }: Plant): void {
  mkdirSync(data, { recursive: true });
  const names = ['factory.json', ...(dashboard ? [`dashboard-${dashboard}.json`] : [])];
  const flows = names.flatMap(
    (name) => JSON.parse(readFileSync(join(root, 'flows', name), 'utf8')) as FlowNode[],
  );
  const off = Object.entries(DASHBOARDS).filter(([version]) => Number(version) !== dashboard);
  const write = (name: string, content: unknown): void =>
    writeFileSync(join(data, name), JSON.stringify(content));
  const moving = ({ type }: FlowNode): boolean => type === 'inject';
  write('flows.json', [...flows.filter((node) => !quiet || !moving(node)), ...more]);
  write('.config.nodes.json', Object.fromEntries(off.map(([, name]) => [name, switchedOff(name)])));
  // All of them count as installed: what is not in the flows was deleted.
  const record = ['factory.json', 'dashboard-1.json', 'dashboard-2.json'].map((name) => [name, new Date()]);
  write('bundled-flows.json', Object.fromEntries(record));
}

/** What Node-RED keeps of a package whose nodes somebody has switched off in the palette. */
function switchedOff(name: string): object {
  const path = require.resolve(`${name}/package.json`);
  const { version, 'node-red': nodeRed } = require(path) as {
    version: string;
    'node-red': { nodes: Record<string, string> };
  };
  const set = ([id, file]: [string, string]): [string, object] => [
    id,
    {
      name: id,
      types: [id],
      enabled: false,
      local: false,
      user: false,
      module: name,
      file: join(dirname(path), file),
    },
  ];
  const nodes = Object.fromEntries(Object.entries(nodeRed.nodes).map(set));
  return { name, version, local: false, user: false, nodes };
}

/** Starts it and waits until its outputs are set and it answers. */
export async function run(start: Start, data: string, flags: readonly string[] = []): Promise<Program> {
  const port = await freePort();
  const begun = now();
  const child = start([process.execPath, ...flags, '--import', PROBE, SCRIPT], {
    env: { ...process.env, PORT: String(port), HOST: '', FACTORY_INSECURE: '', FACTORY_DATA: data },
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
  });
  const ended = once(child, 'close');
  const url = `http://127.0.0.1:${port}`;
  child.stdout!.resume();
  const [outputs, answered] = await Promise.race([
    Promise.all([once(child.stdio[3] as Readable, 'data'), firstAnswer(url)]),
    ended.then(([code, signal]) => {
      throw new Error(`the program ended by itself: ${code ?? signal}`);
    }),
  ]);
  return {
    url,
    pid: child.pid!,
    rss: () =>
      Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024,
    outputsAfter: Number(String(outputs[0]).split('\n')[0]) - begun,
    answeredAfter: answered - begun,
    async stop() {
      // In order: a process that dies three times soon after its start is not let start its relays again.
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** When the plant first answers, which is when it is open. */
async function firstAnswer(url: string): Promise<number> {
  for (const begun = now(); now() - begun < READY_MS; await delay(20)) {
    const status = await fetch(`${url}/api/relays`).then(
      async (response) => {
        await response.arrayBuffer();
        return response.status;
      },
      () => 0,
    );
    if (status === 200) return now();
  }
  throw new Error(`no answer within ${READY_MS / 1000} s`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
