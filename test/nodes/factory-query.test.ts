import assert from 'node:assert/strict';
import type { Plant } from '../../lib/plant/plant.ts';
import type { Verification } from '../../lib/store/log.ts';
import type { Message, PlantNode } from '../../nodes/common.ts';
import registerPlant from '../../nodes/factory-plant/factory-plant.ts';
import registerQuery from '../../nodes/factory-query/factory-query.ts';
import { addBoard } from '../lib/plant/board.ts';
import * as helper from './helper.ts';

describe('factory-query', () => {
  before(helper.start);
  after(helper.stop);
  afterEach(helper.unload);

  async function load(more: object = {}): Promise<Plant> {
    await helper.load(
      [registerPlant, registerQuery],
      [
        { id: 'p', type: 'factory-plant', name: '', storage: 'memory', file: '' },
        {
          id: 'q',
          type: 'factory-query',
          plant: 'p',
          subject: 'devices',
          output: 'array',
          wires: [['out']],
          ...more,
        },
        { id: 'out', type: 'helper' },
      ],
    );
    const { plant } = helper.nodeById('p') as PlantNode;
    await plant.ready;
    plant.devices.write({ id: 'a', type: 'pump', value: 1 });
    plant.devices.write({ id: 'b', type: 'valve', value: 2 });
    return plant;
  }

  async function ask(message: Message): Promise<Message> {
    const out = helper.next('out');
    await helper.send('q', message);
    return out;
  }

  it('reads all devices where no filter is given, and passes the rest of the message on', async () => {
    const plant = await load();
    for (const payload of [Date.now(), '', undefined]) {
      const message = await ask({ payload, topic: 'x', mine: 1 });
      assert.deepEqual(message.payload, plant.devices.list());
      assert.deepEqual([message.topic, message['mine']], ['x', 1]);
    }
    assert.deepEqual(await helper.status('q'), { fill: 'green', shape: 'dot', text: '2' });
  });

  it('reads what fits a filter, and an empty array where nothing does', async () => {
    const plant = await load();
    assert.deepEqual((await ask({ payload: { type: 'pump' } })).payload, [plant.devices.get('a')]);
    assert.deepEqual((await ask({ payload: { id: 'none' } })).payload, []);
  });

  it('refuses what is no filter', async () => {
    await load();
    await assert.rejects(helper.send('q', { payload: { colour: 'red' } }), {
      code: 'invalid',
      message: /unknown property "colour"\. Known are/,
    });
    assert.equal((await helper.status('q')).text, 'common.error.invalid');
  });

  it('sends one message a record, for a join node', async () => {
    await load({ output: 'parts' });
    const out = helper.collect('out');
    await helper.send('q', { payload: '', mine: 1 });
    const messages = await out.atLeast(2);
    assert.deepEqual(
      messages.map(({ topic }) => topic),
      ['devices/a', 'devices/b'],
    );
    const parts = messages.map((message) => message['parts'] as { id: string; index: number; count: number });
    assert.deepEqual(
      parts.map(({ index, count }) => [index, count]),
      [
        [0, 2],
        [1, 2],
      ],
    );
    assert.equal(parts[0]?.id, parts[1]?.id);
    assert.equal(messages[1]?.['mine'], 1);
  });

  it('reads relays', async () => {
    const plant = await load({ subject: 'relays' });
    addBoard(plant, 'r1', 'r2');
    assert.deepEqual((await ask({ payload: '' })).payload, plant.relays.list());
    assert.equal((await helper.status('q')).text, '2');
  });

  it('hands out what may be changed without changing the plant', async () => {
    const plant = await load();
    const [first] = (await ask({ payload: '' })).payload as { value: number }[];
    first!.value = 99;
    assert.equal(plant.devices.get('a')?.value, 1);
  });

  it('says that it has no plant', async () => {
    await load({ plant: 'nobody' });
    await assert.rejects(helper.send('q', { payload: '' }), { code: 'config' });
  });

  describe('of the log', () => {
    async function loadLog(more: object = {}): Promise<Plant> {
      const plant = await load({ subject: 'audit', ...more });
      for (const why of ['one', 'two']) await plant.log({ kind: 'safe-mode', why });
      return plant;
    }
    const whys = ({ payload }: Message): unknown[] => (payload as { why: unknown }[]).map(({ why }) => why);

    it('reads what fits, the newest first, with the last entry of all', async () => {
      const plant = await loadLog();
      const message = await ask({ payload: { kind: 'safe-mode' }, mine: 1 });
      assert.deepEqual(whys(message), ['two', 'one']);
      assert.deepEqual(message.factory?.head, (await plant.audit.verify()).head);
      assert.equal(message['mine'], 1);
      assert.deepEqual(whys(await ask({ payload: { kind: 'safe-mode', limit: 1 } })), ['two']);
      await assert.rejects(helper.send('q', { payload: { type: 'pump' } }), { code: 'invalid' });
    });

    it('sends one message an entry', async () => {
      await loadLog({ output: 'parts' });
      const out = helper.collect('out');
      await helper.send('q', { payload: { kind: 'safe-mode' } });
      assert.deepEqual(
        (await out.atLeast(2)).map(({ topic, payload }) => [topic, (payload as { why: string }).why]),
        [
          ['audit/safe-mode', 'two'],
          ['audit/safe-mode', 'one'],
        ],
      );
    });

    it('holds it against its seals, and against what was kept', async () => {
      const plant = await loadLog();
      const { payload } = await ask({ payload: { verify: true } });
      const { ok, entries, head } = payload as Verification;
      assert.deepEqual([ok, entries], [true, (await plant.audit.read({})).entries.length]);
      assert.equal(((await ask({ payload: { verify: head } })).payload as Verification).ok, true);
      const other = await ask({ payload: { verify: { ...head, seal: 'a'.repeat(64) } } });
      assert.equal((other.payload as Verification).broken?.seq, head.seq);
      assert.equal((await helper.status('q')).text, 'factory-query.status.broken');
      await assert.rejects(helper.send('q', { payload: { verify: 7 } }), { code: 'invalid' });
    });
  });
});
