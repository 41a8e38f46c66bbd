import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Result } from '../../lib/relays/relay.ts';
import { CHANNELS, type Ask, type Said } from './hall.ts';

const PROGRAM = join(import.meta.dirname, 'hall-process.ts');
/** How many commands of each relay wait for their results, which keeps the plant at work; it takes up to 100. */
const AT_ONCE = 20;

/** When the process is killed: so long after it was started, after it said that it is open, or with a result. */
export type End =
  | { readonly after: 'start' | 'opened'; readonly ms: number }
  | { readonly after: 'results'; readonly count: number }
  /** Not killed: its input ends after so many results. */
  | { readonly after: 'work'; readonly count: number };

export interface Life {
  /** undefined: it was killed before it said so. */
  readonly opened: (Said & { kind: 'opened' }) | undefined;
  /** In the order in which they came. */
  readonly results: readonly Result[];
  /** By relay, in the order in which they were sent. */
  readonly asked: ReadonlyMap<string, readonly Ask[]>;
}

/**
 * Runs the plant, has it execute commands without a pause, and kills it. `next` makes up a relay's next command; `halted` is
 * called while the process stands still, just before it is killed.
 */
export async function live(
  files: { readonly database: string; readonly pins: string },
  end: End,
  next: (relay: string, count: number) => Ask,
  halted?: () => void,
): Promise<Life> {
  const child = spawn(process.execPath, [PROGRAM, files.database, files.pins], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let opened: Life['opened'];
  const results: Result[] = [];
  const asked = new Map<string, Ask[]>(CHANNELS.map(({ id }) => [id, []]));
  const complaints: string[] = [];
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;

  const finish = (): void => {
    if (isOver) return;
    isOver = true;
    if (end.after === 'work') child.stdin.end();
    else {
      if (halted) halt(child.pid!, halted);
      child.kill('SIGKILL');
    }
  };
  const ask = (relay: string): void => {
    if (isOver) return;
    const sent = asked.get(relay)!;
    const one = next(relay, sent.length);
    sent.push(one);
    child.stdin.write(`${JSON.stringify(one)}\n`);
  };
  // A pipe to a process that has just been killed is closed.
  child.stdin.on('error', () => {});
  child.stderr.on('data', (text: Buffer) => complaints.push(text.toString()));
  if (end.after === 'start') timer = setTimeout(finish, end.ms);
  createInterface({ input: child.stdout }).on('line', (line) => {
    const said = JSON.parse(line) as Said;
    if (said.kind === 'opened') {
      opened = said;
      if (end.after === 'opened') timer = setTimeout(finish, end.ms);
      for (const { id } of CHANNELS) for (let count = 0; count < AT_ONCE; count++) ask(id);
      return;
    }
    results.push(said.result);
    if ('count' in end && results.length >= end.count) finish();
    ask(said.result.relay);
  });
  const { code, signal } = await ended(child);
  clearTimeout(timer);
  assert.equal(complaints.join(''), '');
  assert.deepEqual({ code, signal }, end.after === 'work' ? { code: 0, signal: null } : KILLED);
  return { opened, results, asked };
}

/** Stops every thread of a process, and calls `halted` once all of them stand still. */
function halt(pid: number, halted: () => void): void {
  process.kill(pid, 'SIGSTOP');
  const states = (): string[] =>
    readdirSync(`/proc/${pid}/task`).map(
      (task) => readFileSync(`/proc/${pid}/task/${task}/stat`, 'utf8').split(') ').at(-1)![0]!,
    );
  // A thread in the middle of a write stands still once that is over.
  while (states().some((state) => state !== 'T')) spawnSync('sleep', ['0.001']);
  halted();
}

const KILLED = { code: null, signal: 'SIGKILL' };

/** With all that it said read to its end. */
async function ended(child: ChildProcess): Promise<{ code: number | null; signal: string | null }> {
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code, signal };
}
