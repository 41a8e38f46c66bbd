import assert from 'node:assert/strict';
import { Emitter } from '../../client/emitter.ts';
import { PlantState } from '../../client/plant-state.ts';
import type { ClientEvents, Stats } from '../../client/types.ts';
import { STATS } from './serving.ts';

describe('what the browser client knows of the plant', () => {
  let state: PlantState;
  let told: (Stats | null)[];
  beforeEach(() => {
    const events = new Emitter<ClientEvents>();
    state = new PlantState(events);
    told = [];
    events.on('stats', (stats) => told.push(stats));
    state.hearState([['system/stats', STATS]]);
  });

  it('has no statistics any more once the server has none', () => {
    assert.ok(state.stats);
    state.hearChanges([['system/stats', null]], [], 0);
    assert.deepEqual([state.stats, told.length, told[1]], [null, 2, null]);
    state.hearChanges([['system/stats', null]], [], 0);
    assert.equal(told.length, 2, 'and says so once');
  });

  it('has none that a snapshot does not have', () => {
    state.hearState([]);
    assert.equal(state.stats, null);
  });
});
