import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { quantile } from '../../bench/table.ts';
import { digest, newSecret } from '../../lib/access/secret.ts';
import { post, request } from '../integration/clients.ts';
import { startChild, type Child } from './children.ts';
import type { Figures, NodeRedSettings, Order } from './node-red-process.ts';
import type { Count, ManySettings, Order as ClientsOrder, States } from './returning-clients.ts';

const CLIENTS = Number(process.env['RETURNING'] ?? 2000);
/** Each of them has a socket, and one more while it polls. */
const FILES = 2 * CLIENTS + 500;
const DEVICES = 500;
/** Each of them may have a quarter of all places. */
const TOKENS = 10;
/** How long it may take on a slow machine until all are there. */
const WITHIN_MS = 180_000;

for (const kind of ['of a plant that is open to this machine', 'with tokens, of one address'] as const) {
  describe(`${CLIENTS} clients ${kind} that return at once`, function () {
    this.timeout(WITHIN_MS * 4);
    const tokens = kind.startsWith('with') ? Array.from({ length: TOKENS }, () => newSecret('token')) : [];
    const headers = tokens[0] === undefined ? {} : { authorization: `Bearer ${tokens[0]}` };
    const userDir = mkdtempSync(join(tmpdir(), 'factory-iot-return-'));
    let port = 0;
    let changes = 0;
    let server: Child;
    let clients: Child;
    const url = (): string => `http://127.0.0.1:${port}/api`;
    const tell = (order: Order): Promise<Figures> => server.ask(order);
    const ask = <Answer>(order: ClientsOrder): Promise<Answer> => clients.ask(order);

    async function startServer(): Promise<void> {
      const settings: NodeRedSettings = { port, userDir, devices: DEVICES, access: accessOf(tokens) };
      let ready: { port: number };
      [server, ready] = await startChild<typeof ready>('node-red-process.ts', settings);
      ({ port } = ready);
    }

    /** Once all are connected and have been let in once more; prints how long that took and how it was meanwhile. */
    async function allAreBack(after: string, before: Count): Promise<void> {
      const begun = performance.now();
      await tell('figures');
      const commands: number[] = [];
      let count = await ask<Count>('count');
      while (count.live < CLIENTS || count.joined < before.joined + CLIENTS) {
        if (performance.now() - begun > WITHIN_MS) assert.fail(`not all are back: ${JSON.stringify(count)}`);
        commands.push(await command());
        await change();
        await delay(100);
        count = await ask<Count>('count');
      }
      const took = performance.now() - begun;
      const { lag, rss } = await tell('figures');
      const turns = count.refused - before.refused;
      console.log(
        `      ${after}: all are back after ${(took / 1000).toFixed(1)} s, ${turns} attempts failed;`,
      );
      console.log(
        `        event loop up to ${Math.round(lag.max)} ms late (p99 ${Math.round(lag.p99)}), ${Math.round(rss / 1e6)} MB; ${commands.length} commands, p50 ${quantile(commands, 0.5).toFixed(0)} ms, at most ${Math.max(...commands).toFixed(0)}; polls ${count.polled - before.polled}, ${count.unanswered - before.unanswered} unanswered`,
      );
      assert.equal(count.gaps, 0);
    }

    /** An operator's command meanwhile; resolves with how long its answer took. */
    async function command(): Promise<number> {
      const asked = performance.now();
      const { status, body } = await post(`${url()}/relays/relay1`, { action: 'on' }, headers);
      assert.deepEqual([status, body['ok']], [200, true], JSON.stringify(body));
      return performance.now() - asked;
    }

    /** What those who are back already are told, and the others have to catch up with. */
    async function change(): Promise<void> {
      const { status } = await post(`${url()}/devices/d${++changes % 7}/value`, { value: changes }, headers);
      assert.equal(status, 200);
    }

    /** Every client against what the server says now. */
    async function holdAgainst(): Promise<void> {
      // The last change is on its way for one window more.
      await delay(2000);
      const { body } = await request(`${url()}/v2/changes`, { headers });
      const entries = (body as unknown as { state: [string, unknown][] }).state;
      const state = JSON.stringify(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
      const states = await ask<States>('states');
      assert.deepEqual(
        states.map(([one, count]) => [one === state, count]),
        [[true, CLIENTS]],
      );
    }

    before(async function () {
      // Node.js itself takes as many as it may have.
      const files = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim();
      if (Number(files) < FILES) {
        console.log(`      (a process may have ${files} files open here, and ${FILES} are needed)`);
        this.skip();
      }
      await startServer();
    });
    after(async () => {
      await clients?.kill();
      await server?.kill();
      rmSync(userDir, { recursive: true, force: true });
    });

    it('are all back and know all there is, and commands are answered meanwhile', async () => {
      const nobody: Count = { live: 0, joined: 0, refused: 0, polled: 0, unanswered: 0, gaps: 0 };
      const settings: ManySettings = { port, count: CLIENTS, tokens };
      [clients] = await startChild('returning-clients.ts', settings);
      await allAreBack('begun', nobody);

      let before = await ask<Count>('count');
      await tell('serve-anew');
      await allAreBack('the server node deployed', before);
      await holdAgainst();

      before = await ask<Count>('count');
      await server.kill();
      await startServer();
      await allAreBack('the process killed', before);
      await holdAgainst();
    });
  });
}

function accessOf(tokens: readonly string[]): object {
  if (tokens.length === 0) return {};
  const people = tokens.map((_, index) => ({
    id: `t${index}`,
    name: `panel ${index}`,
    kind: 'token',
    role: 'engineer',
  }));
  const secrets = Object.fromEntries(tokens.map((token, index) => [`t${index}`, digest(token)]));
  return { people, credentials: { secrets: JSON.stringify(secrets) } };
}
