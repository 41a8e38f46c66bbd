import assert from 'node:assert/strict';
import type { Update } from '../../lib/live/protocol.ts';
import { SILENT } from '../../lib/live/sources.ts';
import { connect, request, type Client } from './clients.ts';
import { deployQuiet, quietFlow } from './core-flow.ts';
import { startNodeRed, type FlowNode, type NodeRed } from './harness.ts';

/** A relay node on another tab, which goes on working while the core's tab is disabled. */
const OTHER: readonly FlowNode[] = [
  { id: 'other', type: 'tab', label: 'other' },
  {
    id: 'switch',
    type: 'factory-relay',
    z: 'other',
    x: 0,
    y: 0,
    name: '',
    plant: 'factory-iot-plant',
    relay: 'relay1',
    byTopic: false,
    trustDashboards: false,
    wires: [[], []],
  },
];

const without = (flow: readonly FlowNode[], change: (node: FlowNode) => FlowNode | undefined): FlowNode[] =>
  flow.flatMap((node) => change(node) ?? []);

describe('the bundled flow, part of which is disabled', function () {
  this.timeout(60_000);
  let red: NodeRed;
  let client: Client;
  before(async () => {
    red = await startNodeRed();
  });
  beforeEach(async () => {
    await deployQuiet(red);
    await red.deploy([...quietFlow(), ...OTHER], 'nodes');
    client = await connect(red.url, 'websocket');
  });
  afterEach(() => client.close());
  after(() => red.stop());

  async function switchOn(): Promise<void> {
    const { nodes } = red.RED as unknown as {
      nodes: { getNode(id: string): { receive(message: object): void } };
    };
    nodes.getNode('switch').receive({ payload: 'toggle' });
  }
  async function requested(): Promise<Record<string, unknown>> {
    const told = client.next('relays_update');
    client.socket.emit('request_relays');
    return told;
  }

  const DISABLED: readonly [string, (node: FlowNode) => FlowNode | undefined][] = [
    ['its tab', (node) => (node.id === 'factory-iot-tab' ? { ...node, disabled: true } : node)],
    ['plant changes', (node) => (node.type === 'factory-changes' ? { ...node, d: true } : node)],
    ['live push', (node) => (node.type === 'factory-push' ? { ...node, d: true } : node)],
    ['plant changes, which is removed', (node) => (node.type === 'factory-changes' ? undefined : node)],
  ];
  for (const [what, change] of DISABLED) {
    it(`says that nothing tells of the relays any more: ${what}`, async () => {
      const live = await connect(red.url, 'websocket', { auth: { protocol: 2 } });
      const told = client.next<{ error?: string }>('relays_update', ({ error }) => error !== undefined);
      const update = live.next<Update>(
        'plant_update',
        (one) => one.kind === 'changes' && one.changes.some(([topic]) => topic === 'relays/relay1'),
      );
      await red.deploy([...without(quietFlow(), change), ...OTHER], 'nodes');
      assert.match((await told).error!, /^relays are not available: nothing tells of it any more$/);
      const one = await update;
      const relay = one.kind === 'changes' && one.changes.find(([topic]) => topic === 'relays/relay1')![1];
      assert.deepEqual(
        { ...(relay as object) },
        { ...(relay as object), state: null, available: false, reason: SILENT },
      );
      await switchOn();
      assert.match(String((await requested())['error']), /nothing tells/);
      if (what !== 'its tab') {
        assert.equal((await request(`${red.url}/api/relays`)).status, 501);
        const { body } = await request(`${red.url}/api/devices/sensor_001`);
        assert.deepEqual([body['quality'], body['status'], body['reason']], ['bad', 'inactive', SILENT]);
      }
      // And back, as it is by now.
      const back = client.next<{ relays?: object }>('relays_update', ({ relays }) => relays !== undefined);
      await red.deploy([...quietFlow(), ...OTHER], 'nodes');
      await back;
      live.close();
    });
  }

  it('has no statistics any more where nothing takes them', async () => {
    const change = (node: FlowNode): FlowNode | undefined =>
      node.type === 'factory-stats' ? undefined : node;
    assert.equal((await request(`${red.url}/api/system/stats`)).status, 200);
    const live = await connect(red.url, 'websocket', { auth: { protocol: 2 } });
    const update = live.next<Update>(
      'plant_update',
      (one) =>
        one.kind === 'changes' &&
        one.changes.some(([topic, now]) => topic === 'system/stats' && now === null),
    );
    await red.deploy([...without(quietFlow(), change), ...OTHER], 'nodes');
    await update;
    assert.equal((await request(`${red.url}/api/system/stats`)).status, 503);
    live.close();
  });

  it('takes back what a wire does not carry any more', async () => {
    const cut = (node: FlowNode): FlowNode =>
      node.type === 'factory-changes' ? { ...node, wires: [[]] } : node;
    const told = client.next<{ error?: string }>('relays_update', ({ error }) => error !== undefined);
    await red.deploy([...without(quietFlow(), cut), ...OTHER], 'nodes');
    await told;
    assert.equal((await request(`${red.url}/api/devices`)).body['count'], 0);
  });
});
