/**
 * `npm run bench:memory`: what servers need a client and a device, and what Node-RED needs more with us in it. Each figure is
 * the difference within one process after a collection of garbage; the median of `ROUNDS` processes. `PARTS` says which of `clients`, `devices` and `idle` is measured.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { joinAll, type LightClient } from './light-client.ts';
import { KINDS, targetOf, type Kind } from './push-kinds.ts';
import { leaveCoreToServers, ServerProcess } from './server-process.ts';
import type { Memory } from './servers/usage.ts';
import { circumstances, goalTable, median, table, tenths, type Goal } from './table.ts';

const ROUNDS = Number(process.env['ROUNDS'] ?? 3);
const CLIENTS = [1000, 5000] as const;
/** Clients that come and go again first, and devices that are there already: what the first ones bring about is not counted. */
const WARM_UP = 200;
const DEVICES = [10_000, 90_000] as const;
/** Until values are written to the disk. */
const WRITTEN_MS = 12_000;
/** After its start Node-RED still does this and that. */
const SETTLED_MS = 10_000;

leaveCoreToServers();
const goals: Goal[] = [];
console.log(`${circumstances()}; medians of ${ROUNDS} processes.\n`);
const PARTS = { clients: clientTable, devices: deviceTable, idle: idleTable };
const wanted = process.env['PARTS']?.split(',');
for (const [part, measure] of Object.entries(PARTS)) {
  if (wanted?.includes(part) ?? true) console.log(`${await measure()}\n`);
}
console.log(goalTable(goals));
process.exit(0);

async function clientTable(): Promise<string> {
  const rows: (string | number)[][] = [];
  for (const kind of KINDS) {
    const rounds = await times(() => clientsOf(kind));
    const kilobytes = CLIENTS.flatMap((_, at) => [
      median(rounds.map((figures) => figures[at]!.rss)),
      median(rounds.map((figures) => figures[at]!.heap)),
    ]);
    rows.push([kind, ...kilobytes.map(tenths)]);
    if (kind !== 'live server' && kind !== 'Node-RED') continue;
    for (const [at, count] of CLIENTS.entries())
      goals.push(goalOf(`${kind}: KB a client, ${count} clients, RSS`, 36, kilobytes[at * 2]!));
  }
  const head = CLIENTS.flatMap((count) => [`${count} clients, RSS`, `heap`]);
  return table(['KB a client', ...head], rows);
}

/** KB a client, once there are so many. */
async function clientsOf(kind: Kind): Promise<Memory[]> {
  console.error(`clients of ${kind}`);
  const server = await ServerProcess.start('push', kind, { bytes: 200 });
  const target = targetOf(kind, server.port);
  for (const client of await joinAll(target, WARM_UP)) client.close();
  await delay(1500);
  const before = await server.memory();
  const clients: LightClient[] = [];
  const figures: Memory[] = [];
  for (const count of CLIENTS) {
    clients.push(...(await joinAll(target, count - clients.length)));
    await delay(500);
    figures.push(eachOf(count, before, await server.memory()));
  }
  const gone = clients.find(({ lost }) => lost);
  if (gone) throw new Error(`${kind}: a client is gone`, { cause: gone.lost });
  for (const client of clients) client.close();
  await server.end();
  return figures;
}

/**
 * A device in the registry, in what the live server retains, and on its way to SQLite. RSS is that of the whole process: what
 * its start needed is given back at some time, so the difference would say less than it seems to.
 */
async function deviceTable(): Promise<string> {
  const rounds = await times(async () => {
    console.error('devices');
    const server = await ServerProcess.start('push', 'Node-RED', { bytes: 200 });
    await server.ask('fill', { from: 0, to: WARM_UP });
    await delay(WRITTEN_MS);
    const before = await server.memory();
    const figures: { heap: number; rss: number }[] = [];
    let from = WARM_UP;
    for (const count of DEVICES) {
      await server.ask('fill', { from, to: count + WARM_UP });
      from = count + WARM_UP;
      await delay(WRITTEN_MS);
      const after = await server.memory();
      figures.push({ heap: eachOf(count, before, after).heap, rss: after.rss / 2 ** 20 });
    }
    await server.end();
    return figures;
  });
  const heaps = DEVICES.map((_, at) => median(rounds.map((figures) => figures[at]!.heap)));
  const sizes = DEVICES.map((_, at) => median(rounds.map((figures) => figures[at]!.rss)));
  const rows = DEVICES.map((count, at) => [`${count} devices`, tenths(heaps[at]!), tenths(sizes[at]!)]);
  for (const [at, count] of DEVICES.entries())
    goals.push(goalOf(`KB a device, ${count} devices, heap`, 1, heaps[at]!));
  const [few, many] = DEVICES;
  const each = ((sizes[1]! - sizes[0]!) * 1024) / (many - few);
  goals.push(goalOf(`KB a device, from ${few} to ${many}, RSS`, 1, each));
  return table(['devices, through Node-RED', 'KB a device, heap', 'MB of RSS of the process'], rows);
}

async function idleTable(): Promise<string> {
  const [bare, ours] = [[] as number[], [] as number[]];
  for (let round = 0; round < ROUNDS; round++) {
    bare.push(await idle('bare Node-RED'));
    ours.push(await idle('Node-RED'));
  }
  const more = median(ours) - median(bare);
  goals.push(goalOf('MB more than Node-RED alone, idle', 30, more));
  return table(
    ['idle, MB of RSS', 'Node-RED alone', 'with the bundled flow', 'more'],
    [['', tenths(median(bare)), tenths(median(ours)), tenths(more)]],
  );
}

/** MB. */
async function idle(kind: string): Promise<number> {
  console.error(`idle ${kind}`);
  const server = await ServerProcess.start('push', kind, { bytes: 200 });
  await delay(SETTLED_MS);
  const { rss } = await server.memory();
  await server.end();
  return rss / 2 ** 20;
}

async function times<Figure>(run: () => Promise<Figure>): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (let round = 0; round < ROUNDS; round++) figures.push(await run());
  return figures;
}

/** KB. */
function eachOf(count: number, before: Memory, after: Memory): Memory {
  return { rss: (after.rss - before.rss) / count / 1024, heap: (after.heap - before.heap) / count / 1024 };
}

function goalOf(what: string, limit: number, measured: number): Goal {
  return { what, goal: String(limit), result: tenths(measured), holds: measured <= limit };
}
