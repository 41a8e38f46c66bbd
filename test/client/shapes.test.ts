import assert from 'node:assert/strict';
import { readDevice, readDevices, readRelays, readResult, readStats, same } from '../../client/shapes.ts';
import type { Relay } from '../../client/types.ts';
import { device, STATS } from './serving.ts';

describe('what the browser client makes of a payload', () => {
  it('is a device with all that the types promise', () => {
    const whole = device('a', 1, { quality: 'good', attributes: { area: 'B' }, rev: 7 });
    assert.deepEqual(readDevice(whole), whole);
    assert.deepEqual(
      readDevice({ id: 'a', name: 5, value: {}, status: 'fine', unit: null, quality: 1, attributes: 'no' }),
      { id: 'a', name: 'a', type: '', value: null, unit: '', status: 'error', last_update: '' },
    );
  });

  it('is no device without an id', () => {
    const entries = [null, 5, 'x', [], {}, { id: 5 }, { id: '' }, { id: '__proto__' }, { id: 'constructor' }];
    assert.deepEqual(Array.from(readDevices({ devices: entries })!.keys()), ['__proto__', 'constructor']);
    for (const payload of [null, 5, [], {}, { devices: {} }, { devices: 'x' }])
      assert.equal(readDevices(payload), undefined);
  });

  it('is the relays, from the plain booleans where there is nothing better', () => {
    const payload = JSON.parse('{"relays": {"r": true, "__proto__": false, "x": "on", "": true}}') as unknown;
    const plain = { available: true, simulated: false };
    assert.deepEqual(Array.from(readRelays(payload)!.values()), [
      { id: 'r', name: 'r', state: true, ...plain },
      { id: '__proto__', name: '__proto__', state: false, ...plain },
    ]);
    const info = [
      { id: 'r', name: 'Pump', state: true, available: true, simulated: true, board: 'b1' },
      { id: 's', name: 'Fan', state: 'on', available: false, reason: 'no board', simulated: 1 },
      { name: 'nothing' },
      { id: 't', state: false },
    ];
    assert.deepEqual(Array.from(readRelays({ relays: { u: true, t: true, r: false }, info })!.values()), [
      info[0],
      { ...info[1], state: null, simulated: false },
      { id: 't', name: 't', state: false, ...plain },
      { id: 'u', name: 'u', state: true, ...plain },
    ]);
  });

  it('is who has forced a relay and what is wrong with it, where that is whole', () => {
    const forced = { by: 'ada', since: 'then', state: true, until: 'later', why: 'wiring' };
    const fault = { code: 'readback-mismatch', since: 'then', reason: 'reads off' };
    const read = (part: object): Relay =>
      readRelays({ info: [{ id: 'r', state: false, ...part }] })!.get('r')!;
    assert.deepEqual(read({ forced, fault }).forced, forced);
    assert.deepEqual(read({ forced, fault }).fault, fault);
    for (const wrong of [5, {}, { ...forced, state: 'on' }, { ...forced, until: 5 }, { ...forced, by: 5 }])
      assert.equal('forced' in read({ forced: wrong }), false);
    assert.deepEqual(read({ fault: { reason: 5 } }).fault, { code: '', since: '', reason: '' });
    assert.equal('fault' in read({ fault: 'broken' }), false);
  });

  it('is what has tripped a relay, where that says by whom and since when', () => {
    const tripped = { by: 'tank', since: 'then', reason: 'tank empty' };
    const read = (part: object): Relay =>
      readRelays({ info: [{ id: 'r', state: false, ...part }] })!.get('r')!;
    assert.deepEqual(read({ tripped }).tripped, tripped);
    assert.deepEqual(read({ tripped: { ...tripped, reason: 5 } }).tripped, { ...tripped, reason: '' });
    assert.deepEqual(read({ tripped: { ...tripped, causes: ['tank', 5] } }).tripped?.causes, ['tank']);
    for (const causes of [[], 'tank', [5], null])
      assert.deepEqual(read({ tripped: { ...tripped, causes } }).tripped, tripped);
    for (const wrong of [true, {}, { ...tripped, by: 5 }, { ...tripped, since: null }])
      assert.equal('tripped' in read({ tripped: wrong }), false);
  });

  it('is no relays where they are not available, and nothing where it does not say', () => {
    assert.equal(readRelays({ error: 'no board' })?.size, 0);
    assert.equal(readRelays({ error: 'no board', info: [{ id: 'r' }] })?.get('r')?.available, false);
    for (const payload of [null, 5, [], {}, { relays: 7 }, { error: 1 }])
      assert.equal(readRelays(payload), undefined);
  });

  it('is statistics where all parts are there', () => {
    assert.deepEqual(readStats(STATS), STATS);
    assert.equal(readStats({ ...STATS, temperature: 5 })?.temperature, null);
    for (const part of Object.keys(STATS).filter((name) => name !== 'temperature'))
      assert.equal(readStats({ ...STATS, [part]: null }), undefined, part);
  });

  it('is a result that says yes or no', () => {
    const yes = { id: '1', ok: true, code: 'unchanged', relay: 'r', state: true, simulated: true };
    assert.deepEqual(readResult('r', { ...yes, rev: 5, reason: 'none' }), yes);
    assert.deepEqual(readResult('r', { ok: false, error: 'no' }), {
      ok: false,
      code: 'unexpected',
      relay: 'r',
      state: null,
      reason: 'no',
    });
    for (const answer of [null, 5, 'ok', [], {}, { ok: 'true' }])
      assert.equal(readResult('r', answer), undefined);
  });

  it('is compared by what it says', () => {
    assert.ok(same({ a: [1, { b: NaN }] }, { a: [1, { b: NaN }] }));
    const different: [unknown, unknown][] = [
      [{ a: 1 }, { a: 1, b: 2 }],
      [{ a: undefined }, { b: undefined }],
      [[1], { 0: 1 }],
      [{}, null],
      [
        [1, 2],
        [2, 1],
      ],
    ];
    for (const [a, b] of different) assert.ok(!same(a, b));
    let [deep, deeper]: unknown[] = [1, 1];
    for (let i = 0; i < 100_000; i++) [deep, deeper] = [[deep], [deeper]];
    assert.equal(same(deep, deeper), false);
  });
});
