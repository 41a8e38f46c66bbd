import assert from 'node:assert/strict';
import { once } from 'node:events';
import { digest, newSecret } from '../../lib/access/secret.ts';
import { request } from './clients.ts';
import { startNodeRed, VERSIONS, type FlowNode, type NodeRed, type Version } from './harness.ts';

const token = newSecret('token');
const people = [{ id: 'panel', kind: 'token', name: 'panel', role: 'viewer' }];
const secrets = JSON.stringify({ panel: digest(token) });
const flows: FlowNode[] = [
  { id: 'f', type: 'tab' },
  { id: 'p', type: 'factory-plant', name: '', storage: 'memory', file: '' },
  { id: 'a', type: 'factory-access', name: '', plant: 'p', people },
];
const withSecrets = flows.map((node) =>
  node.type === 'factory-access' ? { ...node, credentials: { secrets } } : node,
);

for (const version of Object.keys(VERSIONS).map(Number) as Version[]) {
  describe(`access of flows that do not run, in Node-RED ${version}`, function () {
    this.timeout(30_000);
    let red: NodeRed;
    before(async () => {
      red = await startNodeRed({ version, settings: { runtimeState: { enabled: true, ui: false } } });
    });
    after(() => red.stop());
    beforeEach(() => red.deploy(withSecrets));

    const session = async (headers?: Record<string, string>): Promise<number> =>
      (await request(`${red.url}/factory-iot/session`, { headers: headers ?? {} })).status;
    const counts = async (): Promise<void> => {
      assert.equal(await session(), 401);
      assert.equal(await session({ authorization: `Bearer ${token}` }), 200);
    };
    /** Deploys without waiting for a start, which may not come. */
    const set = async (nodes: readonly FlowNode[]): Promise<void> => {
      const deployed = new Promise<void>((resolve) => {
        const hear = ({ id }: { id: string }): void => {
          if (id !== 'runtime-deploy') return;
          red.RED.events.removeListener('runtime-event', hear);
          resolve();
        };
        red.RED.events.on('runtime-event', hear);
      });
      await red.RED.runtime.flows.setFlows({
        flows: { flows: structuredClone(nodes) },
        deploymentType: 'full',
      } as never);
      await deployed;
    };
    const setState = (state: 'start' | 'stop'): Promise<unknown> =>
      (red.RED.runtime.flows as unknown as { setState(to: object): Promise<unknown> }).setState({ state });

    it('counts while the flows are stopped, and follows what is deployed meanwhile', async () => {
      await setState('stop');
      await counts();
      await set([...flows, { id: 'f2', type: 'tab' }]);
      await counts();
      await set(flows.filter(({ type }) => type !== 'factory-access'));
      assert.equal(await session(), 200, 'removed by who may deploy');
      await set(withSecrets);
      await counts();
      const started = once(red.RED.events, 'flows:started');
      await setState('start');
      await started;
      await counts();
    });

    it('counts where a type is missing, be it at the deploy or later', async () => {
      await set([...flows, { id: 'x', type: 'not-installed', z: 'f', wires: [] }]);
      await counts();
      await red.deploy(flows);
      await counts();
    });

    it('counts on a disabled tab, and not where the node itself is disabled', async () => {
      await red.deploy(
        flows.map((node) =>
          node.type === 'tab'
            ? { ...node, disabled: true }
            : node.type === 'factory-access'
              ? { ...node, z: 'f' }
              : node,
        ),
      );
      await counts();
      await red.deploy(flows.map((node) => (node.type === 'factory-access' ? { ...node, d: true } : node)));
      assert.equal(await session(), 200);
    });
  });
}
