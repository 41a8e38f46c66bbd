import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Device } from '../../client/types.ts';
import { randomOf } from '../kill/random.ts';
import { becomes, device, Plant } from './serving.ts';
import { watch } from './watching.ts';

/** test/long/cuts.test.ts does 200, of more kinds and between processes. */
const CUTS = Number(process.env['CUTS'] ?? 8);
const SEED = Number(process.env['CUTS_SEED'] ?? 20_261_128);
const IDS = Array.from({ length: 20 }, (_, index) => `d${index}`);
const STATUSES = ['active', 'maintenance'] as const;

describe(`a link that is cut ${CUTS} times (CUTS_SEED=${SEED})`, function () {
  this.timeout(30_000 + CUTS * 3000);
  let plant: Plant;
  beforeEach(async () => {
    plant = new Plant();
    plant.speaksV2 = true;
    await plant.start();
  });
  afterEach(() => plant.stop());

  it('loses nothing, repeats nothing and mixes nothing up, at the page and on the wire', async () => {
    const random = randomOf(SEED);
    const page = plant.client({ pollEach: 30 });
    const seen = watch(page, plant.url);
    let value = 0;
    const oneOf = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
    // The page is told the fields that are other than before, the wire whole records: mostly a few change.
    const write = (id: string, more: object): object => {
      const before = plant.live.retained.get(`devices/${id}`) as object | null | undefined;
      const record = {
        ...(before ?? device(id, 0)),
        value: ++value,
        last_update: new Date().toISOString(),
        ...more,
      };
      plant.live.publish(`devices/${id}`, record);
      return record;
    };
    let writing: Promise<unknown>[] = [];
    const change = (): void => {
      const id = oneOf(IDS);
      const what = random();
      if (what < 0.02) plant.live.publish(`devices/${id}`, null);
      else if (what < 0.1) write(id, { status: oneOf(STATUSES) });
      else if (what < 0.15) write(id, { attributes: { choices: oneOf(STATUSES) } });
      else if (what < 0.17) plant.live.publish(`devices/${id}`, device(id, ++value));
      else write(id, {});
      // What a page writes it is answered, while the same device may change again.
      if (what > 0.9) writing.push(page.setStatus(id, oneOf(STATUSES)).catch(() => {}));
    };
    for (const id of IDS) {
      plant.answers.set(`POST /api/devices/${id}/status`, (_request, body) => ({
        status: 200,
        body: { device: write(id, body as object) },
      }));
    }
    let isResting = false;
    const changing = setInterval(() => {
      if (isResting) return;
      for (let burst = Math.floor(random() * 5); burst >= 0; burst--) change();
    }, 3);

    /** Lets nothing change until all is told, and holds what is shown and what came over the wire against what is so. */
    const compare = async (): Promise<void> => {
      isResting = true;
      await Promise.all(writing);
      writing = [];
      const { epoch, seq } = plant.live.retained;
      const last = byId(plant.live.retained.under('devices/') as readonly Device[]);
      const limit = Date.now() + 10_000;
      const isThere = (): boolean =>
        seen.at?.seq === seq && isDeepStrictEqual(byId(page.devices.values()), last);
      while (!isThere() && Date.now() < limit) await delay(10);
      assert.deepEqual(byId(page.devices.values()), last);
      assert.deepEqual(new Map(seen.wire), last);
      assert.deepEqual(seen.at, { epoch, seq });
      isResting = false;
    };

    const cuts: Record<string, () => Promise<void>> = {
      'all connections are cut': async () => plant.drop(),
      'the socket is refused for a while': async () => {
        plant.refuseSocket();
        await delay(random() * 400);
        plant.attach();
      },
      'the server is deployed anew': () => plant.renew(true),
      'the server is another process': () => plant.renew(false),
      'nobody listens for a while': async () => {
        await plant.halt();
        await delay(random() * 200);
        await plant.start();
      },
    };
    const kinds = Object.values(cuts);
    try {
      for (let cut = 0; cut < CUTS; cut++) {
        await delay(random() * 300);
        await kinds[cut % kinds.length]!();
        // Whoever is sent away again and again waits longer and longer; here it is to be cut while it is there.
        if (random() < 0.5) {
          await becomes(page, 'live');
          await delay(random() * 400);
          await compare();
        }
      }
      await becomes(page, 'live');
      await compare();
    } finally {
      clearInterval(changing);
      seen.close();
    }
    const { wrong, changes, updates, connections } = seen;
    assert.deepEqual(wrong, []);
    assert.ok(changes > CUTS && updates > CUTS && connections > CUTS / 2);
    console.log(`      ${value} changes; ${updates} updates on the wire over ${connections} connections`);
  });
});

function byId(devices: Iterable<Device>): ReadonlyMap<string, Device> {
  return new Map(Array.from(devices, (one) => [one.id, one]));
}
