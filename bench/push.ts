/**
 * `npm run bench:push`: one change, by HTTP, to all clients: ours against what else there is, in one interleaved run.
 * The servers have one core to themselves, the clients and the generator the other. `CASES` says what is tried, as bytes
 * of a record and number of clients, such as `CASES=200x1000`; `KINDS` which servers, with `;` between them, `ROUNDS` how often.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { KINDS, type Kind } from './push-kinds.ts';
import { checkAgainstLibrary, Group, warmUp } from './push-group.ts';
import { inTurns, longestWait } from './rounds.ts';
import { leaveCoreToServers, ServerProcess } from './server-process.ts';
import { circumstances, goalTable, hundredths, median, quantile, table, tenths, type Goal } from './table.ts';

const CASES = (process.env['CASES'] ?? '200x1,200x100,200x1000,20000x1000').split(',').map((text) => {
  const [bytes = 0, clients = 0] = text.split('x').map(Number);
  return { bytes, clients };
});
const MEASURED = KINDS.filter((kind) => process.env['KINDS']?.split(';').includes(kind) ?? true);
const ROUNDS = Number(process.env['ROUNDS'] ?? 5);
/** Where rounds were disturbed, there are up to so many more. */
const MORE_ROUNDS = 2;
const CHANGES = 12;
/**
 * From one change to the next: more than a window, so that each is the first of a burst, and not always as long, so that
 * changes keep no step with what servers do by themselves.
 */
const PERIODS_MS = [110, 140] as const;
/** At least so long after the last one has heard of it. */
const REST_MS = 15;
/** How long is looked at what servers use while nothing happens: without clients, and with the ping of Socket.IO each 25 s. */
const EMPTY_MS = 6000;
const IDLE_MS = 26_000;
/** With fewer clients what each of them costs while nothing happens is not told from what the server does anyway. */
const ENOUGH_TO_IDLE = 1000;

/** Of one repetition. */
interface Figures {
  /** Milliseconds to a client, in the middle and for 99 of 100. */
  readonly p50: number;
  readonly p99: number;
  /** Milliseconds of CPU, and how long it was. */
  readonly cpu: number;
  readonly took: number;
  readonly waited: number;
}
interface Result {
  readonly group: Group;
  readonly figures: readonly Figures[];
  /** What part of a core the server uses while nothing happens, without clients and with them. */
  readonly empty: number;
  readonly idle: number;
}

leaveCoreToServers();
const rows: (string | number)[][] = [];
const idleRows: (string | number)[][] = [];
const goals: Goal[] = [];
for (const { bytes, clients } of CASES) {
  console.error(`${clients} clients, ${bytes} B`);
  const results = await measureAll(bytes, clients);
  for (const [kind, result] of results) {
    rows.push(rowOf(kind, bytes, results));
    if (clients >= ENOUGH_TO_IDLE) idleRows.push(idleRowOf(kind, bytes, result));
  }
  goals.push(...goalsFor(bytes, clients, results));
}
console.log(`${circumstances()}; medians of ${ROUNDS} repetitions of ${CHANGES} changes.\n`);
const head = ['server', 'p50 ms', 'p99 ms', 'µs a delivery', 'of Socket.IO', 'of ws', 'lost', 'waited, %'];
console.log(table(head, rows));
const idleHead = ['while nothing happens', 'no clients, % of a core', 'µs a client and second'];
console.log(`\n${table([...idleHead, 'µs a delivery without it'], idleRows)}`);
console.log(`\n${goalTable(goals)}`);
process.exit(0);

async function measureAll(bytes: number, clients: number): Promise<Map<Kind, Result>> {
  const servers: ServerProcess[] = [];
  for (const kind of MEASURED) {
    const server = await ServerProcess.start('push', kind, { bytes });
    await warmUp(server, bytes);
    await checkAgainstLibrary(server, bytes);
    servers.push(server);
  }
  const looksIdle = clients >= ENOUGH_TO_IDLE;
  const empty = looksIdle ? await loads(servers, EMPTY_MS) : [];
  const groups: Group[] = [];
  for (const server of servers) groups.push(await Group.join(server, clients, bytes));
  const figures = await inTurns(
    groups.map((group) => () => repeat(group)),
    { count: ROUNDS, more: MORE_ROUNDS },
  );
  const idle = looksIdle ? await loads(servers, IDLE_MS) : [];
  for (const group of groups) group.close();
  for (const server of servers) await server.end();
  return new Map(
    MEASURED.map((kind, at) => [
      kind,
      { group: groups[at]!, figures: figures[at]!, empty: empty[at] ?? NaN, idle: idle[at] ?? NaN },
    ]),
  );
}

/** What part of a core each of them uses meanwhile. */
function loads(servers: readonly ServerProcess[], ms: number): Promise<number[]> {
  return Promise.all(
    servers.map(async (server) => {
      const { cpu, took } = await server.used(() => delay(ms));
      return cpu / took;
    }),
  );
}

async function repeat(group: Group): Promise<Figures> {
  const times: number[] = [];
  const used = await group.server.used(async () => {
    for (let change = 0; change < CHANGES; change++) {
      const [least, most] = PERIODS_MS;
      const due = performance.now() + least + Math.random() * (most - least);
      times.push(...(await group.change()));
      await delay(Math.max(REST_MS, due - performance.now()));
    }
  });
  return { p50: median(times), p99: quantile(times, 0.99), ...used };
}

/** Microseconds of CPU a delivery, in the middle; `idle`: what part of a core is not counted. */
function cost({ figures, group }: Result, idle = 0): number {
  return median(figures.map(({ cpu, took }) => ((cpu - idle * took) * 1000) / (CHANGES * group.size)));
}

function latency({ figures }: Result, which: 'p50' | 'p99' = 'p50'): number {
  return median(figures.map((of) => of[which]));
}

function rowOf(kind: Kind, bytes: number, all: ReadonlyMap<Kind, Result>): (string | number)[] {
  const result = all.get(kind)!;
  const { group, figures } = result;
  const of = (other: Kind): string => hundredths(ratioOf(cost, all, kind, other));
  return [
    `${kind}, ${group.size} clients, ${bytes} B`,
    tenths(latency(result)),
    tenths(latency(result, 'p99')),
    tenths(cost(result)),
    of('socket.io'),
    of('ws'),
    group.lost + group.repeated,
    longestWait(figures),
  ];
}

function idleRowOf(kind: Kind, bytes: number, result: Result): (string | number)[] {
  const { empty, idle, group } = result;
  return [
    `${kind}, ${group.size} clients, ${bytes} B`,
    hundredths(empty * 100),
    tenths(((idle - empty) * 1e6) / group.size),
    tenths(cost(result, idle)),
  ];
}

/** NaN where one of them was not measured. */
function ratioOf(
  figure: (result: Result) => number,
  all: ReadonlyMap<Kind, Result>,
  kind: Kind,
  to: Kind,
): number {
  const [one, other] = [all.get(kind), all.get(to)];
  return one && other ? figure(one) / figure(other) : NaN;
}

/** What of the goals this combination says something about. */
function goalsFor(bytes: number, clients: number, all: ReadonlyMap<Kind, Result>): Goal[] {
  const ratio = (figure: typeof cost | typeof latency, kind: Kind, to: Kind, limit: number): Goal => {
    const measured = ratioOf((result) => figure(result), all, kind, to);
    const what = figure === cost ? 'CPU a delivery' : 'p50';
    return {
      what: `${kind}, ${clients} clients, ${bytes} B: ${what}`,
      goal: `${limit} x ${to}`,
      result: `${hundredths(measured)} x`,
      holds: measured <= limit,
    };
  };
  const found: Goal[] = [];
  for (const kind of ['live server', 'Node-RED'] as const) {
    if (!all.has(kind)) continue;
    if (clients === 1) found.push(ratio(latency, kind, 'websocket out', 1));
    if (clients < 1000) continue;
    if (bytes < 1000) {
      found.push(
        ratio(cost, kind, 'socket.io', 1.1),
        ratio(cost, kind, 'socket.io', 0.7),
        ratio(cost, kind, 'socket.io, pings as ours', 0.7),
        ratio(cost, kind, 'ws', 1.25),
      );
    } else found.push(ratio(cost, kind, 'ws', 1.1));
    found.push(ratio(latency, kind, 'ws', 1.1));
  }
  const lost = Array.from(all.values()).reduce((sum, { group }) => sum + group.lost + group.repeated, 0);
  const what = `lost or repeated, ${clients} clients, ${bytes} B, all servers`;
  return [...found, { what, goal: '0', result: String(lost), holds: lost === 0 }];
}
