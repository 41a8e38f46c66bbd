import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { Plant } from '../../lib/plant/plant.ts';
import { newCommand } from '../../lib/relays/command.ts';
import type { Result } from '../../lib/relays/relay.ts';
import { root, startNodeRed, VERSIONS, type FlowNode, type NodeRed, type Version } from './harness.ts';

const PULSE_MS = 1500;

for (const version of Object.keys(VERSIONS).map(Number) as Version[]) {
  describe(`a pulse while flows do not run, Node-RED ${version}`, function () {
    this.timeout(30_000);
    let red: NodeRed;
    let pins: () => ReadonlyMap<number, boolean>;
    const nodes: FlowNode[] = [
      { id: 'p', type: 'factory-plant', name: '', storage: 'sqlite', file: '' },
      {
        id: 'stopped-board',
        type: 'factory-board',
        name: 'Cabinet',
        plant: 'p',
        driver: 'simulated',
        channels: [{ id: 'pump', line: 4, start: 'hold' }],
      },
    ];

    beforeEach(async () => {
      // The package as it is built has simulated pins of its own.
      const built = pathToFileURL(join(root, 'dist/lib/gpio/simulated.js')).href;
      const { simulatedPins } = (await import(built)) as typeof import('../../lib/gpio/simulated.ts');
      pins = () => simulatedPins('stopped-board');
      red = await startNodeRed({ version, settings: { runtimeState: { enabled: true, ui: true } } });
      await red.deploy(nodes);
      await known(false);
    });
    afterEach(async () => {
      await red.deploy([]);
      await red.stop();
    });

    const plant = (): Plant =>
      (red.RED as unknown as { nodes: { getNode(id: string): { plant: Plant } } }).nodes.getNode('p').plant;
    const known = async (state: boolean): Promise<void> => {
      while (plant().relays.get('pump')?.state !== state) await delay(10);
    };
    const setState = (state: 'start' | 'stop'): Promise<unknown> =>
      (red.RED.runtime.flows as unknown as { setState(to: object): Promise<unknown> }).setState({ state });
    const switchOn = (): Promise<Result> =>
      plant().relays.command(
        newCommand(
          { action: 'on', for: PULSE_MS, relay: 'pump', by: 'ada', from: 'test', owner: 'hand' },
          plant().clock,
        ),
      );
    /** Resolves when the output is off: how long after `since` that was. */
    const off = async (since: number): Promise<number> => {
      while (pins().get(4) !== false) await delay(5);
      return performance.now() - since;
    };

    it('ends at its time after Stop flows, which the audit says once they are started', async () => {
      const since = performance.now();
      assert.equal((await switchOn()).code, 'done');
      await setState('stop');
      assert.equal(pins().get(4), true, 'stopping moves nothing');
      const after = await off(since);
      assert.ok(after > PULSE_MS - 50 && after < PULSE_MS + 3000, `off after ${after} ms`);
      const until = new Date(Date.now()).toISOString();
      await delay(20);
      await setState('start');
      await known(false);
      const { entries } = await plant().audit.read({ relay: 'pump', by: 'pulse' });
      assert.equal(entries.length, 1);
      assert.ok(String(entries[0]!['at']) <= until, 'with the time at which it was');
    });

    it('ends at its time where the flows cannot start', async () => {
      const since = performance.now();
      assert.equal((await switchOn()).code, 'done');
      const missing = { id: 'x', type: 'no-such-node', z: 't', x: 0, y: 0, wires: [] };
      const flows = structuredClone([...nodes, { id: 't', type: 'tab', label: 't' }, missing]);
      await red.RED.runtime.flows.setFlows({ flows: { flows }, deploymentType: 'full' } as never);
      const after = await off(since);
      assert.ok(after > PULSE_MS - 50 && after < PULSE_MS + 3000, `off after ${after} ms`);
    });
  });
}
