import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Message } from '../../nodes/common.ts';
import { Example } from './example.ts';
import { startNodeRed, type FlowNode, type NodeRed } from './harness.ts';
import { ModbusDevice } from './modbus-device.ts';

interface Result {
  readonly code: string;
  readonly state: boolean | null;
  readonly reason?: string;
}

describe('the Modbus example, with a real Modbus TCP server', function () {
  this.timeout(30_000);
  let red: NodeRed;
  let device: ModbusDevice;
  let example: Example;
  let nodesDir: string;
  before(async () => {
    nodesDir = mkdtempSync(join(tmpdir(), 'factory-iot-modbus-'));
    const types = ['modbus-client', 'modbus-read', 'modbus-flex-write'];
    const code = join(import.meta.dirname, 'modbus-nodes.ts');
    writeFileSync(
      join(nodesDir, 'modbus.js'),
      `module.exports = (RED) => require(${JSON.stringify(code)}).default(RED);\n`,
    );
    writeFileSync(
      join(nodesDir, 'modbus.html'),
      types.map((type) => `<script type="text/html" data-template-name="${type}"></script>\n`).join(''),
    );
    red = await startNodeRed({ settings: { nodesDir } });
  });
  after(async () => {
    await red?.stop();
    rmSync(nodesDir, { recursive: true, force: true });
  });
  beforeEach(async () => {
    device = await ModbusDevice.start();
  });
  afterEach(async () => {
    example.close();
    // A board that is removed is forgotten, so that the next test starts anew.
    await red.deploy([{ id: 'empty', type: 'tab', label: 'empty' }]);
    await device.unplug();
  });

  /** The same in a hurry, with this device. */
  function adapt(node: FlowNode): FlowNode {
    if (node.type === 'modbus-client')
      return { ...node, tcpPort: String(device.port), reconnectTimeout: '50' };
    if (node.type === 'modbus-read') return { ...node, rate: '50' };
    return node.type === 'factory-board' ? { ...node, staleAfter: 500 } : node;
  }
  const deploy = async (more: (node: FlowNode) => FlowNode = (node) => node): Promise<void> => {
    example = await Example.deploy(red, 'modbus', (node) => more(adapt(node)));
  };
  const states = (): Message[] => example.messages('state');
  const state = (relay: string, is: boolean, from = 0): Promise<Message> =>
    example.got(
      'state',
      (message) => message.topic === relay && message.payload === is && states().indexOf(message) >= from,
    );
  const ask = async (button: string): Promise<Result> =>
    (await example.ask(button, 'result')).payload as Result;

  it('finds coils as they are, writes one alone, and is done when the poll shows it', async () => {
    device.set(1, true);
    await deploy();
    await Promise.all([state('pump', false), state('fan', true)]);
    assert.deepEqual(device.written, []);
    const { code, state: is } = await ask('pump-on');
    assert.deepEqual([code, is, device.coil(0), device.coil(1)], ['done', true, true, true]);
    assert.equal((await ask('fan-toggle')).state, false);
    assert.deepEqual(device.written, [
      [0, true],
      [1, false],
    ]);
  });

  it('shows what somebody does at the device', async () => {
    await deploy();
    await state('fan', false);
    device.set(1, true);
    await state('fan', true);
    assert.equal((await ask('fan-toggle')).code, 'done');
    assert.equal(device.coil(1), false);
  });

  it('is unavailable while the device is away, and carries nothing out later', async () => {
    await deploy();
    await Promise.all([state('pump', false), state('fan', false)]);
    await ask('fan-toggle');
    await device.unplug();
    const { code, reason } = await ask('pump-on');
    assert.equal(code, 'unavailable');
    // The driver of the far end may have noticed by then, or not.
    assert.match(reason!, /no read-back of line 0|the far end failed/);
    const from = states().length;
    await device.plugIn();
    await Promise.all([state('pump', false, from), state('fan', true, from)]);
    assert.deepEqual(device.written, [[1, true]]);
    assert.equal((await ask('pump-on')).code, 'done');
  });

  it('is unavailable with the reason of the device where that refuses the poll', async () => {
    await deploy((node) => (node.type === 'modbus-read' ? { ...node, adr: '100' } : node));
    await example.got('io', ({ error }) => error !== undefined);
    const { code, reason } = await ask('pump-on');
    assert.equal(code, 'unavailable');
    assert.match(reason!, /the far end failed: .*(exception|address)/i);
  });

  it('is unavailable with the reason of the device where that refuses a write', async () => {
    // No coil 12 is there to be written, whatever the poll says.
    await deploy((node) =>
      node.id === 'ex-modbus-coil' ? { ...node, rules: rules(node, 'factory.line', '12') } : node,
    );
    await state('pump', false);
    const { code, reason } = await ask('pump-on');
    assert.equal(code, 'unavailable');
    assert.match(reason!, /the far end failed: .*(exception|address)/i);
    assert.deepEqual(device.written, []);
  });
});

function rules({ rules: all }: FlowNode, text: string, by: string): unknown {
  return (all as { to: string }[]).map((rule) => ({ ...rule, to: rule.to.replace(text, by) }));
}
