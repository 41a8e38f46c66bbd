import assert from 'node:assert/strict';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import type { InputState } from '../../../lib/inputs/input.ts';
import { problemsOf, type Judged, type Problem } from '../../../lib/plant/health.ts';
import { Plant } from '../../../lib/plant/plant.ts';
import { UNREAD } from '../../../lib/relays/past.ts';
import type { RelayRecord } from '../../../lib/relays/relay.ts';
import { MemoryStore } from '../../../lib/store/memory.ts';

const AT = '2026-01-01T00:00:00.000Z';
const relay = (more: Partial<RelayRecord>): RelayRecord => ({
  id: 'pump',
  name: 'Pump',
  state: false,
  verified: 'line',
  board: 'hall',
  available: true,
  simulated: false,
  rev: 1,
  changed: AT,
  by: null,
  ...more,
});
const input = (more: Partial<InputState>): InputState => ({
  id: 'door',
  level: null,
  quality: 'good',
  since: AT,
  ...more,
});

describe('problems of a plant', () => {
  let plant: Plant;
  let clock: FakeClock;
  beforeEach(async () => {
    clock = new FakeClock();
    plant = new Plant({ name: '', clock, store: new MemoryStore() });
    await plant.ready;
  });
  afterEach(() => plant.close());

  const found = (more: Partial<Judged>): Problem[] =>
    problemsOf({
      relays: plant.relays,
      inputs: plant.inputs,
      devices: plant.devices,
      suspicion: undefined,
      failed: plant.failed,
      ...more,
    });
  const ofRelays = (...records: Partial<RelayRecord>[]): Problem[] =>
    found({ relays: { list: () => records.map(relay) } });
  const ofInputs = (...records: Partial<InputState>[]): Problem[] =>
    found({ inputs: { list: () => records.map(input) } });

  it('has none where all is well, and where people have relays in hand or locked out', () => {
    plant.devices.write({ id: 'a', value: 1 });
    assert.deepEqual(found({}), []);
    assert.deepEqual(
      ofRelays(
        { hand: { by: 'sara', since: AT } },
        { id: 'fan', locked: { by: 'sara', since: AT, why: 'repair' } },
        { id: 'lamp', forced: { by: 'sara', since: AT, state: true, until: AT } },
      ),
      [],
    );
  });

  it('names a board once where none of its relays is available', () => {
    const lost = { available: false, state: null, reason: 'the broker does not answer' };
    assert.deepEqual(ofRelays(lost, { ...lost, id: 'fan' }, { id: 'lamp', board: 'yard' }), [
      { what: 'board', id: 'hall', reason: 'the broker does not answer' },
    ]);
    assert.deepEqual(ofRelays(lost, { id: 'fan' }), [
      { what: 'relay', id: 'pump', reason: 'the broker does not answer' },
    ]);
  });

  it('names relays that have tripped or have a fault', () => {
    const fault = { code: 'readback-mismatch', since: AT, reason: 'the line is on' } as const;
    assert.deepEqual(
      ofRelays({ tripped: { by: 'tank', since: AT, reason: 'tank empty' } }, { id: 'fan', fault }),
      [
        { what: 'relay', id: 'pump', reason: 'tripped: tank empty' },
        { what: 'relay', id: 'fan', reason: 'the line is on' },
      ],
    );
  });

  it('says why relays are held at a start, until the last of them is unlocked', () => {
    const locked = { by: 'safe-mode', since: AT, why: 'died 3 times' };
    assert.deepEqual(ofRelays({ locked }, { id: 'fan', locked }, { id: 'lamp' }), [
      { what: 'safe-mode', reason: 'died 3 times' },
    ]);
    assert.deepEqual(ofRelays({ locked: { ...locked, by: UNREAD, why: 'the file is damaged' } }), [
      { what: 'safe-mode', reason: 'the file is damaged' },
    ]);
  });

  it('names inputs that are lost, and none that waits for its first reading', () => {
    assert.deepEqual(ofInputs({ quality: 'bad' }, { quality: 'uncertain', reason: 'replayed' }), []);
    assert.deepEqual(ofInputs({ quality: 'bad', reason: 'the line is gone' }), [
      { what: 'input', id: 'door', reason: 'the line is gone' },
    ]);
  });

  it('names devices that are silent, say that they are wrong, or have a bad value', () => {
    plant.devices.write({ id: 'well', value: 1 });
    plant.devices.write({ id: 'new' });
    plant.devices.write({ id: 'wrong', value: 1, status: 'error' });
    plant.devices.write({ id: 'bad', value: 1, quality: 'bad', reason: 'no probe' });
    plant.devices.write({ id: 'gone', value: 1, presence: 'offline' });
    assert.deepEqual(
      found({}).map(({ what, id }) => [what, id]),
      ['wrong', 'bad', 'gone'].map((id) => ['device', id]),
    );
    assert.match(found({})[1]!.reason, /bad: no probe/);
    assert.match(found({})[2]!.reason, /^offline/);
  });

  it('has the clock, and boards that do not run at all', () => {
    clock.jump(-86_400_000 * 400);
    plant.failed.set('b', { what: 'board', id: 'yard', reason: 'two relays have one id' });
    assert.deepEqual(
      problemsOf(plant).map(({ what }) => what),
      ['clock', 'board'],
    );
  });
});
