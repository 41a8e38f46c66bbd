import assert from 'node:assert/strict';
import type { Message } from '../../nodes/common.ts';
import { Example } from './example.ts';
import { startNodeRed, type FlowNode, type NodeRed } from './harness.ts';
import { Broker, needMosquitto, Tasmota } from './mosquitto.ts';

interface Result {
  readonly code: string;
  readonly state: boolean | null;
  readonly verified: string | null;
  readonly reason?: string;
}

describe('the MQTT example, with a real broker', function () {
  this.timeout(30_000);
  let broker: Broker;
  let red: NodeRed;
  let device: Tasmota;
  let example: Example;
  before(async function () {
    needMosquitto(this);
    broker = await Broker.start();
    red = await startNodeRed({ settings: { mqttReconnectTime: 50 } });
  });
  after(async () => {
    await red?.stop();
    await broker?.end();
  });
  beforeEach(async () => {
    device = new Tasmota(broker.port);
    await device.connect();
    example = await Example.deploy(red, 'mqtt', adapt);
    // Both relays, whichever comes first.
    await Promise.all([state('pump', false), state('fan', false)]);
  });
  afterEach(async () => {
    example.close();
    // A board that is removed is forgotten, so that the next test starts anew.
    await red.deploy([{ id: 'empty', type: 'tab', label: 'empty' }]);
    await device.end();
  });

  function adapt(node: FlowNode): FlowNode {
    return node.type === 'mqtt-broker' ? { ...node, port: String(broker.port) } : node;
  }
  const states = (): Message[] => example.messages('state');
  /** Waits until a relay shows this state after the first `from` messages. */
  const state = (relay: string, is: boolean, from = 0): Promise<Message> =>
    example.got(
      'state',
      (message) => message.topic === relay && message.payload === is && states().indexOf(message) >= from,
    );
  const ask = async (button: string): Promise<Result> =>
    (await example.ask(button, 'result')).payload as Result;

  it('switches a device that tells its state, and is done when that is read back', async () => {
    assert.deepEqual(device.told, ['POWER1 OFF', 'POWER2 OFF']);
    const { code, state: is, verified } = await ask('pump-on');
    assert.deepEqual([code, is, verified, device.relays.get(1)], ['done', true, 'line', true]);
    assert.equal((await ask('fan-toggle')).code, 'done');
    assert.equal((await ask('pump-on')).code, 'unchanged');
    assert.deepEqual(device.told.slice(2), ['POWER1 ON', 'POWER2 ON']);
  });

  it('raises no error at what else the device tells, with a Catch node for the whole tab', async () => {
    example.close();
    example = await Example.deploy(red, 'mqtt', (node) =>
      node.id === 'ex-mqtt-failed' ? { ...node, scope: null } : adapt(node),
    );
    await Promise.all([state('pump', false), state('fan', false)]);
    assert.equal((await ask('pump-on')).code, 'done');
    assert.equal((await ask('fan-toggle')).code, 'done');
    await example.got('io', ({ topic }) => topic === 'stat/cabinet/RESULT');
    assert.deepEqual(
      example.messages('io').filter(({ ['error']: error }) => error !== undefined),
      [],
    );
    assert.ok(states().every(({ payload }) => typeof payload === 'boolean'));
    assert.deepEqual([(await ask('pump-on')).code, (await ask('pump-off')).code], ['unchanged', 'done']);
    assert.deepEqual(example.close(), [], 'nothing is warned of');
  });

  it('shows what somebody does at the device', async () => {
    device.press(2);
    await state('fan', true);
    assert.equal((await ask('fan-toggle')).state, false);
  });

  it('writes nothing at a deploy', async () => {
    await ask('pump-on');
    const before = device.told.length;
    example.close();
    example = await Example.deploy(red, 'mqtt', (node) =>
      node.type === 'factory-board' ? { ...adapt(node), name: 'another name' } : adapt(node),
    );
    await state('pump', true);
    assert.equal(device.told.length, before);
    assert.equal((await ask('pump-off')).code, 'done');
    // A broker may tell it more than once.
    assert.deepEqual([...new Set(device.told.slice(before))], ['POWER1 OFF']);
  });

  it('is unavailable once the device is gone, and there again with what it then is', async () => {
    await ask('pump-on');
    await device.pull();
    await example.got('io', ({ ['online']: online }) => online === false);
    const { code, reason } = await ask('pump-off');
    assert.deepEqual([code, reason], ['unavailable', 'the far end failed: it is offline']);
    const [from, told] = [states().length, device.told.length];
    // Its relays fell off with its power.
    device.relays.set(1, false);
    await device.connect();
    await state('pump', false, from);
    assert.equal(
      device.told.length,
      told,
      'what was refused is not carried out later, and nothing is written anew',
    );
    assert.equal((await ask('pump-on')).code, 'done');
  });

  it('refuses what a device that hangs does not confirm', async () => {
    device.isHung = true;
    const { code, reason } = await ask('pump-on');
    assert.equal(code, 'unavailable');
    assert.match(reason!, /no read-back of line 1 within 2000 ms/);
  });

  it('is unavailable while the broker is away, and carries nothing out later', async () => {
    await ask('fan-toggle');
    await broker.kill();
    await example.got('io', ({ ['online']: online }) => online === false);
    const from = states().length;
    assert.equal((await ask('pump-on')).code, 'unavailable');
    await broker.start();
    await state('fan', true, from);
    await state('pump', false, from);
    assert.deepEqual(device.told, ['POWER1 OFF', 'POWER2 OFF', 'POWER2 ON']);
    assert.equal((await ask('pump-on')).code, 'done');
  });
});
