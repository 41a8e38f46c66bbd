import assert from 'node:assert/strict';
import type { Node, NodeDef } from 'node-red';
import { stamp } from '../../lib/access/principal.ts';
import { forgetMemory, forgetTopics } from '../../lib/plant/storage.ts';
import { forgetSimulated } from '../../lib/gpio/simulated.ts';
import type { Step } from '../../lib/base/cause.ts';
import type { Plant } from '../../lib/plant/plant.ts';
import type { Result } from '../../lib/relays/relay.ts';
import type { Message, PlantNode } from '../../nodes/common.ts';
import registerBoard from '../../nodes/factory-board/factory-board.ts';
import registerPlant from '../../nodes/factory-plant/factory-plant.ts';
import registerRelay from '../../nodes/factory-relay/factory-relay.ts';
import type { CommandEntry } from '../../lib/relays/command-entry.ts';
import * as helper from './helper.ts';

describe('factory-relay', () => {
  before(helper.start);
  after(helper.stop);
  afterEach(async () => {
    await helper.unload();
    // The pins of a simulated board outlive its node, as real ones would.
    forgetSimulated('b');
    // So does what a plant in memory keeps of relays.
    forgetMemory('p');
    forgetTopics('p');
  });

  // Without a place on the canvas a node would be a configuration node.
  const place = { z: 'tab', x: 0, y: 0 };
  const flow = (relay: object, more: helper.FlowNode[] = []): helper.FlowNode[] => [
    { id: 'tab', type: 'tab', label: 'Hall' },
    { id: 'p', type: 'factory-plant', name: '', storage: 'memory', file: '' },
    {
      id: 'b',
      type: 'factory-board',
      name: 'Bench',
      plant: 'p',
      driver: 'simulated',
      channels: [
        { id: 'relay1', name: 'Pump', line: 17, activeLow: false, start: 'off' },
        { id: 'relay2', name: 'Fan', line: 27, activeLow: true, start: 'on' },
      ],
    },
    {
      id: 'r',
      type: 'factory-relay',
      ...place,
      name: 'pump switch',
      plant: 'p',
      relay: 'relay1',
      byTopic: false,
      trustDashboards: false,
      wires: [['state'], ['result']],
      ...relay,
    },
    { id: 'state', type: 'helper', ...place },
    { id: 'result', type: 'helper', ...place },
    ...more,
  ];
  const plant = (): Plant => (helper.nodeById('p') as PlantNode).plant;
  /** Loads the flow and waits until the relays are known; tells what was sent until then and from then on. */
  async function load(relay: object = {}): Promise<{ states: Message[] }> {
    await helper.load([registerPlant, registerBoard, registerRelay], flow(relay));
    const { messages } = helper.collect('state');
    await helper.status('r', ({ fill }) => fill !== 'red');
    return { states: messages };
  }
  async function ask(message: Message): Promise<{ result: Result; message: Message }> {
    const answer = helper.next('result');
    await helper.send('r', message);
    const got = await answer;
    return { result: got.payload as Result, message: got };
  }
  const line = (id: string): boolean | null | undefined => plant().relays.get(id)?.state;
  /** Helper nodes get their messages a turn later. */
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('tells the state at its start, and says openly that it is simulated', async () => {
    const { states } = await load({ relay: 'relay2' });
    await settled();
    assert.deepEqual(
      states.map(({ topic, payload, factory }) => [topic, payload, factory?.simulated, factory?.quality]),
      [['relay2', true, true, 'good']],
    );
    assert.deepEqual(await helper.status('r'), {
      fill: 'green',
      shape: 'dot',
      text: 'factory-relay.status.on · factory-relay.status.simulated',
    });
  });

  const payloads: [unknown, boolean][] = [
    [true, true],
    ['OFF', false],
    [1, true],
    ['toggle', false],
    [{ action: 'on', ttl: 1000, id: 'c-17' }, true],
    ['0', false],
  ];
  it('takes every form of a command, answers each with its result and tells each change once', async () => {
    const { states } = await load();
    await settled();
    states.length = 0;
    for (const [payload, state] of payloads) {
      const { result } = await ask({ payload });
      assert.deepEqual(
        [result.ok, result.code, result.state, result.verified],
        [true, 'done', state, 'line'],
      );
      assert.deepEqual([result.simulated, result.logged], [true, false], 'a plant in memory has no log');
      assert.equal(line('relay1'), state);
    }
    await settled();
    assert.deepEqual(
      states.map(({ payload, factory }) => [payload, factory?.previous]),
      payloads.map(([, state]) => [state, !state]),
    );
  });

  it('refuses a command that a broker has kept, with the reason, unless it is set to take it', async () => {
    await load();
    for (const payload of [true, 'toggle', { action: 'on', id: 'kept' }]) {
      const { result } = await ask({ payload, retain: true });
      assert.deepEqual([result.ok, result.code, result.state], [false, 'expired', false]);
      assert.match(result.reason!, /the message is retained/);
    }
    assert.equal(line('relay1'), false);
    assert.equal((await ask({ payload: { action: 'on', id: 'kept' }, retain: false })).result.code, 'done');
    await helper.redeploy(flow({ takeRetained: true }), 'nodes');
    await helper.status('r', ({ fill }) => fill !== 'red');
    assert.equal((await ask({ payload: false, retain: true })).result.code, 'done');
  });

  it('answers on the message that asked, with all else on it', async () => {
    await load();
    const { result, message } = await ask({ payload: { action: 'on', id: 'mine' }, topic: 'x', mine: [1] });
    assert.deepEqual([message.topic, message['mine'], result.id], ['x', [1], 'mine']);
    assert.deepEqual(message.factory?.result, result);
  });

  it('tells the state again after each command that is not carried out, so that a switch goes back', async () => {
    const { states } = await load();
    await settled();
    for (const payload of ['banana', { action: 'off', for: 5 }, null, 17, {}]) {
      states.length = 0;
      const { result } = await ask({ payload });
      assert.deepEqual([result.ok, result.code, result.state], [false, 'invalid', false]);
      assert.ok(result.reason!.length > 10, result.reason);
      await settled();
      assert.deepEqual(
        states.map(({ topic, payload: state }) => [topic, state]),
        [['relay1', false]],
      );
    }
  });

  it('carries a command out once, and tells the state again where it was there before', async () => {
    const { states } = await load();
    const once = { action: 'toggle', id: 'once' };
    assert.equal((await ask({ payload: once })).result.code, 'done');
    const { result } = await ask({ payload: once });
    assert.deepEqual([result.code, result.state, line('relay1')], ['duplicate', true, true]);
    await settled();
    assert.deepEqual(
      states.map(({ payload }) => payload),
      [false, true, true],
    );
  });

  it('takes the relay from the topic where it is so set, in both spellings, and from its setting else', async () => {
    await load({ byTopic: true });
    assert.equal((await ask({ topic: 'relay2', payload: false })).result.relay, 'relay2');
    assert.equal((await ask({ topic: 'relays/relay2', payload: true })).result.relay, 'relay2');
    assert.equal((await ask({ payload: true })).result.relay, 'relay1');
    assert.deepEqual([line('relay1'), line('relay2')], [true, true]);
  });

  it('leaves the topic alone where it is not so set', async () => {
    await load();
    assert.equal((await ask({ topic: 'relay2', payload: true })).result.relay, 'relay1');
  });

  it('tells of all relays where none is set, and how many are on', async () => {
    const { states } = await load({ relay: '', byTopic: true });
    await ask({ topic: 'relay1', payload: true });
    await settled();
    assert.deepEqual(
      states.map(({ topic, payload }) => [topic, payload]),
      [
        ['relay1', false],
        ['relay2', true],
        ['relay1', true],
      ],
    );
    assert.equal(
      (await helper.status('r')).text,
      'factory-relay.status.on: 2/2 · factory-relay.status.simulated',
    );
    for (const topic of ['relay9', '__proto__', 'constructor']) {
      assert.equal((await ask({ topic, payload: true })).result.code, 'unknown-relay');
    }
    assert.equal((await ask({ payload: true })).result.code, 'invalid');
  });

  const principal = { name: 'ada', role: 'operator', via: 'socket', address: '127.0.0.1' } as const;
  const outside: [string, Message][] = [
    ['HTTP', { req: {} }],
    ['a websocket', { _session: { type: 'websocket', id: 'x' } } as never],
    ['Dashboard 2', { _client: { socketId: 's2' } }],
    ['Dashboard 1', { socketid: 's1' }],
    ['someone with a forged stamp', { factory: { by: { ...stamp(principal), name: 'eve' } } }],
  ];
  for (const [from, marks] of outside) {
    it(`refuses what came from ${from} and was not stamped`, async () => {
      const { states } = await load();
      await settled();
      states.length = 0;
      const { result } = await ask({ ...marks, payload: true });
      assert.deepEqual([result.ok, result.code, line('relay1')], [false, 'forbidden', false]);
      await settled();
      assert.deepEqual(
        states.map(({ payload }) => payload),
        [false],
      );
    });
  }

  it('takes what our own nodes stamped, in the name of who asked', async () => {
    await load();
    const mark = { type: 'factory-iot', id: 'x' } as const;
    const { result, message } = await ask({
      _session: mark,
      factory: { by: stamp(principal) },
      payload: true,
    });
    assert.deepEqual([result.code, plant().relays.get('relay1')?.by], ['done', 'ada']);
    assert.equal(message.factory?.by, undefined, 'the seal goes no further');
  });

  it('takes flows for automatic and people for hand', async () => {
    await load({ trustDashboards: true });
    assert.equal((await ask({ payload: true })).result.code, 'done');
    assert.equal((await ask({ socketid: 's1', payload: false })).result.code, 'done');
    const { result } = await ask({ payload: true });
    assert.deepEqual([result.code, result.state], ['not-in-auto', false]);
    assert.match(result.reason!, /dashboard has it in hand/);
    assert.equal((await ask({ socketid: 's1', payload: { action: 'auto' } })).result.code, 'done');
    assert.equal((await ask({ payload: true })).result.code, 'done');
  });

  it('trips what a person has in hand, shows it, and lets only people reset it', async () => {
    await load({ trustDashboards: true });
    assert.equal((await ask({ socketid: 's1', payload: true })).result.code, 'done');
    assert.equal((await ask({ payload: false })).result.code, 'not-in-auto');
    const { result } = await ask({ payload: { action: 'trip', reason: 'tank empty' } });
    assert.deepEqual([result.code, result.state, line('relay1')], ['done', false, false]);
    const relay = plant().relays.get('relay1')!;
    assert.deepEqual([relay.tripped?.by, relay.tripped?.reason], ['flow', 'tank empty']);
    assert.equal((await helper.status('r')).text, 'relay1: factory-relay.status.tripped: tank empty');
    assert.equal((await ask({ socketid: 's1', payload: true })).result.code, 'tripped');
    assert.equal((await ask({ payload: { action: 'reset' } })).result.code, 'invalid');
    assert.equal((await ask({ socketid: 's1', payload: { action: 'reset' } })).result.code, 'done');
    assert.equal((await ask({ socketid: 's1', payload: true })).result.code, 'done');
  });

  describe('with relays that trip by a topic', () => {
    const trips = [{ source: 'topic', id: 'plant/tank', op: 'is', value: 'empty', reason: 'tank empty' }];
    async function loadTripping(): Promise<void> {
      const flows = flow({ trustDashboards: true }).map((node) =>
        node.id === 'b' ? { ...node, channels: [{ id: 'relay1', line: 17, rules: { trips } }] } : node,
      );
      await helper.load([registerPlant, registerBoard, registerRelay], flows);
      await helper.status('r', ({ fill }) => fill !== 'red');
    }

    it('takes its messages for what the relay trips by, against hand, and not for commands', async () => {
      await loadTripping();
      assert.equal((await ask({ payload: true })).result.code, 'not-permitted', 'nothing was heard yet');
      await helper.send('r', { topic: 'plant/tank', payload: 'full' });
      assert.equal((await ask({ socketid: 's1', payload: true })).result.code, 'done');
      const tripped = new Promise<void>((resolve) =>
        plant().relays.events.on('change', ({ relay }) => relay?.tripped && !relay.state && resolve()),
      );
      await helper.send('r', { _msgid: 'm1', topic: 'plant/tank', payload: 'empty' });
      await tripped;
      assert.deepEqual(
        [plant().relays.get('relay1')?.tripped?.by, plant().relays.get('relay1')?.tripped?.reason],
        ['plant/tank', 'tank empty'],
      );
      assert.equal((await ask({ socketid: 's1', payload: { action: 'reset' } })).result.code, 'tripped');
      await helper.send('r', { topic: 'plant/tank', payload: 'full' });
      assert.equal((await ask({ socketid: 's1', payload: { action: 'reset' } })).result.code, 'done');
    });

    it('refuses such a message from outside that nobody answers for', async () => {
      await loadTripping();
      const { result } = await ask({ req: {}, topic: 'plant/tank', payload: 'full' });
      assert.deepEqual([result.ok, result.code], [false, 'forbidden']);
      assert.equal((await ask({ payload: true })).result.code, 'not-permitted', 'it was not heeded');
    });
  });

  it('takes dashboards where they are trusted, and nobody else', async () => {
    await load({ trustDashboards: true });
    assert.equal((await ask({ socketid: 's1', payload: true })).result.code, 'done');
    assert.equal((await ask({ _client: { socketId: 's2' }, payload: false })).result.code, 'done');
    assert.equal(plant().relays.get('relay1')?.by, 'dashboard');
    assert.equal((await ask({ req: {}, socketid: 's1', payload: true })).result.code, 'forbidden');
  });

  it('has the session of the screen in the log', async () => {
    await load({ trustDashboards: true });
    const logged: { by?: unknown; from?: unknown }[] = [];
    plant().log = (entry) => {
      logged.push(entry as CommandEntry);
      return Promise.resolve(true);
    };
    await ask({ socketid: 's1', payload: true });
    await ask({ _client: { socketId: 's2' }, payload: false });
    assert.deepEqual(
      logged.map(({ by, from }) => [by, from]),
      [
        ['dashboard', 's1'],
        ['dashboard', 's2'],
      ],
    );
  });

  describe('what led to a command', () => {
    /** The last command in the log. */
    const led = async (): Promise<Partial<CommandEntry>> =>
      (await plant().audit.read({ kind: 'command', limit: 1 })).entries[0] as Partial<CommandEntry>;
    const node = { kind: 'node', id: 'r', name: 'pump switch', flow: 'Hall' };

    const withoutMessage = (step: Step): Step => {
      const { message, ...rest } = step;
      assert.ok(message === undefined || step.kind === 'node');
      return rest;
    };

    async function asked(message: Message): Promise<Partial<CommandEntry>> {
      await ask(message);
      const { by, via, cause } = await led();
      return { by: by!, via: via!, cause: cause!.map(withoutMessage) };
    }

    it('is the node where the flow itself asks, with the message it had', async () => {
      await load();
      assert.deepEqual(await asked({ payload: true }), { by: 'flow', via: 'wire', cause: [node] });
      assert.match((await led()).cause![0]!.message!, /^test-/);
    });

    it('is what our nodes put there, and then the node', async () => {
      await load();
      const input = { kind: 'input', id: 'button1' } as const;
      const payload = 'toggle';
      const message = { payload, factory: { cause: [input, { kind: 'god' } as never] } };
      assert.deepEqual(await asked(message), { by: 'flow', via: 'wire', cause: [input, node] });
      const ada = stamp({ name: 'ada', role: 'operator', via: 'socket', address: '10.0.0.1' });
      const client = { kind: 'client', id: 's1', by: 'ada', from: '10.0.0.1' } as const;
      const _session = { type: 'factory-iot', id: 's1' } as const;
      assert.deepEqual(await asked({ payload, _session, factory: { by: ada, cause: [client] } }), {
        by: 'ada',
        via: 'socket',
        cause: [client, node],
      });
    });

    it('is not what came from outside', async () => {
      await load({ trustDashboards: true });
      const factory = { cause: [{ kind: 'client', id: 'x', by: 'the director' }] } as const;
      const screen = { kind: 'client', by: 'dashboard', from: 's1' } as const;
      assert.deepEqual(await asked({ payload: true, socketid: 's1', factory }), {
        by: 'dashboard',
        via: 'wire',
        cause: [screen, node],
      });
      assert.deepEqual(await asked({ payload: true, req: {}, factory }), {
        by: null,
        via: 'wire',
        cause: [node],
      });
    });
  });

  it('warns of a dashboard whose messages nobody can tell from those of the flow', async () => {
    const base = { id: 'b2', type: 'ui-base', name: 'Panel', includeClientData: false };
    const uiBase: helper.Register = (RED) => {
      RED.nodes.registerType('ui-base', function (this: Node, def: NodeDef) {
        RED.nodes.createNode(this, def);
      });
    };
    await helper.load([registerPlant, registerBoard, registerRelay, uiBase], [...flow({}), base]);
    assert.match(await helper.warning('r'), /the dashboard Panel does not include client data/);
  });

  it('says so where its relay is not there (any more)', async () => {
    await load();
    await helper.redeploy(flow({ relay: 'relay7' }));
    assert.equal((await helper.status('r')).text, 'common.error.unknown-relay');
    assert.equal((await ask({ payload: true })).result.code, 'unknown-relay');
  });

  it('sends to Catch that it has no plant', async () => {
    await load();
    await helper.redeploy(flow({ plant: '' }));
    const error = await helper.send('r', { payload: true }).then(
      () => assert.fail('nothing was refused'),
      (thrown: unknown) => thrown as Error & { code?: string },
    );
    assert.equal(error.code, 'config');
    // What to do stands in the message, which some places show alone, and once where all is shown.
    assert.equal(error.message.match(/choose a factory-plant/g)?.length, 1);
    assert.equal(String(error).match(/choose a factory-plant/g)?.length, 1);
    assert.equal((await helper.status('r')).text, 'common.error.config');
  });

  it('leaves no listener behind in 100 deploys', async () => {
    await load();
    const count = (): number => plant().relays.events.count();
    const before = count();
    for (let round = 0; round < 100; round++) await helper.redeploy(flow({ name: `round ${round}` }));
    await helper.status('r', ({ fill }) => fill !== 'red');
    assert.equal(count(), before);
  });
});
