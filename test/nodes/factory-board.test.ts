import assert from 'node:assert/strict';
import { forgetMemory } from '../../lib/plant/storage.ts';
import { forgetSimulated } from '../../lib/gpio/simulated.ts';
import type { Plant } from '../../lib/plant/plant.ts';
import type { RelayRecord, Result } from '../../lib/relays/relay.ts';
import type { PlantNode } from '../../nodes/common.ts';
import registerBoard from '../../nodes/factory-board/factory-board.ts';
import registerPlant from '../../nodes/factory-plant/factory-plant.ts';
import * as helper from './helper.ts';

describe('factory-board', () => {
  before(helper.start);
  after(helper.stop);
  afterEach(async () => {
    await helper.unload();
    // The pins of a simulated board outlive its node, as real ones would.
    forgetSimulated('b');
    // So does what a plant in memory keeps of relays.
    forgetMemory('p');
  });

  const channel = (id: string, line: number, more: object = {}): object => ({
    id,
    name: '',
    line,
    activeLow: false,
    start: 'off',
    ...more,
  });
  const plantNode = { id: 'p', type: 'factory-plant', name: '', storage: 'memory', file: '' };
  const board = (more: object = {}): helper.FlowNode => ({
    id: 'b',
    type: 'factory-board',
    name: 'Cabinet',
    plant: 'p',
    driver: 'simulated',
    channels: [channel('relay1', 17), channel('relay2', 27, { activeLow: true, start: 'on' })],
    ...more,
  });
  const plant = (): Plant => (helper.nodeById('p') as PlantNode).plant;
  const load = (...boards: helper.FlowNode[]): Promise<void> =>
    helper.load([registerPlant, registerBoard], [plantNode, ...boards]);
  /** Resolves when all relays of the plant are known. */
  const known = async (): Promise<(boolean | null)[]> => {
    for (;;) {
      const states = plant()
        .relays.list()
        .map(({ state }) => state);
      if (states.length > 0 && !states.includes(null)) return states;
      await new Promise<void>((resolve) => {
        const stop = plant().relays.events.on('change', () => {
          stop();
          resolve();
        });
      });
    }
  };
  let commands = 0;
  const command = (relay: string, action: 'on' | 'off'): Promise<Result> =>
    plant().relays.command({
      id: `c${++commands}`,
      relay,
      action,
      issued: plant().clock.monotonic(),
      by: 'ada',
      from: 'test',
      owner: 'hand',
    });

  it('takes a relay out of its interlock where the next deploy does', async () => {
    const rules = { interlock: 'doors' };
    const one = (more: object): helper.FlowNode => board({ channels: [channel('relay1', 17, more)] });
    const two = { ...board({ channels: [channel('relay2', 1, { rules })] }), id: 'b2', name: 'Other' };
    await load(one({ rules }), two);
    await known();
    assert.equal((await command('relay1', 'on')).code, 'done');
    assert.equal((await command('relay2', 'on')).code, 'interlocked');
    await helper.redeploy([plantNode, one({}), two], 'nodes');
    await known();
    assert.equal((await command('relay2', 'on')).code, 'done');
    forgetSimulated('b2');
  });

  it('is unavailable where the chip that is set is not there, and simulates nothing in its place', async () => {
    await load(board({ driver: 'chardev', chip: '/dev/gpiochip9999' }));
    await plant().ready;
    const record = (): RelayRecord => plant().relays.list()[0]!;
    while (!record().reason?.includes('gpiochip9999')) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([record().state, record().available, record().simulated], [null, false, false]);
    const { code, reason } = await command('relay1', 'on');
    assert.equal(code, 'unavailable');
    assert.match(reason!, /gpiochip9999/);
  });

  it('says that real lines need a chip', async () => {
    await load(board({ driver: 'chardev', chip: ' ' }));
    assert.match(await helper.errorOf('b'), /on which chip its lines are\. Open the board/);
    const [failed, ...others] = plant().failed.values();
    assert.deepEqual([failed?.what, failed?.id, others], ['board', 'Cabinet', []]);
    assert.match(failed!.reason, /on which chip its lines are/);
  });

  it('puts its relays into the plant, openly simulated, as they are to be at the start', async () => {
    await load(board());
    assert.deepEqual(await known(), [false, true]);
    const [one] = plant().relays.list();
    assert.deepEqual(
      [one!.id, one!.name, one!.board, one!.available, one!.simulated, one!.verified],
      ['relay1', 'relay1', 'Cabinet', true, true, 'line'],
    );
  });

  for (const type of ['full', 'flows', 'nodes'] as const) {
    it(`moves no relay when it is redeployed with changed settings (${type})`, async () => {
      await load(board());
      await known();
      assert.equal((await command('relay1', 'on')).code, 'done');
      assert.equal((await command('relay2', 'off')).code, 'done');
      await helper.redeploy([plantNode, board({ name: `Cabinet ${type}` })], type);
      assert.deepEqual(await known(), [true, false]);
      assert.equal(plant().relays.get('relay1')?.board, `Cabinet ${type}`);
    });
  }

  it('has in the log of its plant what it was set to otherwise', async () => {
    const configs = async (): Promise<unknown[]> =>
      (await plant().audit.read({ kind: 'config' })).entries
        .filter(({ what }) => what === 'board')
        .toReversed()
        .map(({ id, name, result, changed, channels }) => [id, name, result, changed, channels]);
    await load(board());
    await known();
    await helper.redeploy([plantNode, board()], 'full');
    await known();
    await helper.redeploy([
      plantNode,
      board({ name: 'Door', channels: [channel('relay1', 5), channel('relay3', 6)] }),
    ]);
    await known();
    await helper.redeploy([plantNode]);
    const changed = { added: ['relay3'], removed: ['relay2'], changed: { relay1: ['line'] } };
    assert.deepEqual((await configs()).slice(-3), [
      ['b', 'Cabinet', 'added', undefined, { added: ['relay1', 'relay2'] }],
      ['b', 'Door', 'changed', ['name'], changed],
      ['b', 'Door', 'removed', undefined, undefined],
    ]);
  });

  it('has the area of a relay in its record, and nothing where there is none', async () => {
    await load(board({ channels: [channel('relay1', 17, { area: 'سالن ۲' }), channel('relay2', 27)] }));
    await known();
    const [one, two] = plant().relays.list();
    assert.deepEqual([one!.area, Object.hasOwn(two!, 'area')], ['سالن ۲', false]);
  });

  it('executes no command again that it executed before a deploy, and forgets with its removal', async () => {
    const once = (): Promise<Result> => {
      const issued = plant().clock.monotonic();
      return plant().relays.command({
        id: 'once',
        relay: 'relay1',
        action: 'on',
        issued,
        owner: 'hand',
        by: 'a',
        from: 't',
      });
    };
    await load(board());
    await known();
    assert.equal((await once()).code, 'done');
    await command('relay1', 'off');
    await helper.redeploy([plantNode, board({ name: 'changed' })]);
    await known();
    const { code, state } = await once();
    assert.deepEqual([code, state, plant().relays.get('relay1')?.state], ['duplicate', false, false]);
    await helper.redeploy([plantNode]);
    await helper.redeploy([plantNode, board()]);
    await known();
    assert.equal((await once()).code, 'done');
  });

  it('takes its relays away when it is removed, and begins anew when it is put back', async () => {
    await load(board());
    await known();
    await command('relay1', 'on');
    await helper.redeploy([plantNode]);
    assert.deepEqual(plant().relays.list(), []);
    await helper.redeploy([plantNode, board()]);
    assert.deepEqual(await known(), [false, true]);
  });

  const wrong: [string, object, RegExp][] = [
    ['a driver that there is not', { driver: 'libgpiod' }, /no driver "libgpiod".*simulated/],
    ['the same id twice', { channels: [channel('a', 1), channel('a', 2)] }, /same id "a"/],
    ['the same line twice', { channels: [channel('a', 1), channel('b', 1)] }, /same line 1/],
    ['no plant', { plant: '' }, /no factory-plant is chosen/],
  ];
  for (const [what, settings, message] of wrong) {
    it(`refuses ${what}, with what to do`, async () => {
      await load(board({ id: 'wrong', ...settings }));
      assert.match(await helper.errorOf('wrong'), message);
      assert.equal(plant().relays.list().length, 0);
    });
  }

  it('refuses a relay that another board of the plant has, and leaves that one alone', async () => {
    await load(board(), board({ id: 'other', name: 'Other' }));
    assert.match(await helper.errorOf('other'), /has a relay "relay1" already, on the board "Cabinet"/);
    assert.deepEqual(await known(), [false, true]);
  });

  it('leaves nothing behind in 100 deploys', async () => {
    await load(board());
    await known();
    const count = (): number => plant().relays.events.count();
    const before = count();
    for (let round = 0; round < 100; round++) await helper.redeploy([plantNode, board()]);
    assert.deepEqual(await known(), [false, true]);
    assert.equal(count(), before);
  });
});
