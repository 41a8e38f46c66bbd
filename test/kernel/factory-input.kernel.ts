/** The input node in Node-RED's own runtime, on lines of a real kernel; alone, and as the contact of a relay. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Plant } from '../../lib/plant/plant.ts';
import registerBoard from '../../nodes/factory-board/factory-board.ts';
import registerInput from '../../nodes/factory-input/factory-input.ts';
import registerPlant from '../../nodes/factory-plant/factory-plant.ts';
import registerRelay from '../../nodes/factory-relay/factory-relay.ts';
import * as helper from '../nodes/helper.ts';
import { holder } from './others.ts';
import type { Holder } from './others.ts';
import { CHIP, LABEL, level, openRequests, pull, pullAllDown } from './pins.ts';

const require = createRequire(import.meta.url);
const registerCatch = require('@node-red/nodes/core/common/25-catch.js') as helper.Register;
const TYPES = [registerPlant, registerBoard, registerInput, registerRelay, registerCatch];
const BUTTON = 8;

describe('factory-input on a kernel', () => {
  let other: Holder | undefined;
  before(helper.start);
  after(helper.stop);
  beforeEach(pullAllDown);
  afterEach(async () => {
    await helper.unload();
    await other?.kill();
    other = undefined;
    pullAllDown();
  });

  const at = { z: 'tab', x: 0, y: 0 };
  const input = (more: object = {}): helper.FlowNode => ({
    id: 'i',
    ...at,
    type: 'factory-input',
    plant: 'p',
    input: 'button',
    source: 'chardev',
    chip: LABEL,
    line: String(BUTTON),
    bias: 'as-is',
    activeLow: false,
    debounce: '',
    device: 'button',
    wires: [['out']],
    ...more,
  });
  const flow = (...nodes: helper.FlowNode[]): helper.FlowNode[] => [
    { id: 'tab', type: 'tab', label: 'test' },
    { id: 'p', type: 'factory-plant', name: 'Hall 2', storage: 'memory' },
    ...nodes,
    { id: 'out', ...at, type: 'helper' },
    { id: 'c', ...at, type: 'catch', scope: ['i'], wires: [['caught']] },
    { id: 'caught', ...at, type: 'helper' },
  ];
  const plant = (): Plant => (helper.nodeById('p') as unknown as { plant: Plant }).plant;
  const bad = ({ fill }: helper.Status): boolean => fill === 'red';
  const good = ({ fill, text }: helper.Status): boolean => fill !== 'red' && !text!.endsWith('waiting');

  it('tells what its line is and each edge, with its time, and feeds its device', async () => {
    await helper.load(TYPES, flow(input()));
    const out = helper.collect('out');
    await out.atLeast(1);
    assert.equal(plant().devices.get('button')?.value, false);
    const before = Date.now();
    pull(BUTTON, true);
    await out.atLeast(2);
    pull(BUTTON, false);
    const messages = await out.atLeast(3);
    assert.deepEqual(
      messages.map(({ topic, payload, factory }) => [topic, payload, factory!.quality, factory!.previous]),
      [
        ['button', false, 'good', null],
        ['button', true, 'good', false],
        ['button', false, 'good', true],
      ],
    );
    const times = messages.slice(1).map(({ factory }) => Date.parse(factory!.ts!));
    // The two clocks are read one after the other, so a millisecond may be lost between them.
    assert.ok(times[0]! >= before - 5 && times[1]! <= Date.now() + 5, `${before} ${times.join(' ')}`);
    const { value, quality, source_time } = plant().devices.get('button')!;
    assert.deepEqual([value, quality, source_time], [false, 'good', messages[2]!.factory!.ts]);
  });

  it('is on while its line is low, debounced by the kernel, and answers who asks', async () => {
    pull(BUTTON, true);
    await helper.load(TYPES, flow(input({ activeLow: true, debounce: '50' })));
    const out = helper.collect('out');
    await out.atLeast(1);
    // A bounce, which comes to rest as it was, and a press.
    pull(BUTTON, false);
    pull(BUTTON, true);
    await helper.send('i', { payload: '?', mine: 1 });
    pull(BUTTON, false);
    const [first, asked, pressed] = await out.atLeast(3);
    assert.equal(first!.payload, false);
    assert.deepEqual([asked!.payload, asked!['mine']], [false, 1]);
    assert.deepEqual([pressed!.payload, pressed!['mine']], [true, undefined]);
  });

  it('names who has its line, is bad meanwhile, and takes it when it is free', async () => {
    other = await holder('other program', `${BUTTON}=0`);
    await helper.load(TYPES, flow(input()));
    assert.match((await helper.status('i', bad)).text!, /line 8 .* is held by "other program" .*gpioinfo/);
    assert.equal(plant().devices.get('button')?.quality, 'bad');
    await other.kill();
    other = undefined;
    await helper.status('i', good);
    assert.equal(plant().devices.get('button')?.quality, 'good');
  });

  it('lets go of its line when it is removed, and keeps no other program from it by a deploy', async () => {
    await helper.load(TYPES, flow(input()));
    await helper.status('i', good);
    await helper.redeploy(flow(input({ bias: 'pull-up' })), 'nodes');
    await helper.status('i', good);
    assert.equal(openRequests(), 1);
    await helper.redeploy(flow(), 'nodes');
    assert.equal(openRequests(), 0);
  });

  it('notices that its chip is unplugged, and goes on when it is back', async () => {
    const folder = '/sys/kernel/config/gpio-sim/buttons';
    const plug = (on: boolean): void => writeFileSync(`${folder}/live`, on ? '1' : '0');
    mkdirSync(`${folder}/bank0`, { recursive: true });
    writeFileSync(`${folder}/bank0/num_lines`, '2');
    writeFileSync(`${folder}/bank0/label`, 'usb-buttons');
    plug(true);
    try {
      await helper.load(TYPES, flow(input({ chip: 'usb-buttons', line: 1 })));
      await helper.status('i', good);
      const caught = helper.collect('caught');
      plug(false);
      const [lost] = await caught.atLeast(1);
      assert.match((lost!['error'] as Error).message, /^button: .*usb-buttons|gpiochip\d+ is gone/);
      assert.equal(plant().inputs.get('button')?.level, null);
      plug(true);
      const device = readFileSync(`${folder}/dev_name`, 'utf8').trim();
      const chip = readFileSync(`${folder}/bank0/chip_name`, 'utf8').trim();
      writeFileSync(join('/sys/devices/platform', device, chip, 'sim_gpio1/pull'), 'pull-up');
      await helper.status('i', good);
      await helper.send('i', { payload: '?' });
      assert.equal(plant().inputs.get('button')?.level, true);
    } finally {
      await helper.unload();
      plug(false);
      rmdirSync(`${folder}/bank0`);
      rmdirSync(folder);
    }
  });

  it('verifies a relay as its contact', async () => {
    const contact = { input: 'button', within: 3000 };
    const board = {
      id: 'b',
      type: 'factory-board',
      name: 'Cabinet',
      plant: 'p',
      driver: 'chardev',
      chip: CHIP,
      channels: [{ id: 'motor', line: 4, contact }],
    };
    const relay = {
      id: 'r',
      ...at,
      type: 'factory-relay',
      plant: 'p',
      relay: 'motor',
      wires: [['state'], ['result']],
    };
    const ends = ['state', 'result'].map((id) => ({ id, ...at, type: 'helper' }));
    await helper.load(TYPES, flow(board, input(), relay, ...ends));
    await helper.status('i', good);
    await helper.status('r', good);
    const results = helper.collect('result');
    const states = helper.collect('state');
    void helper.send('r', { payload: 'on' });
    await states.atLeast(1);
    assert.equal(level(4), true);
    assert.equal(results.messages.length, 0, 'nobody says that it is on before its contact does');
    pull(BUTTON, true);
    const [{ payload: on }] = (await results.atLeast(1)) as [{ payload: Record<string, unknown> }];
    assert.deepEqual([on['code'], on['state'], on['verified']], ['done', true, 'contact']);
    // The contact is welded.
    await helper.send('r', { payload: 'off' });
    const [, { payload: off }] = (await results.atLeast(2)) as [
      unknown,
      { payload: Record<string, unknown> },
    ];
    assert.deepEqual([off['code'], off['state'], level(4)], ['readback-mismatch', false, false]);
    assert.match(String(off['reason']), /contact "button" shows it on/);
    assert.equal(plant().relays.get('motor')?.fault?.code, 'contact');
    // A board that is removed holds no lines, one that is only closed does.
    await helper.redeploy(flow());
    assert.equal(openRequests(), 0);
  });
});
