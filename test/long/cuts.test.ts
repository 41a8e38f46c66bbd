import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { quantile } from '../../bench/table.ts';
import { layCable, type Cable, type End } from '../cable.ts';
import { randomOf } from '../kill/random.ts';
import { startChild, type Child } from './children.ts';
import type { Shown, Watched } from './cut-client.ts';
import type { Order, Rest, ServerSettings } from './cut-server.ts';
import { machineTime } from './machine-time.ts';

const CUTS = Number(process.env['CUTS'] ?? 200);
const SEED = Number(process.env['CUTS_SEED'] ?? Date.now() % 1e9);
/** What the product promises, from the pull to what its page shows. */
const STALE_WITHIN_MS = 5000;
/** How long anything may take on a slow machine. */
const WITHIN_MS = 20_000;
/** A network of this process alone. */
const NET = `10.${150 + (process.pid % 50)}`;

describe(`a link that is cut ${CUTS} times between processes (CUTS_SEED=${SEED})`, function () {
  this.timeout(60_000 + CUTS * 5000);
  const random = randomOf(SEED);
  const folder = mkdtempSync(join(tmpdir(), 'factory-iot-cuts-'));
  let port = 0;
  let server: Child;
  let client: Child;
  let cable: Cable | undefined;
  let shown: Shown[] = [];
  const cut = (order: Order): Promise<unknown> => server.ask(order);

  async function startServer(): Promise<void> {
    const settings: ServerSettings = { port, file: join(folder, 'changes'), seed: SEED };
    let ready: { port: number };
    [server, ready] = await startChild<typeof ready>('cut-server.ts', settings);
    ({ port } = ready);
  }

  /** The client in a network of its own where one can be made; otherwise in this one, where no cable can be pulled. */
  async function startClient(): Promise<void> {
    const tell = (told: unknown): void => void shown.push(told as Shown);
    const url = `http://${NET}.0.1:${port}`;
    [client] = await startChild('cut-client.ts', { url }, { apart: true, tell }).catch(() => [undefined!]);
    cable = client && layCable(client.process.pid!, NET);
    if (!cable) {
      console.log('      (no network can be made here, so no cable is pulled)');
      await client?.kill();
      [client] = await startChild('cut-client.ts', { url: `http://127.0.0.1:${port}` }, { tell });
    }
    await client.ask('begin');
  }

  /** Once the client shows this; what it shows now counts. Resolves with when it showed it first. */
  async function shows(what: (one: Shown) => boolean, words: string): Promise<number> {
    const limit = Date.now() + WITHIN_MS;
    for (let last = shown.at(-1); !last || !what(last); last = shown.at(-1)) {
      if (Date.now() > limit) assert.fail(`the client is not ${words}: ${JSON.stringify(last)}`);
      await delay(10);
    }
    return shown.findLast((one, index) => what(one) && !(shown[index - 1] && what(shown[index - 1]!)))!.at;
  }
  const isLive = (): Promise<number> => shows(({ state, stale }) => state === 'live' && !stale, 'live');

  /** Lets nothing change until the client is where the server is, and holds one against the other. */
  async function compare(): Promise<[Rest, Watched]> {
    const rest = await server.ask<Rest>({ do: 'rest' });
    const limit = Date.now() + WITHIN_MS;
    let watched = await client.ask<Watched>('look');
    while (!isThere(watched, rest) && Date.now() < limit) {
      await delay(20);
      watched = await client.ask<Watched>('look');
    }
    const { devices, epoch, seq } = rest;
    assert.deepEqual(watched.at, { epoch, seq });
    for (const values of [watched.wire, watched.page]) assert.deepEqual(new Map(values), new Map(devices));
    return [rest, watched];
  }

  before(async () => {
    await startServer();
    await startClient();
  });
  after(async () => {
    await client?.kill();
    await server?.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  it('loses nothing, repeats nothing, mixes nothing up, and shows within 5 s that it is cut', async () => {
    const untilStale: Record<string, number[]> = { live: [], fallback: [] };
    let ends = 0;
    let pulls = 0;
    const anEnd = (): End => (ends++ % 2 === 0 ? 'near' : 'far');

    const pull = async (from: 'live' | 'fallback'): Promise<void> => {
      if (from === 'fallback') await cut({ do: 'refuse' });
      await shows(({ state, stale }) => state === from && !stale, from);
      // Anywhere between two signs of life, should they be rarer than they are meant to be.
      await delay(random() * 4000);
      const pulledAt = machineTime();
      cable!.pull(anEnd());
      untilStale[from]!.push((await shows(({ stale }) => stale, 'stale')) - pulledAt);
      await delay(random() * 1000);
      cable!.plugIn();
      if (from === 'fallback') await cut({ do: 'accept' });
      await isLive();
    };
    const kill = async (): Promise<void> => {
      await server.kill();
      await delay(random() * 300);
      await startServer();
    };
    const pullForAMoment = async (): Promise<void> => {
      cable!.pull(anEnd());
      await delay(random() * 1500);
      cable!.plugIn();
    };
    const within: (() => Promise<unknown>)[] = [
      ...(cable ? [pullForAMoment] : []),
      () => cut({ do: 'drop' }),
      () => cut({ do: 'refuse-for', ms: random() * 400 }),
      () => cut({ do: 'deploy' }),
      () => cut({ do: 'leave', ms: random() * 200 }),
      kill,
    ];
    // Pulling until it shows takes longest, so it comes once where the others come twice.
    const kinds = [
      ...within,
      ...within,
      ...(cable ? [() => pull(pulls++ % 3 === 2 ? 'fallback' : 'live')] : []),
    ];
    await isLive();
    for (let done = 0; done < CUTS; done++) {
      await delay(random() * 300);
      await kinds[done % kinds.length]!();
      // Whoever is sent away again and again waits longer and longer; here it is to be cut while it is there. What was lost on the
      // way would not show for long where it changes on.
      if (random() < 0.5) {
        await compare();
        await cut({ do: 'go-on' });
        await isLive();
      }
    }
    await isLive();
    const [rest, watched] = await compare();
    assert.deepEqual(watched.wrong, []);
    const { changes, updates, connections } = watched;
    assert.ok(changes > CUTS && updates > CUTS && connections > CUTS / 2, JSON.stringify(watched));
    console.log(
      `      ${rest.value} changes; ${updates} updates on the wire over ${connections} connections`,
    );
    for (const [from, times] of Object.entries(untilStale)) {
      const late = times.filter((ms) => ms > STALE_WITHIN_MS);
      if (times.length > 0)
        console.log(
          `      ${times.length} cables pulled while ${from}: stale after ${Math.round(quantile(times, 0.5))} ms (median), ${Math.round(Math.max(...times))} ms at most`,
        );
      assert.deepEqual(late, [], from);
    }
  });
});

function isThere({ at, page, wire }: Watched, { devices, epoch, seq }: Rest): boolean {
  const last = new Map(devices);
  const isSame = (values: Watched['page']): boolean =>
    values.length === last.size && values.every(([id, value]) => last.get(id) === value);
  return at?.epoch === epoch && at.seq === seq && isSame(page) && isSame(wire);
}
