import assert from 'node:assert/strict';
import type { Plant } from '../../lib/plant/plant.ts';
import type { RelayRecord, Result } from '../../lib/relays/relay.ts';
import type { Message } from '../../nodes/common.ts';
import { Esphome, keep, publish, TOPICS } from './esphome.ts';
import { startNodeRed, type FlowNode, type NodeRed } from './harness.ts';
import { Broker, needMosquitto } from './mosquitto.ts';

const COMMANDS = 'plant/valve/set';

describe('what a real broker has kept', function () {
  this.timeout(30_000);
  let broker: Broker;
  let red: NodeRed;
  let device: Esphome | undefined;
  /** Messages as they reached the nodes, the latest last. */
  const came: { node: string; message: Message }[] = [];
  const waiting: (() => void)[] = [];

  before(async function () {
    needMosquitto(this);
    broker = await Broker.start();
    red = await startNodeRed({ settings: { mqttReconnectTime: 50 } });
    red.RED.hooks.add('onReceive.retained', (event: unknown) => {
      const { msg, destination } = event as { msg: Message; destination: { id: string } };
      came.push({ node: destination.id, message: msg });
      for (const look of waiting.splice(0)) look();
    });
  });
  after(async () => {
    red?.RED.hooks.remove('*.retained');
    await red?.stop();
    await broker?.end();
  });
  beforeEach(() => {
    came.length = 0;
    red.log.length = 0;
  });
  afterEach(async () => {
    await red.deploy([{ id: 'empty', type: 'tab', label: 'empty' }]);
    await device?.end();
    device = undefined;
    await keep(broker.port, { [TOPICS.status]: '', [TOPICS.state]: '', [COMMANDS]: '' });
  });

  const place = { z: 'tab', x: 0, y: 0 };
  const mqttIn = (id: string, topic: string, to: string): FlowNode => ({
    id,
    type: 'mqtt in',
    ...place,
    name: '',
    topic,
    qos: '1',
    datatype: 'auto-detect',
    broker: 'broker',
    nl: false,
    rap: false,
    rh: 0,
    inputs: 0,
    wires: [[to]],
  });
  const flow = (more: Readonly<Record<string, object>> = {}): FlowNode[] => {
    const nodes: FlowNode[] = [
      { id: 'tab', type: 'tab', label: 'retained' },
      { id: 'plant', type: 'factory-plant', name: 'Plant', storage: 'memory', file: '' },
      {
        id: 'board',
        type: 'factory-board',
        name: 'Valves',
        plant: 'plant',
        driver: 'message',
        readBack: 'message',
        answerWithin: 500,
        staleAfter: 0,
        channels: [{ id: 'valve', name: 'Valve', line: 0, start: 'hold' }],
      },
      {
        id: 'broker',
        type: 'mqtt-broker',
        name: '',
        broker: '127.0.0.1',
        port: String(broker.port),
        autoConnect: true,
        protocolVersion: '4',
        keepalive: '15',
        cleansession: true,
      },
      mqttIn('status', TOPICS.status, 'online'),
      mqttIn('state', TOPICS.state, 'io'),
      mqttIn('set', COMMANDS, 'relay'),
      {
        id: 'online',
        type: 'change',
        ...place,
        wires: [['io']],
        rules: [{ t: 'set', p: 'online', pt: 'msg', to: 'payload = "online"', tot: 'jsonata' }],
      },
      {
        id: 'io',
        type: 'factory-io',
        ...place,
        name: '',
        board: 'board',
        send: 'each',
        first: 0,
        notation: 'ON',
        writeTopic: 'esp1/switch/{id}/command',
        readTopic: 'esp1/switch/{id}/state',
        wires: [['out'], []],
      },
      {
        id: 'out',
        type: 'mqtt out',
        ...place,
        topic: '',
        qos: '1',
        retain: 'false',
        broker: 'broker',
        wires: [],
      },
      {
        id: 'relay',
        type: 'factory-relay',
        ...place,
        name: '',
        plant: 'plant',
        relay: 'valve',
        wires: [[], ['result']],
      },
      { id: 'result', type: 'debug', ...place, active: false, complete: 'payload', wires: [] },
    ];
    return nodes.map((node) => ({ ...node, ...more[node.id] }));
  };
  const plant = (): Plant =>
    (red.RED as unknown as { nodes: { getNode(id: string): { plant: Plant } } }).nodes.getNode('plant').plant;
  const record = (): RelayRecord => plant().relays.get('valve')!;
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        const stop = plant().relays.events.on('change', () => {
          stop();
          resolve();
        });
      });
    }
  };
  /** Waits until a node has got a message of this topic after the first `from`. */
  const got = async (node: string, topic: string, from = 0): Promise<Message> => {
    for (;;) {
      const found = came.slice(from).find((each) => each.node === node && each.message.topic === topic);
      if (found) return found.message;
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };
  let asked = 0;
  const command = (action: 'on' | 'off'): Promise<Result> => {
    const { clock } = plant();
    const id = `ask${++asked}`;
    const issued = clock.monotonic();
    return plant().relays.command({
      id,
      relay: 'valve',
      action,
      issued,
      by: 'ada',
      from: 'test',
      owner: 'hand',
    });
  };

  it('says nothing of a device that is not there, however often it is delivered again', async () => {
    await keep(broker.port, { [TOPICS.status]: 'offline', [TOPICS.state]: 'ON' });
    await red.deploy(flow());
    await Promise.all([got('io', TOPICS.status), got('io', TOPICS.state)]);
    await until(() => record()?.reason?.includes('offline') === true);
    const from = came.length;
    await red.deploy(flow({ state: { name: 'the state' } }), 'nodes');
    assert.equal((await got('io', TOPICS.state, from))['retain'], true);
    // By the time that a later message has come through, the board has made of it what it makes.
    await publish(broker.port, COMMANDS, 'neither on nor off');
    assert.equal(((await got('result', COMMANDS, from)).payload as Result).code, 'invalid');
    const { ok, code, reason } = await command('on');
    assert.deepEqual([ok, code], [false, 'unavailable']);
    assert.match(reason!, /it is offline/);
    assert.deepEqual([record().state, record().available, record().verified], [null, false, null]);
  });

  it('is uncertain until the device says something now, and can be switched meanwhile', async () => {
    device = await Esphome.start(broker.port, true);
    await red.deploy(flow());
    await until(() => record()?.available);
    assert.deepEqual([record().state, record().verified, record().fault?.code], [true, null, 'unconfirmed']);
    const { code, state, verified } = await command('off');
    assert.deepEqual([code, state, verified], ['done', false, 'line']);
    // What is not confirmed yet is sent again when the device is said to be there.
    assert.deepEqual([[...new Set(device.told)], record().fault], [['OFF'], undefined]);
    const [from, told] = [came.length, device.told.length];
    await red.deploy(flow({ state: { name: 'the state' } }), 'nodes');
    await got('io', TOPICS.state, from);
    assert.equal((await command('off')).code, 'unchanged');
    assert.deepEqual([device.told.length, record().fault], [told, undefined]);
  });

  it('lets a device start off that says nothing where nothing changes', async () => {
    device = await Esphome.start(broker.port);
    const channels = [{ id: 'valve', name: 'Valve', line: 0, start: 'off' }];
    await red.deploy(flow({ board: { channels } }));
    await until(() => record()?.available);
    assert.deepEqual([record().state, record().fault?.code], [false, 'unconfirmed']);
    assert.equal((await command('on')).code, 'done');
    assert.equal(record().fault, undefined);
  });

  it('is unavailable once the device has gone, and there again with what it says then', async () => {
    device = await Esphome.start(broker.port);
    await red.deploy(flow());
    await until(() => record()?.available);
    await command('on');
    await device.end();
    // Its last will, as a broker sends it for a device that falls silent.
    await publish(broker.port, TOPICS.status, 'offline', { retain: true });
    await until(() => record().state === null);
    device = await Esphome.start(broker.port);
    await until(() => record().state === false);
    assert.deepEqual([record().verified, record().fault?.code], ['line', 'readback-mismatch']);
  });

  it('sends our own commands back on a topic that has states too, which are no read-back', async () => {
    const [topic, one] = ['esp1/valve', { writeTopic: 'esp1/{id}', readTopic: 'esp1/{id}' }];
    const nodes = flow({ state: { topic }, io: one });
    await keep(broker.port, { [topic]: 'OFF' });
    await red.deploy(nodes);
    await until(() => record()?.available);
    const from = came.length;
    const { code, reason } = await command('on');
    assert.equal((await got('io', topic, from)).payload, 'ON', 'the broker has sent it back');
    assert.equal(code, 'unavailable');
    assert.match(reason!, /no read-back/);
    // As a device does that has carried it out.
    await publish(broker.port, topic, 'ON');
    await until(() => record().state === true);
    await keep(broker.port, { [topic]: '' });
  });

  it('is no command, and one that is published now is', async () => {
    device = await Esphome.start(broker.port);
    await keep(broker.port, { [COMMANDS]: 'ON' });
    await red.deploy(flow());
    const { payload } = await got('result', COMMANDS);
    const { code, reason } = payload as Result;
    assert.equal(code, 'expired');
    assert.match(reason!, /retained/);
    assert.deepEqual(device.told, []);
    await until(() => record()?.available);
    const from = came.length;
    await publish(broker.port, COMMANDS, 'ON\n');
    const fresh = (await got('result', COMMANDS, from)).payload as Result;
    assert.deepEqual([fresh.code, [...new Set(device.told)]], ['done', ['ON']]);
  });
});
