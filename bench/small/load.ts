/** What a small computer spends on 100 devices that change 40 times a second, with five screens. */
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '../../client/factory-client.ts';
import { table, tenths } from '../table.ts';
import { SHARE, type Small } from './cgroup.ts';
import { now } from './clock.ts';
import { makeData, run, type Dashboard } from './program.ts';
import { send, sensorFlow } from './sensors.ts';

const DEVICES = 100;
const PER_SECOND = 40;
const SCREENS = 5;
/** Node.js compiles what it runs often, which at this pace takes a minute; a plant runs for days. */
const SETTLE_MS = 60_000;
const STARTED_MS = 20_000;
const FOR_MS = 24_000;
const PORT = 47_611;
const GOAL_CPU = 15;

const SETUPS: { name: string; dashboard?: Dashboard; goalMb: number }[] = [
  { name: 'without a dashboard', goalMb: 170 },
  { name: 'with Dashboard 2', dashboard: 2, goalMb: 260 },
];

export async function measureLoad(small: Small, folder: string): Promise<string> {
  const rows: string[][] = [];
  for (const { name, dashboard, goalMb } of SETUPS) {
    const data = `${folder}/${dashboard ?? 'none'}`;
    makeData(data, { ...(dashboard && { dashboard }), more: sensorFlow(PORT) });
    const program = await run(small.start, data);
    await delay(STARTED_MS);
    const idle = await spent(small, FOR_MS / 3);
    const screens = Array.from({ length: SCREENS }, () => connect({ url: program.url }));
    let changes = 0;
    screens[0]!.on('devices', () => changes++);
    const stop = send(PORT, DEVICES, PER_SECOND);
    await delay(SETTLE_MS);
    const before = screens.map(({ devices }) => devices.size);
    if (before.some((count) => count < DEVICES))
      throw new Error(`a screen has only ${Math.min(...before)} devices`);
    const busy = await spent(small, FOR_MS);
    const mb = program.rss();
    stop();
    for (const screen of screens) screen.close();
    await program.stop();
    if (changes === 0) throw new Error('no screen was told of a change');
    rows.push([name, tenths(idle), tenths(busy), `≤ ${GOAL_CPU}`, mb.toFixed(0), `≤ ${goalMb}`]);
  }
  return table(['', '% of its core, idle', 'busy', 'goal', 'RSS MB', 'goal'], rows);
}

/** Which share of its core all in it had for so long, percent. */
async function spent(small: Small, ms: number): Promise<number> {
  const [begun, before] = [now(), small.cpu()];
  await delay(ms);
  return (100 * (small.cpu() - before)) / ((now() - begun) * SHARE);
}
