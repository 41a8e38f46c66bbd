import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { post, request } from './clients.ts';
import { deployQuiet, quietFlow } from './core-flow.ts';
import { startNodeRed, type NodeRed } from './harness.ts';

describe('right after a full deploy', function () {
  this.timeout(60_000);
  let red: NodeRed;
  before(async () => {
    red = await startNodeRed();
    await deployQuiet(red);
  });
  after(() => red.stop());

  it('nothing that is in the plant is unknown: it is there, or not available yet', async () => {
    const asking = { isOver: false };
    const seen = new Set<string>();
    const ask = async (): Promise<void> => {
      while (!asking.isOver) {
        const answers = await Promise.all([
          request(`${red.url}/api/devices/sensor_001`),
          post(`${red.url}/api/relays/relay1`, { action: 'off' }),
          post(`${red.url}/api/devices/sensor_002/value`, { value: 40 }),
        ]);
        for (const { status, body } of answers)
          seen.add(`${status} ${typeof body['code'] === 'string' ? body['code'] : ''}`);
      }
    };
    const done = Promise.all([ask(), ask()]);
    for (let round = 0; round < 5; round++) await red.deploy(quietFlow());
    await delay(1000);
    asking.isOver = true;
    await done;
    // A message that is on a wire when its nodes are replaced is lost, and its request answered by the deadline.
    const odd = Array.from(seen).filter((one) => !/^(200 .*|503 unavailable|504 timeout)$/.test(one));
    assert.deepEqual(odd, []);
    assert.ok(seen.has('200 '));
  });

  it('what there is not is unknown, as always, a moment later', async () => {
    await red.deploy(quietFlow());
    let status = 0;
    while (status !== 404) ({ status } = await request(`${red.url}/api/devices/none`));
    const { body } = await request(`${red.url}/api/devices/none`);
    assert.equal(body['code'], 'unknown-device');
    assert.equal((await request(`${red.url}/api/devices/sensor_001`)).status, 200);
  });
});
