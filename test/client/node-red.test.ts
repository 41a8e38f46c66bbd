import assert from 'node:assert/strict';
import { connect } from '../../client/factory-client.ts';
import type { Client } from '../../client/types.ts';
import { deployQuiet } from '../integration/core-flow.ts';
import { startNodeRed, type NodeRed } from '../integration/harness.ts';
import { becomes, next } from './serving.ts';

describe('the browser client in front of the core flow', function () {
  this.timeout(30_000);
  let red: NodeRed;
  let client: Client;
  before(async () => {
    red = await startNodeRed();
    await deployQuiet(red);
  });
  after(() => red.stop());
  afterEach(() => client.close());

  it('switches a relay and writes a device, live', async () => {
    client = connect({ url: red.url });
    const relays = await next(client, 'relays');
    const [relay] = relays.keys();
    const switched = next(client, 'relays', (now) => now.get(relay!)?.state === true);
    const result = await client.command(relay!, 'on');
    assert.deepEqual([result.ok, result.code, result.relay, result.state], [true, 'done', relay, true]);
    await switched;
    assert.equal((await client.setStatus('sensor_001', 'maintenance')).status, 'maintenance');
    await assert.rejects(client.setValue('nobody', 1), /there is no device/);
    const unknown = await client.command('nobody', 'on');
    assert.deepEqual([unknown.ok, unknown.code], [false, 'unknown-relay']);
    assert.ok(client.stats);
  });

  it('switches a relay and writes a device over HTTP, where the socket is nowhere', async () => {
    client = connect({ url: red.url, path: '/nowhere', liveWithin: 50, pollEach: 100 });
    await becomes(client, 'fallback');
    const [relay] = client.relays.keys();
    const { ok, state } = await client.command(relay!, 'off');
    assert.deepEqual([ok, state], [true, false]);
    const unknown = await client.command('nobody', 'on');
    assert.deepEqual([unknown.ok, unknown.code], [false, 'unknown-relay']);
    const known = next(client, 'devices', (devices) => devices.get('sensor_001')?.value === 21.5);
    assert.equal((await client.setValue('sensor_001', 21.5)).value, 21.5);
    await known;
  });
});
