/** `npm start` with a wall clock that a test moves while it runs, by libfaketime. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const LIBRARY = ['x86_64', 'aarch64', 'arm']
  .map(
    (machine) =>
      `/usr/lib/${machine}-linux-gnu${machine === 'arm' ? 'eabihf' : ''}/faketime/libfaketimeMT.so.1`,
  )
  .find((path) => existsSync(path));

/** Skips a suite where libfaketime is not installed, which Mocha reports. */
export function needsFakeTime(suite: Mocha.Context): void {
  if (!LIBRARY) suite.skip();
}

export class MovedNodeRed {
  readonly #data: string;
  readonly #env: NodeJS.ProcessEnv;
  #child: ChildProcess | undefined;
  /** `http://127.0.0.1:<port>` */
  url = '';

  constructor(data: string) {
    this.#data = data;
    this.#env = {
      ...process.env,
      PORT: '0',
      HOST: '',
      FACTORY_INSECURE: '',
      FACTORY_DATA: data,
      LD_PRELOAD: LIBRARY,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: '1',
      // As on a real machine: a jump of the wall clock moves no timer.
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
    };
  }

  get #file(): string {
    return `${this.#data}.clock`;
  }

  /** Moves its clock to so many milliseconds off this machine's. */
  jump(ms: number): void {
    writeFileSync(this.#file, `${ms < 0 ? '-' : '+'}${Math.abs(ms) / 1000}`);
  }

  /** Starts it with its clock so far off, and resolves once its flows run. */
  async start(off = 0): Promise<void> {
    this.jump(off);
    const script = join(import.meta.dirname, '../../scripts/start.ts');
    const child = spawn(process.execPath, [script], { env: this.#env, stdio: ['ignore', 'pipe', 'inherit'] });
    this.#child = child;
    for await (const line of createInterface(child.stdout)) {
      this.url = /Editor {5}(\S+)\/editor/.exec(line)?.[1] ?? this.url;
      if (line === 'Ctrl-C stops it.') {
        child.stdout.resume();
        return;
      }
    }
    throw new Error('it ended before its flows ran');
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }
}
