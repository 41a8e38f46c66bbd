/** Values and statuses that were answered as durable over HTTP, in a Node-RED that is killed. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DEVICE_STATUSES } from '../../lib/devices/device.ts';
import { post, request } from '../integration/clients.ts';
import { startChild, type Child } from '../long/children.ts';
import type { NodeRedSettings } from '../long/node-red-process.ts';
import { randomOf } from './random.ts';

const LIVES = 6;
const DEVICES = 20;
/** Least and most answers of a life before it is killed. */
const ANSWERS = [50, 400] as const;

/** Writes to one device: the number of the last one that was sent, and of the last that was durable. */
interface Told {
  sent: number;
  durable: number;
}

describe('what was written over HTTP, as the process is killed', function () {
  this.timeout(240_000);
  const userDir = mkdtempSync(join(tmpdir(), 'factory-iot-written-'));
  let child: Child | undefined;
  after(async () => {
    await child?.kill();
    rmSync(userDir, { recursive: true, force: true });
  });

  async function start(): Promise<string> {
    const settings: NodeRedSettings = { port: 0, userDir, devices: DEVICES, access: {} };
    const [started, { port }] = await startChild<{ port: number }>('node-red-process.ts', settings);
    child = started;
    return `http://127.0.0.1:${port}/api`;
  }

  it('is there where it was durable, each value and each status', async () => {
    const random = randomOf(Number(process.env['KILL_SEED'] ?? Math.floor(Math.random() * 2 ** 31)));
    // Even ones are told values, odd ones statuses.
    const told: Told[] = Array.from({ length: DEVICES }, () => ({ sent: 0, durable: 0 }));
    const is = (at: number): unknown => (at % 2 === 0 ? undefined : DEVICE_STATUSES);
    const writtenAs = (at: number, count: number): unknown =>
      is(at) ? DEVICE_STATUSES[count % DEVICE_STATUSES.length] : count;
    let durable = 0;
    for (let life = 0; life < LIVES; life++) {
      const url = await start();
      await judge(url);
      const most = ANSWERS[0] + Math.floor(random() * (ANSWERS[1] - ANSWERS[0]));
      let answers = 0;
      let isOver = false;
      const write = async (at: number): Promise<void> => {
        const one = told[at]!;
        while (!isOver) {
          const count = ++one.sent;
          const property = is(at) ? 'status' : 'value';
          const answer = await post(`${url}/devices/d${at}/${property}`, {
            [property]: writtenAs(at, count),
          }).catch(() => undefined);
          if (answer?.status !== 200) return;
          if (answer.body['durable'] === true) {
            one.durable = count;
            durable++;
          }
          if (++answers < most || isOver) continue;
          isOver = true;
          await child!.kill();
        }
      };
      await Promise.all(told.map((_, at) => write(at)));
    }
    const url = await start();
    await judge(url);
    assert.ok(durable > LIVES * ANSWERS[0] * 0.5, `${durable} were durable`);

    async function judge(at: string): Promise<void> {
      let { body } = await request(`${at}/devices`);
      // What the plant has is on its way to the live server.
      for (; Number(body['count']) < DEVICES; { body } = await request(`${at}/devices`)) await delay(20);
      const devices = new Map(
        (body['devices'] as { id: string; value: unknown; status: unknown }[]).map((one) => [one.id, one]),
      );
      for (const [index, { sent, durable: last }] of told.entries()) {
        if (last === 0) continue;
        const { value, status } = devices.get(`d${index}`)!;
        const found = is(index) ? status : value;
        const possible = Array.from({ length: sent - last + 1 }, (_, more) => writtenAs(index, last + more));
        assert.ok(
          possible.includes(found),
          `d${index} has ${String(found)}, and not ${possible.join(' or ')}`,
        );
      }
    }
  });
});
