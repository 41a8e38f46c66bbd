import assert from 'node:assert/strict';
import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import registerChanges from '../../nodes/factory-changes/factory-changes.ts';
import registerPlant from '../../nodes/factory-plant/factory-plant.ts';
import * as helper from './helper.ts';

const { events } = createRequire(import.meta.url)('@node-red/util') as { events: EventEmitter };

describe('many nodes', () => {
  before(helper.start);
  after(helper.stop);
  afterEach(helper.unload);

  const flow = (count: number): helper.FlowNode[] => [
    { id: 'tab', type: 'tab' },
    { id: 'p', type: 'factory-plant', name: '', storage: 'memory', file: '' },
    ...Array.from({ length: count }, (_, index) => ({
      id: `c${index}`,
      type: 'factory-changes',
      z: 'tab',
      x: 0,
      y: 0,
      plant: 'p',
      subject: 'both',
      wires: [[]],
    })),
  ];

  it("listen to Node-RED's events as one, of which it would warn otherwise", async () => {
    await helper.load([registerPlant, registerChanges], flow(1));
    const before = events.listenerCount('flows:started');
    await helper.redeploy(flow(50));
    await helper.status('c49');
    assert.equal(events.listenerCount('flows:started'), before);
  });
});
