/** The program of `npm start` in a process and a data folder of its own, with people who have to sign in, as an engineer has it. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { tell, type Told } from '../../test/abuse/bytes.ts';
import { root, type FlowNode } from '../../test/integration/harness.ts';
import type { Ask, Sample } from './sample.ts';

const START_WITHIN_MS = 90_000;
const TELL_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 30_000;

export const DEPLOYS = ['nodes', 'flows', 'full'] as const;
export const ENGINEER = 'Parisa';

export class Plant {
  readonly port: number;
  readonly password: string;
  /** Of a program that may do all, and of one that may look. */
  readonly tokens: Readonly<Record<'engineer' | 'viewer', string>>;
  /** Settles when the process has ended, which it should not by itself. */
  readonly ended: Promise<unknown>;
  readonly #child: ChildProcess;
  readonly #data: string;
  readonly #log: Map<string, number>;
  #editor = '';

  private constructor(
    child: ChildProcess,
    data: string,
    log: Map<string, number>,
    known: Pick<Plant, 'port' | 'password' | 'tokens'>,
  ) {
    this.#child = child;
    this.#data = data;
    this.#log = log;
    this.port = known.port;
    this.password = known.password;
    this.tokens = known.tokens;
    this.ended = once(child, 'exit');
  }

  /** Throws where it does not start; then nothing is left. */
  static async start(): Promise<Plant> {
    const data = mkdtempSync(join(tmpdir(), 'factory-iot-soak-'));
    const env = { ...process.env, PORT: '0', HOST: '', FACTORY_INSECURE: '', FACTORY_DATA: data };
    const add = (...args: string[]): string => {
      const script = join(root, 'scripts/access.ts');
      const said = execFileSync(process.execPath, [script, 'add', ...args], { env, encoding: 'utf8' });
      return /^ {2}(\S.*)$/m.exec(said)![1]!;
    };
    const password = add(ENGINEER);
    const tokens = {
      engineer: add('line 1', '--token'),
      viewer: add('panel', '--token', '--role', 'viewer'),
    };
    const log = new Map<string, number>();
    const child = spawn(
      process.execPath,
      ['--expose-gc', '--import', join(import.meta.dirname, 'probe.ts'), join(root, 'scripts/start.ts')],
      // Ctrl-C is for the bench, which then stops the server.
      { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], detached: true },
    );
    try {
      return new Plant(child, data, log, { port: await listening(child, log), password, tokens });
    } catch (error) {
      child.kill('SIGKILL');
      rmSync(data, { recursive: true, force: true });
      throw error;
    }
  }

  /** Lines of the log by kind: numbers and what is quoted left out. */
  get log(): ReadonlyMap<string, number> {
    return this.#log;
  }

  async look(ask: Ask): Promise<Sample> {
    const told = once(this.#child, 'message', { signal: AbortSignal.timeout(TELL_WITHIN_MS) });
    this.#child.send(ask);
    const [sample] = (await told) as [Sample];
    return sample;
  }

  /** Bytes of all that it has written. */
  get written(): number {
    return readdirSync(this.#data, { recursive: true, encoding: 'utf8' })
      .map((name) => statSync(join(this.#data, name), { throwIfNoEntry: false })?.size ?? 0)
      .reduce((sum, size) => sum + size, 0);
  }

  /** Deploys what `change` makes of the flows, as the editor does. */
  async deploy(type: (typeof DEPLOYS)[number], change: (flows: FlowNode[]) => FlowNode[]): Promise<Told> {
    this.#editor ||= await this.#signIntoEditor();
    const headers = { authorization: `Bearer ${this.#editor}`, 'Node-RED-API-Version': 'v2' };
    const { text } = await tell(this.port, '/editor/flows', { headers });
    const { flows, rev } = JSON.parse(text) as { flows: FlowNode[]; rev: string };
    return tell(this.port, '/editor/flows', {
      method: 'POST',
      headers: { ...headers, 'Node-RED-Deployment-Type': type },
      body: JSON.stringify({ flows: change(flows), rev }),
    });
  }

  /** As Ctrl-C does. Throws where it does not end in order; whatever comes, nothing is left. */
  async stop(): Promise<void> {
    const child = this.#child;
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT');
    await this.ended;
    clearTimeout(kill);
    rmSync(this.#data, { recursive: true, force: true });
    if (child.exitCode !== 0)
      throw new Error(`the server ended with ${child.signalCode ?? child.exitCode}, not in order`);
  }

  async #signIntoEditor(): Promise<string> {
    const { text } = await tell(this.port, '/editor/auth/token', {
      method: 'POST',
      body: JSON.stringify({
        client_id: 'node-red-editor',
        grant_type: 'password',
        scope: '*',
        username: ENGINEER,
        password: this.password,
      }),
    });
    return (JSON.parse(text) as { access_token: string }).access_token;
  }
}

/** The port, once it says that it runs; from the first line on all that it complains of is counted. */
async function listening(child: ChildProcess, log: Map<string, number>): Promise<number> {
  const note = (line: string): void => {
    const kind = line
      .replace(/"[^"]*"|'[^']*'/g, '"…"')
      .replace(/\b(?=[\w.-]*\d)[\w.-]+/g, '…')
      .slice(0, 160);
    log.set(kind, (log.get(kind) ?? 0) + 1);
  };
  let port: number | undefined;
  const runs = new Promise<void>((resolve) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      port ??= Number(/Overview {3}http:\/\/[^:]+:(\d+)/.exec(line)?.[1]) || undefined;
      if (line.startsWith('[')) note(line);
      if (line.startsWith('Ctrl-C')) resolve();
    });
  });
  createInterface({ input: child.stderr! }).on('line', (line) => note(`stderr: ${line}`));
  const limit = AbortSignal.timeout(START_WITHIN_MS);
  await Promise.race([runs, once(child, 'exit', { signal: limit })]);
  if (port === undefined) throw new Error(`the server did not start: ${Array.from(log.keys()).join('; ')}`);
  return port;
}
