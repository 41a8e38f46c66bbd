/** A real Node-RED with the core flow, people who have to sign in, and an operator who works all the time. */
import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { digest, hashPassword, newSecret } from '../../lib/access/secret.ts';
import { connect, post, request, type Client } from '../integration/clients.ts';
import { quietFlow } from '../integration/core-flow.ts';
import { startNodeRed, type FlowNode, type NodeRed } from '../integration/harness.ts';

/** The proxy that is trusted; other addresses of loopback are strangers'. */
export const PROXY = '127.0.0.50';
export const PASSWORD = 'three plain words';
const EACH_MS = 100;

export interface Hall {
  readonly red: NodeRed;
  readonly port: number;
  readonly tokens: Readonly<Record<'viewer' | 'engineer' | 'operator', string>>;
  readonly operator: Operator;
  /** Asks as the engineer, over HTTP. */
  readonly see: (path: string) => Promise<Record<string, unknown>>;
  readonly stop: () => Promise<void>;
}

/** Behind a guard, and a page of a dashboard: what of other nodes is guarded, too. */
const OTHERS: FlowNode[] = [
  { id: 'a0', type: 'tab', label: 'others' },
  { id: 'a1', type: 'http in', z: 'a0', url: '/guarded', method: 'post', upload: false, wires: [['a2']] },
  { id: 'a2', type: 'factory-guard', z: 'a0', name: 'guard', deed: 'switch', wires: [['a3'], []] },
  { id: 'a3', type: 'http response', z: 'a0', statusCode: '200', wires: [] },
  { id: 'd2-base', type: 'ui-base', name: 'Dashboard', path: '/dashboard' },
  { id: 'd2-theme', type: 'ui-theme', name: 'Theme' },
  {
    id: 'd2-page',
    type: 'ui-page',
    name: 'Plant',
    ui: 'd2-base',
    path: '/plant',
    theme: 'd2-theme',
    layout: 'grid',
  },
  { id: 'd2-group', type: 'ui-group', name: 'Relays', page: 'd2-page', width: '6', height: '1' },
  { id: 'd2', type: 'ui-text', z: 'a0', group: 'd2-group', name: '', label: 'x', format: '', wires: [] },
];

export async function openHall(): Promise<Hall> {
  const red = await startNodeRed();
  const tokens = { viewer: newSecret('token'), engineer: newSecret('token'), operator: newSecret('token') };
  const people = [
    { id: 'olga', name: 'Olga', kind: 'person', role: 'operator', relays: ['relay1'] },
    { id: 'sara', name: 'Sara', kind: 'person', role: 'viewer' },
    { id: 'viewer', name: 'panel', kind: 'token', role: 'viewer' },
    { id: 'engineer', name: 'office', kind: 'token', role: 'engineer' },
    { id: 'operator', name: 'robot', kind: 'token', role: 'operator', relays: ['relay1'] },
  ];
  const kept = await hashPassword(PASSWORD);
  const secrets = JSON.stringify({
    olga: kept,
    sara: kept,
    ...Object.fromEntries(Object.entries(tokens).map(([id, token]) => [id, digest(token)])),
  });
  const flow = quietFlow().map((node) =>
    node.type === 'factory-access' ? { ...node, people, proxies: PROXY, credentials: { secrets } } : node,
  );
  await red.deploy([...flow, ...OTHERS]);
  const see: Hall['see'] = async (path) =>
    (await request(`${red.url}/api${path}`, { headers: { authorization: `Bearer ${tokens.engineer}` } }))
      .body;
  for (let round = 0; round < 500 && (await see('/relays'))['error'] !== undefined; round++) await delay(20);
  const { body } = await post(`${red.url}/factory-iot/session`, { name: 'Olga', password: PASSWORD });
  const operator = new Operator(await connect(red.url, 'websocket', { auth: { token: body['token'] } }));
  return {
    red,
    port: red.port,
    tokens,
    operator,
    see,
    async stop() {
      await operator.stop();
      operator.client.close();
      // With its access node goes the timer that watches over sessions, which holds this process.
      await red.deploy([]);
      await red.stop();
    },
  };
}

/** Switches relay1 to and fro, and never anything else. */
export class Operator {
  readonly client: Client;
  /** How many commands were answered, all of them as they should be. */
  done = 0;
  readonly wrong: unknown[] = [];
  #took: number[] = [];
  #on = false;
  #stopped = false;
  readonly #work: Promise<void>;

  constructor(client: Client) {
    this.client = client;
    client.socket.on('disconnect', (reason) => this.wrong.push(`disconnected: ${reason}`));
    this.#work = this.#switch();
  }

  /** Round trips since the last time that this was asked, in words. */
  latency(): string {
    if (this.#took.length === 0) return 'no command meanwhile';
    const took = this.#took.toSorted((one, other) => one - other);
    this.#took = [];
    const at = (part: number): string => (took[Math.floor((took.length - 1) * part)] ?? NaN).toFixed(1);
    return `${took.length} commands, median ${at(0.5)} ms, 95 % ${at(0.95)} ms, longest ${at(1)} ms`;
  }

  /** Throws where one of the commands was not answered as it should be. */
  check(): void {
    assert.deepEqual(this.wrong, []);
    assert.ok(this.client.socket.connected);
  }

  /** After the command that is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#work;
  }

  async #switch(): Promise<void> {
    while (!this.#stopped) {
      this.#on = !this.#on;
      const action = this.#on ? 'on' : 'off';
      const began = performance.now();
      try {
        const answer = (await this.client.socket
          .timeout(20_000)
          .emitWithAck('command', { relay: 'relay1', action })) as { ok?: boolean; state?: unknown };
        if (answer.ok !== true || answer.state !== this.#on) this.wrong.push(answer);
        else this.done++;
      } catch (error) {
        this.wrong.push(String(error));
      }
      this.#took.push(performance.now() - began);
      await delay(EACH_MS);
    }
  }
}
