/** A server that is measured, in a process of its own with a core to itself; this process has another one. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { waited, type Memory, type Usage } from './servers/usage.ts';

const [SERVERS_CORE, OWN_CORE] = ['0', '1'] as const;

/** Leaves the servers their core. What this process starts from then on stays away from it, too. */
export function leaveCoreToServers(): void {
  execFileSync('taskset', ['-pc', OWN_CORE, String(process.pid)], { stdio: 'ignore' });
}

/** What was used between two looks. */
export interface Used {
  /** Milliseconds of all threads. */
  readonly cpu: number;
  /** How long it was, milliseconds. */
  readonly took: number;
  /** For which share of the time the server or this process, whichever more, was ready to run and had no core. */
  readonly waited: number;
}

export class ServerProcess {
  readonly kind: string;
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(kind: string, port: number, child: ChildProcess) {
    this.kind = kind;
    this.port = port;
    this.#child = child;
  }

  /**
   * Starts a kind of server of `bench/servers/SCRIPT.ts`. Rejects where it ends before it serves. `BENCH_NODE_OPTIONS`: what
   * Node.js is told besides, such as `--cpu-prof`.
   */
  static async start(script: string, kind: string, argument: unknown = null): Promise<ServerProcess> {
    const program = join(import.meta.dirname, 'servers', `${script}.ts`);
    const flags = ['--expose-gc', ...(process.env['BENCH_NODE_OPTIONS'] ?? '').split(' ').filter(Boolean)];
    const child = spawn(
      'taskset',
      ['-c', SERVERS_CORE, process.execPath, ...flags, program, kind, JSON.stringify(argument)],
      { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
    );
    return new ServerProcess(kind, (await answerOf(child, kind)) as number, child);
  }

  /** One question at a time. */
  async ask(what: string, argument?: unknown): Promise<unknown> {
    const answer = answerOf(this.#child, this.kind);
    this.#child.send({ what, with: argument });
    return answer;
  }

  /** After a collection of garbage. */
  async memory(): Promise<Memory> {
    return (await this.ask('memory')) as Memory;
  }

  /** What the process uses while `run` lasts. */
  async used(run: () => Promise<void>): Promise<Used> {
    const before = (await this.ask('usage')) as Usage;
    const [began, ownBefore] = [performance.now(), waited()];
    await run();
    const after = (await this.ask('usage')) as Usage;
    const took = performance.now() - began;
    const most = Math.max(after.waited - before.waited, waited() - ownBefore);
    return { cpu: after.cpu - before.cpu, took, waited: most / took };
  }

  async end(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }
}

async function answerOf(child: ChildProcess, kind: string): Promise<unknown> {
  const ended = new AbortController();
  const { signal } = ended;
  const exit = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`the server ${kind} ended with ${String(code)}`);
  });
  try {
    const [{ answer }] = (await Promise.race([once(child, 'message', { signal }), exit])) as [
      { answer: unknown },
    ];
    return answer;
  } finally {
    exit.catch(() => {});
    ended.abort();
  }
}
