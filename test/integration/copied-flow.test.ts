import assert from 'node:assert/strict';
import { connect, request, TRANSPORTS } from './clients.ts';
import { deployQuiet, quietFlow } from './core-flow.ts';
import { startNodeRed, type FlowNode, type NodeRed } from './harness.ts';

/** The flow with all nodes of its tab a second time, as *Import copy* makes them: configuration nodes are shared. */
function withCopy(flow: readonly FlowNode[]): FlowNode[] {
  const copied = new Set(flow.filter(({ type, z }) => type === 'tab' || z !== undefined).map(({ id }) => id));
  const nameOf = (id: unknown): unknown => (copied.has(id as string) ? `copy-${String(id)}` : id);
  const copies = flow
    .filter(({ id }) => copied.has(id))
    .map((node) => ({
      ...node,
      id: nameOf(node.id) as string,
      ...(node['z'] !== undefined && { z: nameOf(node['z']) }),
      ...(node['g'] !== undefined && { g: nameOf(node['g']) }),
      ...(Array.isArray(node['nodes']) && { nodes: node['nodes'].map(nameOf) }),
      ...(Array.isArray(node['links']) && { links: node['links'].map(nameOf) }),
      ...(Array.isArray(node['wires']) && {
        wires: (node['wires'] as unknown[][]).map((ends) => ends.map(nameOf)),
      }),
    }));
  return [...flow, ...copies];
}

describe('a copy of the bundled flow beside the original', function () {
  this.timeout(60_000);
  let red: NodeRed;
  before(async () => {
    red = await startNodeRed();
    await deployQuiet(red);
    await red.deploy(withCopy(quietFlow()), 'nodes');
  });
  after(() => red.stop());

  for (const transport of TRANSPORTS) {
    it(`moves a relay once for a toggle without an id over ${transport}`, async () => {
      const before = (await request(`${red.url}/api/relays`)).body as unknown as Relays;
      const client = await connect(red.url, transport);
      const answer = (await client.socket
        .timeout(5000)
        .emitWithAck('command', { relay: 'relay1', action: 'toggle' })) as Record<string, unknown>;
      const after = (await request(`${red.url}/api/relays`)).body as unknown as Relays;
      client.close();
      const [was, is] = [before, after].map(({ info }) => info.find(({ id }) => id === 'relay1')!);
      assert.equal(answer['ok'], true);
      assert.equal(is!.state, !was!.state);
      assert.equal(is!.rev, was!.rev + 1);
      assert.equal(answer['state'], is!.state);
    });
  }

  it('answers HTTP as before', async () => {
    const { status, body } = await request(`${red.url}/api/relays/relay2`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ action: 'on' }),
    });
    assert.deepEqual([status, body['state']], [200, true]);
  });

  it('answers HTTP whichever of the two flows has the request', async () => {
    // Routes of nodes that are deployed anew are behind the others.
    const moved = (node: FlowNode): FlowNode =>
      node.type === 'http in' && node.id.startsWith('copy-') ? { ...node, name: 'mine' } : node;
    await red.deploy(withCopy(quietFlow()).map(moved), 'nodes');
    const { status, body } = await request(`${red.url}/api/relays`);
    assert.deepEqual([status, Object.keys(body)], [200, ['relays', 'info']]);
  });

  it('says in the log that clients are heard twice', () => {
    assert.ok(red.log.some((line) => /Another live clients node hears this live server already/.test(line)));
  });
});

interface Relays {
  readonly info: readonly { readonly id: string; readonly state: boolean; readonly rev: number }[];
}
