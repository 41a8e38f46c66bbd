/**
 * `npm run bench:mqtt`: what one change costs on its way from a broker to the clients: mqtt in, device, changes, push, all in a
 * real Node-RED, with few devices and with as many as a plant may have. `RATE` is how many change a second.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Broker, mqtt } from '../test/integration/mosquitto.ts';
import type { MqttKind } from './mqtt-kinds.ts';
import { inTurns, longestWait } from './rounds.ts';
import { leaveCoreToServers, ServerProcess } from './server-process.ts';
import { circumstances, goalTable, median, table, tenths, type Goal } from './table.ts';
import { Updates } from './updates.ts';

const ROUNDS = Number(process.env['ROUNDS'] ?? 5);
const MORE_ROUNDS = 2;
const RATE = Number(process.env['RATE'] ?? 1000);
const WARM_UP_RATE = 5000;
const STEP_MS = 5;
/** As long as values are gathered before they are written to the disk, so that each turn has its part of that. */
const TURN_MS = 10_000;
const REST_MS = 500;
const IDLE_MS = 20_000;
/** After its start Node-RED still does this and that, and writes its devices. */
const SETTLED_MS = 12_000;
/** Microseconds. */
const GOAL = 60;

const CASES: readonly { name: string; kind: MqttKind; devices: number; clients: number }[] = [
  { name: 'mqtt in alone', kind: 'mqtt in alone', devices: 1000, clients: 0 },
  { name: '1,000 devices, 1 client', kind: 'mqtt in to clients', devices: 1000, clients: 1 },
  { name: '100,000 devices, 1 client', kind: 'mqtt in to clients', devices: 100_000, clients: 1 },
];

interface Figures {
  /** Microseconds of CPU a change, all that the process does meanwhile included. */
  readonly each: number;
  /** How long the turn was, and what the process used in it, milliseconds. */
  readonly took: number;
  readonly cpu: number;
  readonly sent: number;
  readonly lost: number;
  readonly waited: number;
}

/** The last value and the last device that it was of. */
let value = 0;
let next = 0;

leaveCoreToServers();
const broker = await Broker.start();
// Also where the bench fails.
process.once('exit', () => void broker.kill());
const publisher = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port}`);
const tried: { server: ServerProcess; warmUp: () => Promise<unknown>; turn: () => Promise<Figures> }[] = [];
for (const [index, { name, kind, devices, clients }] of CASES.entries()) {
  console.error(name);
  const prefix = `bench${index}`;
  const server = await ServerProcess.start('mqtt', kind, { broker: broker.port, prefix, devices });
  const updates = clients === 0 ? undefined : await Updates.join(targetOf(server.port), clients);
  tried.push({
    server,
    warmUp: () => publish(prefix, devices, WARM_UP_RATE),
    turn: () => turn(server, { prefix, devices, updates }),
  });
}
// Node.js compiles what it runs often: in a plant that has run for a minute it has.
for (const { warmUp } of tried) await warmUp();
await delay(SETTLED_MS);
const figures = await inTurns(
  tried.map(({ turn: take }) => take),
  { count: ROUNDS, more: MORE_ROUNDS },
);
const idle = await Promise.all(
  tried.map(async ({ server }) => {
    const { cpu, took } = await server.used(() => delay(IDLE_MS));
    return cpu / took;
  }),
);
const gross = figures.map((of) => median(of.map(({ each }) => each)));
const net = figures.map((of, at) =>
  median(of.map(({ cpu, took, sent }) => ((cpu - idle[at]! * took) * 1000) / sent)),
);
const lost = figures.map((of) => of.reduce((sum, one) => sum + one.lost, 0));

console.log(
  `${circumstances()}; ${RATE} changes a second; medians of ${ROUNDS} turns of ${TURN_MS / 1000} s.\n`,
);
const head = ['mqtt in → device → changes → push', 'µs of CPU a change', 'without what it uses while idle'];
const rows = CASES.map(({ name }, at) => [
  name,
  tenths(gross[at]!),
  tenths(net[at]!),
  at === 0 ? '' : tenths(net[at]! - net[0]!),
  at === 0 ? '' : lost[at]!,
  longestWait(figures[at]!),
]);
console.log(table([...head, 'of which ours', 'lost', 'waited, %'], rows));
console.log(`\n${goalTable(goals())}`);
await broker.end();
process.exit(0);

async function turn(
  server: ServerProcess,
  { prefix, devices, updates }: { prefix: string; devices: number; updates: Updates | undefined },
): Promise<Figures> {
  await updates?.take();
  let sent = 0;
  const { cpu, took, waited } = await server.used(async () => {
    sent = await publish(prefix, devices, RATE);
    await delay(REST_MS);
  });
  const heard = await updates?.take();
  const missed = heard ? sent - heard.changes + heard.behind : 0;
  return { each: (cpu * 1000) / sent, took, cpu, sent, lost: missed, waited };
}

/** Publishes for a turn, one device after another; how many values there were. */
async function publish(prefix: string, devices: number, rate: number): Promise<number> {
  const began = performance.now();
  let sent = 0;
  for (;;) {
    const passed = performance.now() - began;
    for (; sent < Math.min(passed, TURN_MS) * (rate / 1000); sent++) {
      next = (next + 1) % devices;
      publisher.publish(`${prefix}/hall/m${next}`, String(++value));
    }
    if (passed >= TURN_MS) return sent;
    await delay(STEP_MS);
  }
}

function goals(): Goal[] {
  const costs = CASES.map(({ name }, at) => ({
    what: `${name}: µs of CPU a change`,
    goal: String(GOAL),
    result: tenths(net[at]!),
    holds: net[at]! <= GOAL,
  }));
  const ratio = net[2]! / net[1]!;
  return [
    ...costs.slice(1),
    {
      what: '100,000 devices: of 1,000',
      goal: '1.1 x',
      result: `${ratio.toFixed(2)} x`,
      holds: ratio <= 1.1,
    },
    ...CASES.slice(1).map(({ name }, at) => ({
      what: `${name}: lost`,
      goal: '0',
      result: String(lost[at + 1]),
      holds: lost[at + 1] === 0,
    })),
  ];
}

function targetOf(port: number): { port: number; path: string; socketIo: { auth: object } } {
  const auth = { protocol: 2, topics: 'devices/*' };
  return { port, path: '/socket.io/?EIO=4&transport=websocket', socketIo: { auth } };
}
