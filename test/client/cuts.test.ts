import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { io } from 'socket.io-client';
import { UPDATE, type Update } from '../../lib/live/protocol.ts';
import { randomOf } from '../kill/random.ts';
import { becomes, device, Plant } from './serving.ts';

/** `npm run test:long` sets 200. */
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
    const wrong: string[] = [];

    // Each value is higher than all before, so a page that is shown an older one was told something twice or late.
    const shown = new Map<string, number>();
    let changes = 0;
    page.on('devices', (devices) => {
      for (const { id, value } of devices.values()) {
        const before = shown.get(id) ?? -1;
        if (typeof value === 'number' && value < before) wrong.push(`${id} went from ${before} to ${value}`);
        if (value !== before) changes++;
        shown.set(id, value as number);
      }
    });

    // On the wire each update begins where the one before ended.
    let at: { epoch: string; seq: number } | undefined;
    let updates = 0;
    let replays = 0;
    const wire = io(plant.url, {
      transports: ['websocket'],
      reconnectionDelay: 20,
      reconnectionDelayMax: 50,
      auth: (give) => give({ protocol: 2, ...(at && { since: `${at.epoch}.${at.seq}` }) }),
    });
    wire.on('connect', () => replays++);
    wire.on(UPDATE, (update: Update) => {
      updates++;
      if (update.kind === 'changes' && (update.epoch !== at?.epoch || update.from !== at.seq))
        wrong.push(`${update.epoch}.${update.from} after ${at?.epoch}.${at?.seq}`);
      at = { epoch: update.epoch, seq: update.seq };
    });

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
    while (at?.seq !== plant.live.retained.seq && Date.now() < limit) await delay(20);
    wire.close();
    assert.deepEqual(wrong, []);
    assert.deepEqual(new Map(Array.from(page.devices.values(), (one) => [one.id, one.value])), last);
    assert.deepEqual(at, { epoch: plant.live.retained.epoch, seq: plant.live.retained.seq });
    assert.ok(changes > CUTS && updates > CUTS && replays > CUTS / 2);
    console.log(`      ${value} changes; ${updates} updates on the wire over ${replays} connections`);
  });
});
