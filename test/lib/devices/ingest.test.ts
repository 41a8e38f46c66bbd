import assert from 'node:assert/strict';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { declare } from '../../../lib/devices/declare.ts';
import type { DeviceRecord } from '../../../lib/devices/device.ts';
import { complaint, ingest, MAX_BATCH } from '../../../lib/devices/ingest.ts';
import type { Delivery, IdSource, Receipt } from '../../../lib/devices/ingest.ts';
import { Registry } from '../../../lib/devices/registry.ts';
import { shown } from '../../../lib/devices/shown.ts';
import { parseTopicPattern } from '../../../lib/devices/topic-pattern.ts';

describe('what a message writes', () => {
  let registry: Registry;
  beforeEach(() => {
    registry = new Registry(new FakeClock());
  });

  const write = (source: IdSource, delivery: Delivery): Receipt => ingest(registry, source, delivery);
  const areas: IdSource = { pattern: parseTopicPattern('plant/{area}/{id}') };
  const one: IdSource = { device: 'a' };

  function stored(receipt: Receipt): DeviceRecord {
    assert.deepEqual([receipt.removed, receipt.refused], [[], []]);
    assert.equal(receipt.stored.length, 1);
    return receipt.stored[0]!;
  }

  for (const value of [21.5, 0, 'running', '', true, false, null]) {
    it(`takes ${JSON.stringify(value)} as a value of the node's device`, () => {
      assert.equal(stored(write(one, { payload: value })).value, value);
      assert.equal(registry.get('a')?.value, value);
    });
  }

  it('takes an object, and hands out a copy of the record', () => {
    const payload = { id: 'b', value: 5, status: 'error', attributes: { icon: 'pump', writable: true } };
    const record = stored(write({}, { payload }));
    assert.deepEqual([record.id, record.value, record.status], ['b', 5, 'error']);
    assert.deepEqual(record.attributes, { icon: 'pump', writable: true });
    (record.attributes as Record<string, unknown>)['icon'] = 'changed';
    assert.equal(registry.get('b')?.attributes['icon'], 'pump');
    assert.deepEqual(payload.attributes, { icon: 'pump', writable: true }, 'the message is not changed');
  });

  it('adds the time and the quality of the message to what names none itself', () => {
    const delivery = { timestamp: '2025-12-31T23:59:00Z', quality: 'bad' };
    assert.equal(stored(write(one, { ...delivery, payload: 1 })).quality, 'bad');
    assert.equal(registry.get('a')?.source_time, '2025-12-31T23:59:00.000Z');
    const own = { id: 'b', value: 1, timestamp: '2025-12-31T23:58:00Z', quality: 'uncertain' };
    const receipt = write({}, { ...delivery, payload: [own, { id: 'c', value: 2 }] });
    assert.deepEqual(
      receipt.stored.map(({ source_time, quality }) => [source_time?.slice(11, 16), quality]),
      [
        ['23:58', 'uncertain'],
        ['23:59', 'bad'],
      ],
    );
    assert.equal(stored(write(one, { payload: 3, timestamp: null, quality: null })).value, 3);
  });

  it('reads a Date as its moment, and takes the value also where the timestamp can be no time', () => {
    const date = new Date('2025-12-31T23:59:00Z');
    const dated = stored(write(one, { payload: 1, timestamp: date }));
    assert.deepEqual([dated.source_time, dated.quality], [date.toISOString(), 'good']);
    const own = stored(write(one, { payload: { value: 2, timestamp: new Date(date.getTime() + 1) } }));
    assert.deepEqual([own.value, own.source_time], [2, '2025-12-31T23:59:00.001Z']);
    for (const timestamp of [{}, [1], true, 1n, new Date(NaN)]) {
      const { value, quality, reason } = stored(write(one, { payload: 3, timestamp }));
      assert.deepEqual([value, quality, reason], [3, 'uncertain', 'its timestamp is not a time']);
    }
  });

  it("takes the id from the object, else from the node, else from the topic's pattern", () => {
    assert.equal(stored(write(one, { payload: { id: 'a', value: 1 } })).id, 'a');
    assert.equal(stored(write(one, { payload: { value: 1 } })).id, 'a');
    assert.equal(stored(write(areas, { payload: 1, topic: 'plant/north/oven' })).id, 'oven');
    assert.equal(stored(write(areas, { payload: { id: 'x' }, topic: 'plant/north/oven' })).id, 'x');
    assert.equal(stored(write({ ...areas, ...one }, { payload: 1, topic: 'plant/north/oven' })).id, 'a');
  });

  it('knows the device of the node by its name in either form', () => {
    const receipt = write({ device: 'Kälte' }, { payload: { id: 'Kälte'.normalize('NFD'), value: 1 } });
    assert.equal(stored(receipt).id, 'Kälte');
  });

  it('makes attributes of the other names in the topic, below those of the object', () => {
    const topic = 'plant/north/oven';
    assert.deepEqual(stored(write(areas, { payload: 1, topic })).attributes, { area: 'north' });
    const payload = { attributes: { area: 'south', line: 2 } };
    assert.deepEqual(stored(write(areas, { payload, topic })).attributes, { area: 'south', line: 2 });
    const broken = write(areas, { payload: { attributes: 'text' }, topic });
    assert.match(broken.refused[0]!.reason, /attributes must be an object/);
  });

  it('removes, and says what was not there', () => {
    registry.write({ id: 'a', value: 1 });
    const receipt = write(
      {},
      {
        payload: [
          { id: 'a', remove: true },
          { id: 'a', remove: true },
        ],
      },
    );
    assert.deepEqual(receipt.removed, ['a']);
    assert.deepEqual(receipt.refused, [
      { id: 'a', code: 'unknown-device', reason: 'there is no device "a"' },
    ]);
    assert.equal(registry.size, 0);
    assert.equal(stored(write({}, { payload: { id: 'b', remove: false } })).id, 'b');
    assert.match(
      write({}, { payload: { id: 'b', remove: 'yes' } }).refused[0]!.reason,
      /remove must be true/,
    );
    assert.match(write({}, { payload: { id: 7, remove: true } }).refused[0]!.reason, /id must be text/);
    assert.deepEqual(write({ device: 'b' }, { payload: { remove: true } }).removed, ['b']);
  });

  const refusals: [what: string, source: IdSource, delivery: Delivery, code: string, reason: RegExp][] = [
    ['no payload', one, {}, 'invalid', /no payload/],
    ['no id', {}, { payload: 1 }, 'invalid', /no device is named.*Set the device/],
    ['a topic of another form', areas, { payload: 1, topic: 'x/y' }, 'invalid', /"x\/y" does not fit "plant/],
    ['no topic', areas, { payload: 1 }, 'invalid', /topic undefined does not fit/],
    ['a topic with no id', areas, { payload: 1, topic: 'plant/n/a b' }, 'invalid', /the id "a b" must begin/],
    ['another device', one, { payload: { id: 'b' } }, 'invalid', /writes the device "a".*names "b"/],
    ['an id that is no text', one, { payload: { id: 7 } }, 'invalid', /writes the device "a".*a number/],
    ['a buffer', one, { payload: Buffer.from('x') }, 'invalid', /not a Uint8Array/],
    ['a date', one, { payload: new Date(0) }, 'invalid', /not a Date/],
    ['a function', one, { payload: () => 1 }, 'invalid', /value must be .*not a function/],
    ['a value in an array', one, { payload: [1] }, 'invalid', /must be an object, not a number/],
    ['an array in an array', one, { payload: [[]] }, 'invalid', /not an array/],
    ['an unknown property', one, { payload: { rev: 1 } }, 'invalid', /unknown property "rev"/],
    ['a long value', one, { payload: 'x'.repeat(4097) }, 'limit', /4097 characters/],
    [
      'a __proto__ of its own',
      one,
      { payload: JSON.parse('{"__proto__":{"value":1}}') as unknown },
      'invalid',
      /unknown property "__proto__"/,
    ],
  ];
  for (const [what, source, delivery, code, reason] of refusals) {
    it(`refuses ${what}, and stores nothing`, () => {
      const { stored: none, refused } = write(source, delivery);
      assert.deepEqual([none, registry.size, refused.length], [[], 0, 1]);
      assert.equal(refused[0]?.code, code);
      assert.match(refused[0].reason, reason);
    });
  }

  it('writes the others where one is refused, and complains of the first', () => {
    const payload = [
      { id: 'a', value: 1 },
      { id: '__proto__' },
      { value: 2 },
      { id: 'b', value: {} },
      { id: 'c' },
    ];
    const receipt = write({}, { payload });
    assert.deepEqual(
      receipt.stored.map(({ id }) => id),
      ['a', 'c'],
    );
    assert.deepEqual(
      receipt.refused.map(({ id, code }) => [id, code]),
      [
        ['__proto__', 'invalid'],
        [null, 'invalid'],
        ['b', 'invalid'],
      ],
    );
    const error = complaint(receipt);
    assert.equal(error?.code, 'invalid');
    assert.equal(error.message, '3 of 5 refused: the id "__proto__" is reserved');
    assert.equal(complaint(write({}, { payload: { id: 'a' } })), undefined);
  });

  it('takes as many as it says, and refuses one more as a whole', () => {
    const many = Array.from({ length: MAX_BATCH }, (_, i) => ({ id: `d${i}`, value: i }));
    assert.equal(write({}, { payload: many }).stored.length, MAX_BATCH);
    const more = [...many, { id: 'more' }].map((item) => ({ ...item, value: -1 }));
    assert.throws(() => write({}, { payload: more }), { code: 'limit', message: /10001 devices.*10000/ });
    assert.equal(registry.get('d0')?.value, 0);
    assert.deepEqual(write({}, { payload: [] }), { stored: [], removed: [], refused: [] });
  });

  it('keeps no long id of who tries one', () => {
    assert.equal(write({}, { payload: { id: 'x'.repeat(100_000) } }).refused[0]?.id?.length, 128);
  });

  it('shows one value with its unit, and of several how many', () => {
    const show = (payload: unknown): string => shown(write({}, { payload }));
    assert.equal(show({ id: 'a', value: 21.5, unit: '°C' }), '21.5 °C');
    assert.equal(show({ id: 'b', value: null, unit: '°C' }), '–');
    assert.equal(show({ id: 'c', value: false }), 'false');
    assert.equal(show({ id: 'd', value: `x\ny${'z'.repeat(50)}` }), `x y${'z'.repeat(29)}…`);
    assert.equal(show([{ id: 'a' }, { id: 'b', remove: true }]), '2');
    assert.equal(show({ id: 'a', remove: true }), '1');
  });
});

describe('a device that is declared', () => {
  const set = { id: 'a', name: 'Pump', type: 'pump', unit: 'bar' };
  let registry: Registry;
  beforeEach(() => {
    registry = new Registry(new FakeClock());
  });

  it('is there before its first value', () => {
    const { name, type, unit, value } = declare(registry, set)!;
    assert.deepEqual([name, type, unit, value], ['Pump', 'pump', 'bar', null]);
  });

  it('is left alone where all is so already, and where nothing is said', () => {
    declare(registry, set);
    assert.equal(declare(registry, set), undefined);
    assert.equal(declare(registry, { id: 'a', name: '', type: '', unit: '' }), undefined);
    assert.equal(registry.get('a')?.rev, 1);
  });

  it('gets what differs, and keeps its value', () => {
    registry.write({ id: 'a', value: 7, type: 'pump', status: 'maintenance' });
    const { name, unit, value, status, rev } = declare(registry, set)!;
    assert.deepEqual([name, unit, value, status, rev], ['Pump', 'bar', 7, 'maintenance', 2]);
  });

  it('is refused with an id that cannot be', () => {
    assert.throws(() => declare(registry, { ...set, id: 'a b' }), { code: 'invalid' });
  });
});
