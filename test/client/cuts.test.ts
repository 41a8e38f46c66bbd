import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { randomOf } from '../kill/random.ts';
import { becomes, device, Plant } from './serving.ts';
import { watch } from './watching.ts';

/** test/long/cuts.test.ts does 200, of more kinds and between processes. */
const CUTS = Number(process.env['CUTS'] ?? 8);
const SEED = Number(process.env['CUTS_SEED'] ?? 20_261_128);
const DEVICES = 20;

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
    const change = (): void => {
      const id = `d${Math.floor(random() * DEVICES)}`;
      plant.live.publish(`devices/${id}`, random() < 0.02 ? null : device(id, ++value));
    };
    const changing = setInterval(() => {
      for (let burst = Math.floor(random() * 5); burst >= 0; burst--) change();
    }, 3);

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
        if (random() < 0.5) await becomes(page, 'live');
      }
    } finally {
      clearInterval(changing);
    }
    await becomes(page, 'live');
    const last = new Map(
      plant.live.retained
        .under('devices/')
        .map((record) => record as { id: string; value: number })
        .map(({ id, value: is }) => [id, is]),
    );
    const limit = Date.now() + 10_000;
    const isEqual = (): boolean =>
      page.devices.size === last.size &&
      Array.from(page.devices.values()).every((one) => last.get(one.id) === one.value);
    while (!isEqual() && Date.now() < limit) await delay(20);
    while (seen.at?.seq !== plant.live.retained.seq && Date.now() < limit) await delay(20);
    seen.close();
    const { wrong, at, changes, updates, connections } = seen;
    assert.deepEqual(wrong, []);
    assert.deepEqual(new Map(Array.from(page.devices.values(), (one) => [one.id, one.value])), last);
    assert.deepEqual(at, { epoch: plant.live.retained.epoch, seq: plant.live.retained.seq });
    assert.ok(changes > CUTS && updates > CUTS && connections > CUTS / 2);
    console.log(`      ${value} changes; ${updates} updates on the wire over ${connections} connections`);
  });
});
