/**
 * `npm run bench:many`: many devices that change once a second each, and clients that are told what changes. All servers run
 * at the same time and take turns. `DEVICES`, `CLIENTS` and `ROUNDS` change what is tried, `KINDS` with which servers.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Target } from './light-client.ts';
import { MANY_KINDS, type ManyKind } from './many-kinds.ts';
import { inTurns, longestWait } from './rounds.ts';
import { leaveCoreToServers, ServerProcess } from './server-process.ts';
import { circumstances, goalTable, median, table, tenths, type Goal } from './table.ts';
import { Updates } from './updates.ts';

const DEVICES = Number(process.env['DEVICES'] ?? 10_000);
const CLIENTS = Number(process.env['CLIENTS'] ?? 100);
const ROUNDS = Number(process.env['ROUNDS'] ?? 5);
const MORE_ROUNDS = 2;
const MEASURED = MANY_KINDS.filter((kind) => process.env['KINDS']?.split(';').includes(kind) ?? true);
const TURN_MS = 5000;
/** Until the last change of a turn has reached the last client. */
const REST_MS = 500;
const WINDOW_MS = 100;

/** Of one turn. */
interface Figures {
  /** Per cent of a core. */
  readonly cpu: number;
  /** MB a second. */
  readonly traffic: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Changes a second. */
  readonly rate: number;
  /** Changes that the first client did not hear of, and clients that do not know what it knows. */
  readonly lost: number;
  readonly waited: number;
}
interface Result {
  readonly kind: ManyKind;
  readonly figures: readonly Figures[];
}

leaveCoreToServers();
const turns: (() => Promise<Figures>)[] = [];
for (const kind of MEASURED) {
  const server = await ServerProcess.start('many', kind, { devices: DEVICES });
  const updates = await Updates.join(targetOf(server.port), CLIENTS);
  turns.push(() => turn(server, updates));
}
const figures = await inTurns(turns, { count: ROUNDS, more: MORE_ROUNDS });
const results = MEASURED.map((kind, at) => ({ kind, figures: figures[at]! }));
console.log(
  `${circumstances()}; ${DEVICES} devices, each of them changes once a second, ${CLIENTS} clients;`,
);
console.log(`medians of ${ROUNDS} turns of ${TURN_MS / 1000} s.\n`);
const head = ['server', 'changes/s', 'CPU, % of a core', 'MB/s', 'p50 ms', 'p99 ms', 'lost', 'waited, %'];
console.log(table(head, results.map(rowOf)));
console.log(`\n${goalTable(results.flatMap(goalsOf))}`);
process.exit(0);

async function turn(server: ServerProcess, updates: Updates): Promise<Figures> {
  console.error(server.kind);
  await updates.take();
  let sent = 0;
  const { cpu, waited } = await server.used(async () => {
    sent = (await server.ask('run', { ms: TURN_MS })) as number;
    await delay(REST_MS);
  });
  const { changes, bytes, behind, latencies } = await updates.take();
  return {
    cpu: (cpu / TURN_MS) * 100,
    traffic: bytes / TURN_MS / 1000,
    p50: latencies.quantile(0.5),
    p99: latencies.quantile(0.99),
    rate: (sent / TURN_MS) * 1000,
    lost: sent - changes + behind,
    waited,
  };
}

function middle({ figures: all }: Result, which: keyof Figures): number {
  return median(all.map((of) => of[which]));
}

function lostOf({ figures: all }: Result): number {
  return all.reduce((sum, { lost }) => sum + lost, 0);
}

function rowOf(result: Result): (string | number)[] {
  const { kind, figures: all } = result;
  const isSilent = kind === 'generator alone';
  const heard = (['traffic', 'p50', 'p99'] as const).map((which) => tenths(middle(result, which)));
  return [
    kind,
    Math.round(middle(result, 'rate')),
    tenths(middle(result, 'cpu')),
    ...(isSilent ? ['', '', '', ''] : [...heard, lostOf(result)]),
    longestWait(all),
  ];
}

function goalsOf(result: Result): Goal[] {
  const { kind } = result;
  if (!kind.startsWith('live') && !kind.startsWith('Node-RED')) return [];
  const goal = (what: string, limit: number, measured: number): Goal => ({
    what: `${kind}: ${what}`,
    goal: String(limit),
    result: tenths(measured),
    holds: measured <= limit,
  });
  return [
    goal('CPU, % of a core', 10, middle(result, 'cpu')),
    goal('MB/s', 50, middle(result, 'traffic')),
    goal('p99 ms', WINDOW_MS + 10, middle(result, 'p99')),
    goal('lost', 0, lostOf(result)),
  ];
}

function targetOf(port: number): Target {
  const auth = { protocol: 2, topics: 'devices/*', fields: true };
  return { port, path: '/socket.io/?EIO=4&transport=websocket', socketIo: { auth } };
}
