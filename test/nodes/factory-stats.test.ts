import assert from 'node:assert/strict';
import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import os from 'node:os';
import type { Stats } from '../../lib/stats/stats.ts';
import registerStats from '../../nodes/factory-stats/factory-stats.ts';
import * as helper from './helper.ts';

const require = createRequire(import.meta.url);
const { events } = require('@node-red/util') as { events: EventEmitter };

describe('factory-stats', () => {
  before(helper.start);
  after(helper.stop);
  afterEach(helper.unload);

  const flow = (more: object = {}): helper.FlowNode[] => [
    { id: 's', type: 'factory-stats', interval: 3600, wires: [['out']], ...more },
    { id: 'out', type: 'helper' },
  ];
  const load = (more: object = {}): Promise<void> => helper.load([registerStats], flow(more));

  it('samples at its start, in the shape of the contract, and shows it', async () => {
    await load();
    const { topic, payload } = await helper.next('out');
    assert.equal(topic, 'system/stats');
    const stats = payload as Stats;
    assert.deepEqual(
      ['cpu', 'memory', 'disk', 'network', 'temperature', 'node_red', 'timestamp'].filter(
        (key) => !(key in stats),
      ),
      [],
    );
    assert.equal(stats.cpu.count, os.cpus().length);
    assert.ok(Math.abs(Date.parse(stats.timestamp) - Date.now()) < 5000);
    const { text, fill } = await helper.status('s');
    assert.equal(fill, 'green');
    assert.match(text!, /^cpu \d+ %( · -?\d+ °C)?$/);
  });

  it('samples at its interval, also as text', async () => {
    await load({ interval: '0.5' });
    const out = helper.collect('out');
    const messages = await out.atLeast(3);
    const times = messages.map(({ payload }) => Date.parse((payload as Stats).timestamp));
    assert.ok(times[2]! - times[1]! >= 300, `each 0.5 s: ${times.join(', ')}`);
  });

  it('answers a message with a sample of its own, the rest of it untouched', async () => {
    await load();
    await helper.next('out');
    const out = helper.next('out');
    await helper.send('s', { payload: 'now', topic: 'x', mine: { kept: 1 } });
    const message = await out;
    assert.equal(message.topic, 'system/stats');
    assert.deepEqual(message['mine'], { kept: 1 });
    assert.equal(typeof (message.payload as Stats).cpu.percent, 'number');
  });

  for (const interval of ['', 0, 0.4, 3601, 'often']) {
    it(`says at its start and of each message that ${JSON.stringify(interval)} is no interval`, async () => {
      await load({ interval });
      assert.deepEqual(await helper.status('s'), { fill: 'red', shape: 'ring', text: 'common.error.config' });
      await assert.rejects(helper.send('s', {}), { code: 'config', message: /Set 0\.5 to 3600 seconds/ });
    });
  }

  it('takes the standard where nothing is set', async () => {
    await load({ interval: undefined });
    assert.equal((await helper.next('out')).topic, 'system/stats');
  });

  it('leaves no timer and no listener behind in 100 deploys', async function () {
    this.timeout(20_000);
    await load();
    await helper.next('out');
    const count = (): [number, number] => [
      process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length,
      events.listenerCount('flows:started'),
    ];
    const before = count();
    for (let i = 0; i < 100; i++) await helper.redeploy(flow());
    await helper.next('out');
    const after = count();
    assert.equal(after[1], before[1]);
    assert.ok(after[0] <= before[0] + 1, `timers: ${before[0]} before, ${after[0]} after`);
  });
});
