/** What sampling the statistics each 2 s costs a process that does nothing else. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { quantile, table, tenths } from '../table.ts';
import { endWithBench } from './program.ts';
import type { Sampled, Turns } from './sampled.ts';

const KINDS = { none: 'no sampler', ours: 'ours', systeminformation: 'systeminformation' };
const GOAL_CPU = 0.3;
const GOAL_MS = 5;

export async function measureSampler(): Promise<string> {
  const children = Object.keys(KINDS).map(start);
  const sampled = await Promise.all(children.map((child) => told<Sampled>(child)));
  const turns: Turns[] = [];
  for (const child of children) {
    // One after the other: each takes all of a core meanwhile.
    child.send('turns');
    turns.push(await told<Turns>(child));
  }
  const rows = Object.values(KINDS).map((name, index) => {
    const { cpu, samples, spawned } = sampled[index]!;
    const longest = turns[index]!;
    const more = cpu - sampled[0]!.cpu;
    return [
      name,
      samples,
      cpu.toFixed(2),
      more.toFixed(2),
      spawned ? 'yes' : 'no',
      tenths(quantile(longest, 0.5)),
      tenths(Math.max(...longest)),
    ];
  });
  rows.push(['goal', '', '', `≤ ${GOAL_CPU}`, 'no', `≤ ${GOAL_MS}`, '']);
  return table(
    [
      '',
      'samples',
      '% of a core',
      'more than none',
      'starts processes',
      'longest turn in 2 s, median ms',
      'of all',
    ],
    rows,
  );
}

function start(kind: string): ChildProcess {
  return endWithBench(
    spawn(process.execPath, [join(import.meta.dirname, 'sampled.ts'), kind], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    }),
  );
}

async function told<What>(child: ChildProcess): Promise<What> {
  const early = new AbortController();
  child.once('exit', () => early.abort(new Error('a process that samples ended by itself')));
  const [what] = (await once(child, 'message', { signal: early.signal })) as [What];
  return what;
}
