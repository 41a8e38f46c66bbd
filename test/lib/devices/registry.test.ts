import assert from 'node:assert/strict';
import { FactoryError } from '../../../lib/base/errors.ts';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import type { DeviceChange, DeviceInput } from '../../../lib/devices/device.ts';
import * as limits from '../../../lib/devices/limits.ts';
import { CLOCK_WAS_AHEAD } from '../../../lib/devices/merge.ts';
import { Registry } from '../../../lib/devices/registry.ts';
import { MAX_SOURCES } from '../../../lib/devices/source-order.ts';
import { FUTURE_TOLERANCE_MS, TIME_DOUBTS, type TimeDoubt } from '../../../lib/base/source-time.ts';

const START = Date.UTC(2026, 0, 1);
const at = (ms: number): string => new Date(START + ms).toISOString();
const code = (expected: string) => (error: unknown) =>
  error instanceof FactoryError && error.code === expected;

describe('registry', () => {
  let clock: FakeClock;
  let registry: Registry;
  let heard: DeviceChange[];

  beforeEach(() => {
    clock = new FakeClock(START);
    registry = new Registry(clock);
    heard = [];
    registry.events.on('change', (change) => heard.push(change));
  });

  it('makes a new device of an id alone', () => {
    assert.deepEqual(registry.write({ id: 'sensor_001' }), {
      id: 'sensor_001',
      name: 'sensor_001',
      type: 'generic',
      value: null,
      unit: '',
      status: 'inactive',
      last_update: at(0),
      quality: 'bad',
      reason: 'no value yet',
      source_time: at(0),
      presence: 'unknown',
      presence_since: at(0),
      attributes: {},
      rev: 1,
    });
    assert.equal(registry.size, 1);
  });

  it('tells of each accepted write after the record is stored, also of one that changes nothing', () => {
    registry.events.on('change', ({ id, device }) => assert.equal(registry.get(id), device));
    const first = registry.write({ id: 'a', value: 1 });
    clock.advance(1000);
    const second = registry.write({ id: 'a', value: 1 });
    assert.deepEqual(heard, [
      { id: 'a', device: first, previous: null },
      { id: 'a', device: second, previous: first },
    ]);
    assert.deepEqual([second.rev, second.last_update, second.source_time], [2, at(1000), at(1000)]);
    assert.deepEqual([first.rev, first.last_update], [1, at(0)], 'a record never changes in place');
  });

  it('takes a heartbeat: time of receipt and rev move, everything else stays', () => {
    const before = registry.write({ id: 'a', value: 7, quality: 'uncertain', status: 'error' });
    clock.advance(5000);
    assert.deepEqual(registry.write({ id: 'a' }), { ...before, rev: 2, last_update: at(5000) });
  });

  it('leaves value, quality and source time alone when only the status is written', () => {
    const before = registry.write({ id: 'a', value: 7, quality: 'bad' });
    clock.advance(10);
    const after = registry.write({ id: 'a', status: 'maintenance' });
    assert.deepEqual(after, { ...before, status: 'maintenance', rev: 2, last_update: at(10) });
  });

  it('holds a value written without quality to be good', () => {
    registry.write({ id: 'a', value: 7, quality: 'bad' });
    assert.equal(registry.write({ id: 'a', value: 8 }).quality, 'good');
  });

  it('dates a new quality of an old value', () => {
    registry.write({ id: 'a', value: 7 });
    clock.advance(10);
    const after = registry.write({ id: 'a', quality: 'bad' });
    assert.deepEqual([after.value, after.quality, after.source_time], [7, 'bad', at(10)]);
  });

  it('writes null as a value, and undefined as nothing', () => {
    registry.write({ id: 'a', value: 7 });
    assert.equal(registry.write({ id: 'a', value: undefined }).value, 7);
    assert.equal(registry.write({ id: 'a', value: null }).value, null);
  });

  describe('time', () => {
    it('keeps the time of the source beside the time of receipt', () => {
      clock.advance(60_000);
      const record = registry.write({ id: 'a', value: 1, timestamp: '2026-01-01T03:30:30.250+03:30' });
      assert.deepEqual([record.source_time, record.last_update], [at(30_250), at(60_000)]);
    });

    it('refuses a value older than the one it has, and takes one of the same time', () => {
      clock.advance(60_000);
      registry.write({ id: 'a', value: 1, timestamp: START + 1000 });
      assert.throws(() => registry.write({ id: 'a', value: 2, timestamp: START + 999 }), code('stale'));
      assert.equal(registry.get('a')?.value, 1);
      assert.equal(heard.length, 1);
      assert.equal(registry.write({ id: 'a', value: 3, timestamp: START + 1000 }).value, 3);
    });

    it('takes the time of receipt for a source that runs ahead a little', () => {
      const record = registry.write({ id: 'a', value: 1, timestamp: START + FUTURE_TOLERANCE_MS });
      assert.deepEqual([record.source_time, record.quality], [at(0), 'good']);
    });

    it('does not compare the time of a source with that of this machine', () => {
      registry.write({ id: 'a', value: 1 });
      registry.write({ id: 'a', quality: 'bad' });
      const record = registry.write({ id: 'a', value: 2, timestamp: START - 5000 });
      assert.deepEqual([record.value, record.quality, record.source_time], [2, 'good', at(-5000)]);
    });

    it('compares the times of a source with its own only', () => {
      const write = (source: string, ms: number): unknown =>
        registry.write({ id: 'a', value: ms, timestamp: START + ms }, { source }).value;
      assert.equal(write('press', -1000), -1000);
      assert.equal(write('tablet', -60_000), -60_000, 'its clock is behind');
      assert.throws(() => write('press', -1001), code('stale'));
      assert.throws(() => write('tablet', -60_001), code('stale'));
      assert.equal(write('press', -999), -999);
      for (let i = 0; i < MAX_SOURCES; i++) write(`other ${i}`, -5);
      assert.equal(registry.stored('a')?.kept?.given?.length, MAX_SOURCES);
      assert.equal(write('press', -2000), -2000, 'more sources than that are forgotten');
    });

    it('orders values while this machine is 14 days behind, and after its clock was put right', () => {
      const days = 14 * 86_400_000;
      const write = (ms: number): string => {
        const { quality, source_time } = registry.write({ id: 'a', value: ms, timestamp: START + days + ms });
        assert.equal(registry.get('a')?.value, ms);
        return `${quality} ${source_time}`;
      };
      assert.equal(write(0), `uncertain ${at(0)}`);
      clock.advance(1000);
      assert.equal(write(1000), `uncertain ${at(1000)}`);
      assert.throws(() => write(999), code('stale'));
      clock.jump(days);
      clock.advance(1000);
      assert.equal(write(2000), `good ${at(days + 2000)}`);
      assert.throws(() => write(1999), code('stale'));
    });

    it('goes on taking values after the clock of a source was put right', () => {
      registry.write({ id: 'a', value: 1, timestamp: '2099-01-01T00:00:00Z' });
      assert.equal(registry.write({ id: 'a', value: 2, timestamp: '2050-01-01T00:00:00Z' }).value, 2);
      const right = registry.write({ id: 'a', value: 3, timestamp: START - 1000 });
      assert.deepEqual([right.value, right.quality], [3, 'good']);
    });

    it('goes on taking values after its own clock was set back', () => {
      clock.jump(3_600_000);
      registry.write({ id: 'a', value: 1, timestamp: START + 3_600_000 });
      clock.jump(-3_600_000);
      assert.equal(registry.write({ id: 'a', value: 2, timestamp: START - 5 }).value, 2);
      assert.equal(registry.write({ id: 'a', value: 3 }).source_time, at(0));
    });

    const doubtful: [timestamp: string | number, doubt: TimeDoubt][] = [
      ['yesterday', 'unreadable'],
      ['2026-13-01T00:00:00Z', 'unreadable'],
      ['2025-02-30T00:00:00Z', 'unreadable'],
      ['', 'unreadable'],
      [NaN, 'unreadable'],
      ['2026-01-01T00:00:00', 'zone'],
      ['2026-01-01 00:00', 'zone'],
      [1_767_225_600, 'seconds'],
      ['1767225600.5', 'seconds'],
      [0, 'never-set'],
      ['1970-01-01T00:12:00Z', 'never-set'],
      ['2000-01-01T00:00:30Z', 'never-set'],
      [START + FUTURE_TOLERANCE_MS + 1000, 'future'],
    ];
    for (const [timestamp, doubt] of doubtful) {
      it(`takes a value whose timestamp is ${JSON.stringify(timestamp)}, as of now and uncertain, and says so once`, () => {
        const told: string[] = [];
        const onDoubt = (cause: TimeDoubt, id: string): void => void told.push(`${cause} ${id}`);
        registry.write({ id: 'a', value: 1 });
        clock.advance(10);
        for (const value of [2, 3]) {
          const record = registry.write({ id: 'a', value, timestamp }, { onDoubt });
          assert.deepEqual(
            [record.value, record.quality, record.reason, record.source_time],
            [value, 'uncertain', TIME_DOUBTS[doubt], at(10)],
          );
        }
        registry.write({ id: 'b', value: 1, timestamp }, { onDoubt });
        assert.deepEqual(told, [`${doubt} a`, `${doubt} b`]);
        const good = registry.write({ id: 'a', value: 4, timestamp: START });
        assert.deepEqual([good.quality, good.reason, good.source_time], ['good', undefined, at(0)]);
      });
    }

    it('keeps a bad quality bad, whatever the timestamp is', () => {
      const record = registry.write({
        id: 'a',
        value: 1,
        timestamp: 5,
        quality: 'bad',
        reason: 'wire broken',
      });
      assert.deepEqual([record.quality, record.reason], ['bad', 'wire broken']);
    });

    it('holds what was written while the clock was ahead to be of an unknown time after a start', () => {
      clock.jump(86_400_000);
      registry.write({ id: 'a', value: 1 });
      const kept = registry.stored('a')!;
      clock.jump(-86_400_000);
      const other = new Registry(clock);
      other.restore([kept]);
      const { quality, reason } = other.get('a')!;
      assert.deepEqual([quality, reason], ['uncertain', CLOCK_WAS_AHEAD]);
      assert.equal(other.write({ id: 'a', value: 1 }).quality, 'good');
    });
  });

  describe('no value', () => {
    const none = [
      NaN,
      Infinity,
      -Infinity,
      null,
      'nan',
      'NaN',
      '-nan',
      'inf',
      '-inf',
      '+Inf',
      'Infinity',
      'unavailable',
      'Unknown',
      'None',
      'null',
      'UNDEF',
      'undefined',
      'N/A',
      '',
      '  ',
      '-1.#IND',
    ];
    for (const value of none) {
      it(`is ${JSON.stringify(value)}${typeof value === 'number' ? ` (${value})` : ''}: bad, with the reason`, () => {
        registry.write({ id: 'a', value: 80.5 });
        const record = registry.write({ id: 'a', value });
        assert.deepEqual(
          [record.value, record.quality, record.status],
          [value === '' ? '' : null, 'bad', 'active'],
        );
        assert.match(String(record.reason), /^the source (sent|has no value)/);
        const again = registry.write({ id: 'a', value: 1 });
        assert.deepEqual([again.quality, again.reason], ['good', undefined]);
        assert.equal(registry.write({ id: 'a', value, quality: 'good' }).quality, 'bad');
      });
    }

    it('is no word that only looks like one, and none of them where text is wanted', () => {
      for (const value of ['information', 'nano', 'nonesuch', '-', 'off', 'Infinity pump', 0, false]) {
        const record = registry.write({ id: 'a', value });
        assert.deepEqual([record.value, record.quality], [value, 'good']);
      }
      assert.equal(registry.write({ id: 'a', value: 'unknown' }, { keepWords: true }).value, 'unknown');
      registry.write({ id: 'b', attributes: { text: true } });
      const { value, quality } = registry.write({ id: 'b', value: '' });
      assert.deepEqual([value, quality], ['', 'good']);
    });

    it('in an attribute takes the attribute away, and not the value with it', () => {
      registry.write({ id: 'a', attributes: { rssi: -60 } });
      const record = registry.write({ id: 'a', value: 1, attributes: { rssi: NaN, snr: Infinity } });
      assert.deepEqual([record.value, record.attributes], [1, {}]);
    });

    it('is not minus zero', () => {
      assert.ok(Object.is(registry.write({ id: 'a', value: -0 }).value, 0));
    });
  });

  describe('attributes', () => {
    it('merges them, and null takes one away', () => {
      registry.write({ id: 'a', attributes: { area: 'north', serial: 5 } });
      const record = registry.write({ id: 'a', attributes: { serial: null, line: 2 } });
      assert.deepEqual(record.attributes, { area: 'north', line: 2 });
    });

    it('keeps the same object when nothing is new in them', () => {
      const before = registry.write({ id: 'a', attributes: { area: 'north' } });
      const after = registry.write({ id: 'a', attributes: { area: 'north', none: null } });
      assert.equal(after.attributes, before.attributes);
    });

    it('treats names that every object inherits as any other', () => {
      assert.deepEqual(registry.write({ id: 'a', attributes: { toString: 1 } }).attributes, { toString: 1 });
      assert.deepEqual(registry.write({ id: 'a', attributes: { toString: null } }).attributes, {});
    });

    it('counts what the merge makes against the limit', () => {
      const some = (from: number, count: number): Record<string, number> =>
        Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${from + i}`, i]));
      registry.write({ id: 'a', attributes: some(0, limits.MAX_ATTRIBUTES) });
      assert.throws(() => registry.write({ id: 'a', attributes: some(100, 1) }), code('limit'));
      assert.equal(Object.keys(registry.get('a')!.attributes).length, limits.MAX_ATTRIBUTES);
    });
  });

  describe('what it refuses', () => {
    it('a new device where only known ones may be written, whatever its id looks like', () => {
      for (const id of ['nobody', '__proto__', 'constructor', '../etc', 'x'.repeat(10_000)]) {
        assert.throws(() => registry.write({ id, value: 1 }, { create: false }), code('unknown-device'));
        assert.throws(() => registry.remove(id), code('unknown-device'));
        assert.equal(registry.get(id), undefined);
        assert.deepEqual(registry.list({ id }), []);
      }
    });

    for (const id of ['__proto__', 'constructor', 'prototype', '_x', ' a', 'a b', 'a/b', 'a\n', '-a', '😀']) {
      it(`the id ${JSON.stringify(id)}`, () => {
        assert.throws(() => registry.write({ id }), code('invalid'));
        assert.equal(registry.size, 0);
      });
    }

    it('more than its limits, and takes what just fits', () => {
      const x = (length: number): string => 'x'.repeat(length);
      const just: DeviceInput = {
        id: x(limits.MAX_ID_LENGTH),
        name: x(limits.MAX_NAME_LENGTH),
        type: x(limits.MAX_TYPE_LENGTH),
        unit: x(limits.MAX_UNIT_LENGTH),
        value: x(limits.MAX_VALUE_LENGTH),
        attributes: { [x(limits.MAX_ATTRIBUTE_KEY_LENGTH)]: x(limits.MAX_ATTRIBUTE_VALUE_LENGTH) },
      };
      assert.equal(registry.write(just).rev, 1);
      for (const property of ['id', 'name', 'type', 'unit', 'value'] as const) {
        const over = { ...just, [property]: `${String(just[property])}x` };
        assert.throws(() => registry.write(over), code('limit'), property);
      }
      const long = { [x(limits.MAX_ATTRIBUTE_KEY_LENGTH + 1)]: 1 };
      assert.throws(() => registry.write({ id: 'a', attributes: long }), code('limit'));
      const wide = { a: x(limits.MAX_ATTRIBUTE_VALUE_LENGTH + 1) };
      assert.throws(() => registry.write({ id: 'a', attributes: wide }), code('limit'));
      assert.equal(registry.size, 1);
    });

    it('a device too many, but not another write to one it has', () => {
      for (let i = 0; i < limits.MAX_DEVICES; i++) registry.write({ id: `d${i}` });
      assert.throws(() => registry.write({ id: 'more' }), code('limit'));
      assert.equal(registry.write({ id: 'd7', value: 1 }).value, 1);
    });
  });

  it('takes ids in any script', () => {
    for (const id of ['دما', 'दाब', '温度.1', 'Größe:2', '7-b']) assert.equal(registry.write({ id }).id, id);
  });

  it('knows a device by its name in either form, and has no twins', () => {
    const [composed, decomposed] = ['Kälte', 'Kälte'.normalize('NFD')];
    assert.equal(registry.write({ id: decomposed, value: 1 }).id, composed);
    assert.equal(registry.write({ id: composed, value: 2 }).rev, 2);
    for (const [stored, ...others] of [
      ['دمای‌سالن', 'دمایسالن', 'دماي‌سالن'],
      ['کوره۱', 'كوره١'],
    ] as const) {
      registry.write({ id: stored, value: 1 });
      for (const other of others) {
        assert.equal(registry.get(other)?.id, stored);
        assert.deepEqual(
          registry.list({ id: other }).map(({ id }) => id),
          [stored],
        );
        const { id, rev } = registry.write({ id: other, value: 2 }, { create: false });
        assert.deepEqual([id, rev], [stored, registry.get(stored)?.rev]);
        assert.equal(heard.at(-1)?.id, stored);
      }
    }
    assert.equal(registry.size, 3);
    assert.equal(registry.remove('كوره1'.replace('1', '١')).id, 'کوره۱');
    assert.equal(registry.size, 2);
  });

  it('keeps a value of a twin that an earlier build has stored, once', () => {
    const record = { ...registry.write({ id: 'a', value: 1 }), id: 'دمایسالن' };
    const other = new Registry(clock);
    other.restore([record, { ...record, id: 'دمای‌سالن', value: 2 }]);
    assert.deepEqual([other.size, other.get('دمای‌سالن')?.value], [1, 1]);
  });

  it('removes a device, tells of it, and counts anew if it comes back', () => {
    registry.write({ id: 'a', value: 1 });
    const last = registry.write({ id: 'a', value: 2 });
    assert.equal(registry.remove('a'), last);
    assert.deepEqual(heard.at(-1), { id: 'a', device: null, previous: last });
    assert.equal(registry.get('a'), undefined);
    assert.equal(registry.write({ id: 'a' }).rev, 1);
  });

  it('restores silently, keeps what was written meanwhile, and goes on counting', () => {
    const stored = registry.write({ id: 'a', value: 1 });
    const other = new Registry(clock);
    const changes: DeviceChange[] = [];
    other.events.on('change', (change) => changes.push(change));
    other.write({ id: 'b', value: 'new' });
    other.restore([stored, { ...stored, id: 'b', value: 'old' }]);
    assert.equal(changes.length, 1);
    assert.equal(other.get('b')?.value, 'new');
    assert.equal(other.write({ id: 'a' }).rev, 2);
  });

  it('keeps the others hearing a change when one listener throws', (done) => {
    process.once('warning', (warning) => {
      assert.equal(warning.message, 'a listener broke');
      done();
    });
    const quiet = new Registry(clock);
    let count = 0;
    quiet.events.on('change', () => {
      throw new Error('a listener broke');
    });
    quiet.events.on('change', () => count++);
    quiet.write({ id: 'a' });
    assert.equal(count, 1);
  });
});
