/**
 * A small computer made of this one: a cgroup with one core for a quarter of the time and little memory. By whichever
 * version of cgroups this system has mounted; needs root.
 */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

const MOUNT = '/sys/fs/cgroup';
const CORE = '0';
export const SHARE = 0.25;
/** Short, so that it is as a slow core, and not as one that stands still for a while. */
const PERIOD_US = 10_000;
export const MEMORY_MB = 384;

/** Starts a command on some computer. */
export type Start = (
  command: readonly string[],
  options: { env?: NodeJS.ProcessEnv; stdio?: StdioOptions },
) => ChildProcess;

export interface Small {
  /** Starts a program inside. */
  readonly start: Start;
  /** The time that all in it had the core, milliseconds. */
  cpu(): number;
  /** How many times slower it is than outside, by a loop that counts. */
  slowness(): Promise<number>;
}

interface Layout {
  /** Where a process joins. */
  readonly folders: readonly string[];
  /** What is set, by file. */
  readonly settings: readonly (readonly [file: string, value: string])[];
  readonly cpu: () => number;
}

/** It is gone when this process ends. Throws where it cannot be made here, with what stands in the way. */
export function makeSmall(): Small {
  if (process.getuid?.() !== 0) throw new Error('the small computer is a cgroup, which takes root to make');
  const name = `factory-iot-bench-${process.pid}`;
  const { folders, settings, cpu } = existsSync(`${MOUNT}/cgroup.controllers`) ? second(name) : first(name);
  try {
    for (const folder of folders) mkdirSync(folder);
    for (const [file, value] of settings) writeFileSync(file, value);
  } catch (error) {
    for (const folder of folders.toReversed()) if (existsSync(folder)) rmdirSync(folder);
    throw new Error(`no cgroup of one slow core can be made here: ${String(error)}`, { cause: error });
  }
  process.once('exit', () => remove(folders));
  const start: Start = (command, options) =>
    // The shell joins and then becomes the program, so nothing of the program ran outside.
    spawn(
      '/bin/sh',
      [
        '-c',
        `${folders.map((folder) => `echo $$ > '${folder}/cgroup.procs'`).join(' && ')} && exec "$@"`,
        'sh',
        ...command,
      ],
      options,
    );
  return { start, cpu, slowness: () => slowness(start) };
}

/** Controllers each with a tree of their own. */
function first(name: string): Layout {
  const own = new Map(
    readFileSync('/proc/self/cgroup', 'utf8')
      .trim()
      .split('\n')
      .flatMap((line) => {
        const [, controllers = '', path = '/'] = line.split(':');
        return controllers.split(',').map((controller) => [controller, path] as const);
      }),
  );
  // Below where this process is: what holds for it goes on to hold.
  const folder = (controller: string): string => join(MOUNT, controller, own.get(controller) ?? '/', name);
  const [cpu, account, set, memory] = ['cpu', 'cpuacct', 'cpuset', 'memory'].map(folder) as [
    string,
    string,
    string,
    string,
  ];
  return {
    // Controllers may be mounted together.
    folders: [...new Set([cpu, account, set, memory])],
    settings: [
      [`${cpu}/cpu.cfs_period_us`, String(PERIOD_US)],
      [`${cpu}/cpu.cfs_quota_us`, String(PERIOD_US * SHARE)],
      [`${set}/cpuset.mems`, '0'],
      [`${set}/cpuset.cpus`, CORE],
      [`${memory}/memory.limit_in_bytes`, String(MEMORY_MB * 2 ** 20)],
    ],
    cpu: () => Number(readFileSync(`${account}/cpuacct.usage`, 'utf8')) / 1e6,
  };
}

/** One tree. Only a group without processes can hand controllers down, which in most systems is the root alone. */
function second(name: string): Layout {
  const folder = join(MOUNT, name);
  return {
    folders: [folder],
    settings: [
      [`${MOUNT}/cgroup.subtree_control`, '+cpu +cpuset +memory'],
      [`${folder}/cpu.max`, `${PERIOD_US * SHARE} ${PERIOD_US}`],
      [`${folder}/cpuset.cpus`, CORE],
      [`${folder}/memory.max`, String(MEMORY_MB * 2 ** 20)],
    ],
    cpu: () => Number(/^usage_usec (\d+)$/m.exec(readFileSync(`${folder}/cpu.stat`, 'utf8'))?.[1]) / 1000,
  };
}

/** Ends what is in it, and removes it. */
function remove(folders: readonly string[]): void {
  for (let tries = 0; tries < 100; tries++) {
    const left = readFileSync(`${folders[0]}/cgroup.procs`, 'utf8').split('\n').filter(Boolean);
    if (left.length === 0) break;
    for (const pid of left) process.kill(Number(pid), 'SIGKILL');
    // Nothing else runs any more, so there is nothing to hold up.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  }
  for (const folder of folders.toReversed()) rmdirSync(folder);
}

async function slowness(start: Start): Promise<number> {
  const loop = `const b=performance.now();for(let i=0,x=0;i<4e8;i++)x+=i;console.log(performance.now()-b)`;
  const command = [process.execPath, '-e', loop];
  const outside = spawn('taskset', ['-c', CORE, ...command], { stdio: ['ignore', 'pipe', 'inherit'] });
  const fast = await printed(outside);
  return (await printed(start(command, { stdio: ['ignore', 'pipe', 'inherit'] }))) / fast;
}

async function printed(child: ChildProcess): Promise<number> {
  let text = '';
  for await (const chunk of child.stdout!) text += String(chunk);
  return Number(text);
}

/** The cores that are left for everything else, as taskset takes them. */
export function otherCores(): string {
  const count = cpus().length;
  if (count < 2) throw new Error('the small computer takes one core, and this machine has no other one');
  return `1-${count - 1}`;
}
