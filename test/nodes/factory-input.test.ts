import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import type { Cause } from '../../lib/base/cause.ts';
import type { Plant } from '../../lib/plant/plant.ts';
import type { RelayRecord } from '../../lib/relays/relay.ts';
import type { Message } from '../../nodes/common.ts';
import registerBoard from '../../nodes/factory-board/factory-board.ts';
import registerInput from '../../nodes/factory-input/factory-input.ts';
import registerPlant from '../../nodes/factory-plant/factory-plant.ts';
import * as helper from './helper.ts';

const require = createRequire(import.meta.url);
const registerCatch = require('@node-red/nodes/core/common/25-catch.js') as helper.Register;

describe('factory-input', () => {
  before(helper.start);
  after(helper.stop);
  afterEach(helper.unload);

  const flow = (more: object = {}, others: helper.FlowNode[] = []): helper.FlowNode[] => [
    { id: 'tab', type: 'tab', label: 'test' },
    { id: 'p', type: 'factory-plant', name: 'Hall 2', storage: 'memory' },
    {
      id: 'i',
      z: 'tab',
      x: 0,
      y: 0,
      type: 'factory-input',
      plant: 'p',
      input: 'door1',
      source: 'message',
      wires: [['out']],
      ...more,
    },
    { id: 'out', z: 'tab', type: 'helper' },
    { id: 'c', z: 'tab', x: 0, y: 0, type: 'catch', scope: ['i'], wires: [['caught']] },
    { id: 'caught', z: 'tab', x: 0, y: 0, type: 'helper' },
    ...others,
  ];
  const load = (more: object = {}, others: helper.FlowNode[] = []): Promise<void> =>
    helper.load([registerPlant, registerBoard, registerInput, registerCatch], flow(more, others));
  const plant = (): Plant => (helper.nodeById('p') as unknown as { plant: Plant }).plant;
  const send = (message: Message): Promise<void> => helper.send('i', message);
  const refused = (code: string, words: RegExp) => (error: Error & { code?: string }) =>
    error.code === code && words.test(error.message);

  describe('that messages feed', () => {
    it('tells the first level and each change, and keeps what else the messages bring', async () => {
      await load();
      const status = await helper.status('i');
      assert.deepEqual([status.fill, status.text], ['grey', 'factory-input.status.waiting']);
      const out = helper.collect('out');
      await send({ payload: 'on', topic: 'plant/door', unit: 7, factory: { from: 'mqtt' } });
      await send({ payload: true });
      await send({ payload: '0', quality: 'uncertain' });
      const [first, second] = await out.atLeast(2);
      assert.equal(out.messages.length, 2, 'what changes nothing says nothing');
      const { ts, cause } = first!.factory as { ts: string; cause?: Cause };
      assert.ok(Math.abs(Date.parse(ts) - Date.now()) < 5000);
      assert.deepEqual(
        { ...first, _msgid: undefined },
        {
          _msgid: undefined,
          topic: 'door1',
          payload: true,
          unit: 7,
          factory: { from: 'mqtt', quality: 'good', ts, previous: null, cause },
        },
      );
      assert.deepEqual(
        cause?.map((step) => [step.kind, step.id, step.flow]),
        [['input', 'door1', 'test']],
      );
      assert.deepEqual(
        [second!.payload, second!.factory!.quality, second!.factory!.previous],
        [false, 'uncertain', true],
      );
      assert.match((await helper.status('i')).text!, /status\.off · .*uncertain/);
    });

    it('is debounced', async () => {
      await load({ debounce: '60' });
      const out = helper.collect('out');
      await send({ payload: 0 });
      await send({ payload: 1, nth: 'bounce' });
      await send({ payload: 0 });
      const began = Date.now();
      await send({ payload: 1, nth: 'press' });
      await out.atLeast(2);
      assert.deepEqual(
        out.messages.map(({ payload }) => payload),
        [false, true],
      );
      assert.equal(out.messages[1]!['nth'], 'press');
      assert.ok(Date.now() - began >= 55, `${Date.now() - began} ms`);
    });

    it('feeds a device with value, quality and the time at the source', async () => {
      await load({ device: 'door' });
      const at = new Date(Date.now() - 5000).toISOString();
      await send({ payload: true, timestamp: at });
      const { value, quality, source_time } = plant().devices.get('door')!;
      assert.deepEqual([value, quality, source_time], [true, 'good', at]);
      await send({ payload: true, quality: 'bad' });
      const lost = plant().devices.get('door')!;
      assert.deepEqual([lost.value, lost.quality], [true, 'bad']);
      assert.match((await helper.status('i')).text!, /says that its value is bad/);
      await send({ payload: false });
      assert.deepEqual(
        [plant().devices.get('door')!.value, plant().devices.get('door')!.quality],
        [false, 'good'],
      );
    });

    it('that is lost sends no boolean, but tells catch nodes', async () => {
      await load();
      const [out, caught] = [helper.collect('out'), helper.collect('caught')];
      await send({ payload: true });
      await send({ payload: false, quality: 'bad', mine: 1 });
      const [message] = await caught.atLeast(1);
      assert.equal(out.messages.length, 1);
      assert.deepEqual(
        [message!.payload, message!.topic, message!.factory!.quality, message!.factory!.previous],
        [null, 'door1', 'bad', true],
      );
      assert.equal(message!['mine'], 1);
      assert.match((message!['error'] as Error).message, /door1: the message says/);
    });

    it('refuses what is no level, what is too old, and what nobody vouches for', async () => {
      await load();
      const out = helper.collect('out');
      await assert.rejects(send({ payload: 'open' }), refused('invalid', /on or off, not "open"/));
      await assert.rejects(send({ payload: true, quality: 'fine' }), refused('invalid', /quality/));
      await assert.rejects(send({ payload: true, req: {} }), refused('forbidden', /msg\.req/));
      const now = Date.now();
      await send({ payload: true, timestamp: now });
      await assert.rejects(send({ payload: false, timestamp: now - 1000 }), refused('stale', /newer one/));
      await out.atLeast(1);
      assert.deepEqual(
        out.messages.map(({ payload }) => payload),
        [true],
      );
      assert.equal(plant().inputs.get('door1')?.level, true);
    });

    it('is not known any more after what is no level, and says so once to whoever sent it', async () => {
      await load({ device: 'door' });
      const caught = helper.collect('caught');
      await send({ payload: true });
      await assert.rejects(send({ payload: 'overpower' }), refused('invalid', /on or off, not "overpower"/));
      const { level, quality, reason } = plant().inputs.get('door1')!;
      assert.deepEqual([level, quality], [null, 'bad']);
      assert.match(reason!, /not "overpower"/);
      assert.equal(plant().devices.get('door')?.quality, 'bad');
      await send({ payload: 'unavailable' });
      const [refusal, lost] = await caught.atLeast(2);
      assert.match((refusal!['error'] as Error).message, /^an input is on or off/);
      assert.match((lost!['error'] as Error).message, /door1: the source sent "unavailable"/);
      assert.equal(caught.messages.length, 2);
    });

    it('and its device are good again after a bad quality, though its source is 5 s behind', async () => {
      await load({ device: 'door' });
      const timestamp = Date.now() - 5000;
      await send({ payload: true, timestamp });
      await send({ payload: true, quality: 'bad' });
      await send({ payload: true, timestamp });
      const { value, quality } = plant().devices.get('door')!;
      assert.deepEqual([value, quality, plant().inputs.get('door1')?.quality], [true, 'good', 'good']);
    });

    it('tells catch nodes of a device that cannot be fed', async () => {
      await load({ device: 'door' });
      const caught = helper.collect('caught');
      const { devices } = plant();
      devices.write = () => {
        throw new Error('no room');
      };
      await send({ payload: true, mine: 1 });
      const [message] = await caught.atLeast(1);
      assert.deepEqual([(message!['error'] as Error).message, message!['mine']], ['Error: no room', 1]);
    });

    it('sends nothing for what a broker kept, but knows it', async () => {
      await load({ device: 'door' });
      const out = helper.collect('out');
      await send({ payload: true, retain: true });
      assert.deepEqual(
        [plant().inputs.get('door1')?.quality, plant().devices.get('door')?.quality],
        ['uncertain', 'uncertain'],
      );
      await send({ payload: true, timestamp: 1_767_225_600 });
      assert.equal(out.messages.length, 0, 'uncertain as before');
      await send({ payload: true });
      const [message] = await out.atLeast(1);
      assert.deepEqual([message!.payload, message!.factory!.quality], [true, 'good']);
    });

    it('takes what a broker kept for fresh if it is set so', async () => {
      await load({ takeRetained: true });
      const out = helper.collect('out');
      await send({ payload: true, retain: true });
      const [message] = await out.atLeast(1);
      assert.deepEqual([message!.payload, message!.factory!.quality], [true, 'good']);
    });

    it('takes what came from outside if it is set so', async () => {
      await load({ trustOutside: true });
      await send({ payload: true, req: {} });
      assert.equal(plant().inputs.get('door1')?.level, true);
    });

    it('goes on through a deploy with what was said, as uncertain', async () => {
      await load({ device: 'door' });
      await send({ payload: true });
      const { since } = plant().inputs.get('door1')!;
      await helper.redeploy(flow({ device: 'door', name: 'Door' }), 'nodes');
      const out = helper.collect('out');
      const changed = (): boolean => plant().inputs.get('door1')?.level === true;
      await helper.status('i', changed);
      assert.deepEqual(plant().inputs.get('door1'), {
        id: 'door1',
        level: true,
        quality: 'uncertain',
        since,
        reason: 'of before the deploy',
      });
      assert.equal(plant().devices.get('door')?.quality, 'uncertain');
      assert.equal(out.messages.length, 0, 'a deploy is no event');
      await send({ payload: 1 });
      assert.equal(plant().inputs.get('door1')?.quality, 'good');
      await helper.redeploy(flow({ input: 'door2' }), 'nodes');
      assert.equal(plant().inputs.get('door1'), undefined);
      assert.equal(plant().inputs.get('door2')?.level, null, 'another input is another input');
    });
  });

  describe('that cannot work', () => {
    for (const [what, settings, words] of [
      ['without an id', { input: '' }, /input id/],
      ['with an unknown source', { source: 'mqtt' }, /source is "chardev" or "message"/],
      ['with a device that can be none', { device: 'a b' }, /must begin with a letter/],
      ['without a plant', { plant: '' }, /no factory-plant is chosen/],
    ] as const) {
      it(`${what} says so, at its start and to each message`, async () => {
        await load(settings);
        assert.match(await helper.errorOf('i'), words);
        assert.equal((await helper.status('i', ({ fill }) => fill === 'red')).text, 'common.error.config');
        await assert.rejects(send({ payload: true }), refused('config', words));
      });
    }

    it('has an id of its own', async () => {
      await load({}, [
        {
          id: 'j',
          z: 'tab',
          x: 0,
          y: 0,
          type: 'factory-input',
          plant: 'p',
          input: 'door1',
          source: 'message',
        },
      ]);
      assert.match(await helper.errorOf('j'), /has an input "door1" already.*an id of its own/);
      await send({ payload: true });
      assert.equal(plant().inputs.get('door1')?.level, true);
    });
  });

  it('is the contact of a relay, also after a deploy of everything', async () => {
    const channels = [{ id: 'motor', line: 1, contact: { input: 'door1', within: 3000 } }];
    const board = { id: 'b', type: 'factory-board', name: 'B', plant: 'p', driver: 'simulated', channels };
    const motor = (wanted: (record: RelayRecord) => boolean): Promise<RelayRecord> =>
      new Promise((resolve) => {
        const { relays } = plant();
        const check = (): void => {
          const record = relays.get('motor');
          if (record && wanted(record)) resolve(record);
        };
        relays.events.on('change', check);
        check();
      });
    await load({}, [board]);
    await motor(({ available }) => available);
    await send({ payload: false });
    assert.equal(plant().relays.get('motor')?.verified, 'contact');
    await helper.redeploy(flow({ name: 'Door' }, [{ ...board, name: 'Board' }]));
    const { fault, board: name } = await motor(({ verified }) => verified === 'contact');
    assert.deepEqual([fault, name], [undefined, 'Board']);
    await send({ payload: true });
    assert.equal(plant().relays.get('motor')?.verified, 'line', 'until it is a fault');
  });

  describe('that a line feeds', () => {
    const line = { source: 'chardev', chip: '/dev/no-such-chip', line: '4', device: 'gate' };

    it('without its hardware is bad, says why and what to do, and makes nothing up', async () => {
      await load(line);
      const status = await helper.status('i', ({ fill }) => fill === 'red');
      // Without koffi, or on another system, it is the library that is missing.
      assert.match(status.text!, /no-such-chip \(ENOENT\)\. Choose one of the chips|koffi|Linux/);
      assert.match(await helper.errorOf('i'), /^.*door1: /);
      const { value, quality } = plant().devices.get('gate')!;
      assert.deepEqual([value, quality], [null, 'bad']);
      const out = helper.collect('out');
      await assert.rejects(send({ payload: 'what is it?' }), refused('unavailable', /./));
      assert.equal(out.messages.length, 0);
    });

    it('is redeployed and removed without an end of its attempts', async () => {
      await load(line);
      await helper.status('i', ({ fill }) => fill === 'red');
      await helper.redeploy(flow({ ...line, name: 'Door' }), 'nodes');
      await helper.status('i', ({ fill }) => fill === 'red');
      assert.equal(plant().inputs.get('door1')?.quality, 'bad');
      await helper.redeploy(
        flow().filter(({ id }) => id !== 'i'),
        'nodes',
      );
      assert.equal(plant().inputs.get('door1'), undefined);
    });
  });
});
