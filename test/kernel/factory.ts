/** A Node-RED as a machine runs it, in a process of its own, with a board on the bench's chip. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { post, request } from '../integration/clients.ts';
import { root, type FlowNode } from '../integration/harness.ts';
import { LABEL } from './pins.ts';

export type Driver = 'chardev' | 'sysfs';
export const DRIVERS: readonly Driver[] = ['chardev', 'sysfs'];

/** As a board's settings have it; `id` and `line` have to be there. */
export interface Relay {
  readonly id: string;
  readonly line: number;
  readonly [setting: string]: unknown;
}

const require = createRequire(import.meta.url);
/** The program behind the command `node-red`. */
const PROGRAM = join(dirname(require.resolve('node-red/package.json')), 'red.js');

const CORE = dirname(require.resolve('@node-red/nodes/package.json'));

/** A plant with one board, and its relays over HTTP. */
export function flowOf(driver: Driver, relays: readonly Relay[]): FlowNode[] {
  const route = (id: string, method: string, url: string): FlowNode => ({
    id,
    type: 'http in',
    z: 'tab',
    url,
    method,
    wires: [['the-api']],
  });
  return [
    { id: 'tab', type: 'tab', label: 'bench' },
    { id: 'the-plant', type: 'factory-plant', name: 'bench', storage: 'sqlite', file: '' },
    { id: 'the-server', type: 'factory-server', name: '' },
    {
      id: `board-${driver}`,
      type: 'factory-board',
      name: 'Cabinet',
      plant: 'the-plant',
      driver,
      chip: LABEL,
      channels: relays.map((relay) => ({ name: '', activeLow: false, start: 'off', ...relay })),
    },
    { id: 'changes', type: 'factory-changes', z: 'tab', plant: 'the-plant', wires: [['push']] },
    { id: 'push', type: 'factory-push', z: 'tab', server: 'the-server', wires: [] },
    route('list', 'get', '/api/relays'),
    route('switch', 'post', '/api/relays/:id'),
    {
      id: 'the-api',
      type: 'factory-api',
      z: 'tab',
      plant: 'the-plant',
      server: 'the-server',
      base: '/api',
      wires: [['answer']],
    },
    { id: 'answer', type: 'http response', z: 'tab', wires: [] },
  ];
}

/** What outlives a process of it: its flows, its plant's file, its port. */
export class Factory {
  readonly #userDir = mkdtempSync(join(tmpdir(), 'factory-iot-red-'));
  #port = 0;
  #child: ReturnType<typeof spawn> | undefined;
  #said: string[] = [];
  /** How often this process said that its flows were started. */
  #starts = 0;
  #isListening = false;
  #wake = (): void => {};

  constructor() {
    mkdirSync(join(this.#userDir, 'node_modules/@factory-iot'), { recursive: true });
    symlinkSync(root, join(this.#userDir, 'node_modules/@factory-iot/node-red'));
    const core = join(this.#userDir, 'core');
    mkdirSync(core);
    for (const name of ['network/21-httpin.js', 'network/21-httpin.html'])
      symlinkSync(join(CORE, 'core', name), join(core, basename(name)));
    for (const name of ['locales', 'examples']) symlinkSync(join(CORE, name), join(core, name));
    writeFileSync(
      join(this.#userDir, 'settings.js'),
      `module.exports = ${JSON.stringify({
        flowFile: 'flows.json',
        uiHost: '127.0.0.1',
        credentialSecret: 'test',
        httpAdminRoot: '/editor',
        telemetry: { enabled: false, updateNotification: false },
        // What this needs of Node-RED's own nodes; all of them take a quarter of a minute in the guest.
        coreNodesDir: core,
        logging: { console: { level: 'info' } },
      })}`,
    );
  }

  /** Starts the process with these flows and waits until each relay is known. */
  async start(flow: readonly FlowNode[]): Promise<void> {
    writeFileSync(join(this.#userDir, 'flows.json'), JSON.stringify(flow));
    this.#port ||= await freePort();
    this.#said = [];
    this.#starts = 0;
    this.#isListening = false;
    const child = spawn(
      process.execPath,
      [PROGRAM, '--userDir', this.#userDir, '--port', String(this.#port)],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => {
        this.#said.push(line);
        if (/Started flows/.test(line)) this.#starts++;
        if (/Server now running/.test(line)) this.#isListening = true;
        this.#wake();
      });
    child.once('exit', () => this.#wake());
    await this.#started(1);
    await this.known();
  }

  /** Deploys these flows as the editor does, and waits until each relay is known again. */
  async deploy(flow: readonly FlowNode[]): Promise<void> {
    const next = this.#starts + 1;
    const headers = { 'node-red-deployment-type': 'full', 'node-red-api-version': 'v2' };
    const { status } = await post(`${this.#url}/editor/flows`, { flows: flow }, headers);
    if (status !== 200) throw new Error(`the deploy was answered ${status}`);
    await this.#started(next);
    await this.known();
  }

  async command(relay: string, action: 'on' | 'off'): Promise<{ status: number; code: unknown }> {
    const { status, body } = await post(`${this.#url}/api/relays/${relay}`, { action });
    return { status, code: body['code'] };
  }

  /** What each relay is, as it was read back; waits until that is known of all. */
  async known(): Promise<Record<string, boolean>> {
    for (;;) {
      const { status, body } = await request(`${this.#url}/api/relays`);
      const relays = body['info'] as { id: string; state: boolean | null }[] | undefined;
      if (status === 200 && relays?.every(({ state }) => state !== null))
        return Object.fromEntries(relays.map(({ id, state }) => [id, state!]));
      if (!this.#isRunning) throw this.#ended();
      await delay(20);
    }
  }

  /** Ends the process with this signal, and waits until it has ended. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<{ code: number | null; signal: string | null }> {
    const child = this.#child!;
    const exit = once(child, 'exit') as Promise<[number | null, string | null]>;
    child.kill(signal);
    const [code, by] = await exit;
    return { code, signal: by };
  }

  /** What the process said at last, for a person who looks why a test failed. */
  get said(): string {
    return this.#said.slice(-20).join('\n');
  }

  async remove(): Promise<void> {
    if (this.#isRunning) await this.end('SIGKILL');
    rmSync(this.#userDir, { recursive: true, force: true });
  }

  get #url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get #isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async #started(times: number): Promise<void> {
    // In either order.
    while (this.#starts < times || !this.#isListening) {
      if (!this.#isRunning) throw this.#ended();
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #ended(): Error {
    return new Error(`Node-RED ended: ${this.said}`);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
