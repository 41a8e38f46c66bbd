/** What sampling the statistics each 2 s costs a process that does nothing else. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { table, tenths } from '../table.ts';
import type { Sampled } from './sampled.ts';

const KINDS = { none: 'no sampler', ours: 'ours', systeminformation: 'systeminformation' };
const GOAL_CPU = 0.3;
const GOAL_MS = 5;

export async function measureSampler(): Promise<string> {
  const of = await Promise.all(Object.keys(KINDS).map(measure));
  const names = Object.values(KINDS);
  const rows = of.map(({ cpu, samples, spawned, longest }, index) => [
    names[index]!,
    String(samples),
    cpu.toFixed(2),
    (cpu - of[0]!.cpu).toFixed(2),
    spawned ? 'yes' : 'no',
    tenths(longest),
  ]);
  rows.push(['goal', '', '', `≤ ${GOAL_CPU}`, 'no', `≤ ${GOAL_MS}`]);
  return table(['', 'samples', '% of a core', 'more than none', 'starts processes', 'latest turn, ms'], rows);
}

async function measure(kind: string): Promise<Sampled> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'sampled.ts'), kind], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit').then(() => {
    throw new Error(`the process with ${kind} ended by itself`);
  });
  const [sampled] = (await Promise.race([once(child, 'message'), ended])) as [Sampled];
  ended.catch(() => {});
  return sampled;
}
