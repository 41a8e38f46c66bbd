import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from './clients.ts';
import { deployQuiet, quietFlow } from './core-flow.ts';
import { startNodeRed, VERSIONS, type NodeRed, type Version } from './harness.ts';

/** Part of Node-RED that its types do not know. */
interface Stoppable {
  setState(options: { state: 'start' | 'stop' }): Promise<unknown>;
}

for (const version of Object.keys(VERSIONS).map(Number) as Version[]) {
  describe(`flows of Node-RED ${version} that do not run`, function () {
    this.timeout(60_000);
    let red: NodeRed;
    beforeEach(async () => {
      red = await startNodeRed({ version, settings: { runtimeState: { enabled: true } } });
      await deployQuiet(red);
    });
    afterEach(() => red.stop());
    const set = (state: 'start' | 'stop'): Promise<unknown> =>
      (red.RED.runtime.flows as unknown as Stoppable).setState({ state });

    async function refused(): Promise<string[]> {
      const reasons: string[] = [];
      for (const path of ['/socket.io/?EIO=4&transport=polling', '/api/relays', '/api/devices/sensor_001']) {
        const { status, body } = await request(`${red.url}${path}`);
        assert.deepEqual([status, body['code']], [503, 'unavailable'], path);
        reasons.push(String(body['reason']));
      }
      return reasons;
    }

    it('say that they are stopped, and answer again once they are started', async () => {
      await set('stop');
      assert.deepEqual(new Set(await refused()), new Set(['the flows of Node-RED are stopped']));
      const started = once(red.RED.events, 'flows:started');
      await set('start');
      await started;
      assert.equal((await request(`${red.url}/api/devices`)).status, 200);
    });

    it('say that they cannot start where node types are missing', async () => {
      const stuck = new Promise<void>((resolve) => {
        red.RED.events.on('runtime-event', ({ payload }: { payload?: { error?: string } }) => {
          if (payload?.error === 'missing-types') resolve();
        });
      });
      const flows = [
        ...quietFlow(),
        { id: 'x', type: 'no such node', z: 'factory-iot-tab', x: 0, y: 0, wires: [] },
      ];
      await red.RED.runtime.flows.setFlows({ flows: { flows }, deploymentType: 'full' } as never);
      await stuck;
      const reason = 'the flows of Node-RED cannot start; its editor says why';
      assert.deepEqual(new Set(await refused()), new Set([reason]));
    });
  });
}
