import assert from 'node:assert/strict';
import { partFields } from '../../../lib/live/fields.ts';
import type { Entry } from '../../../lib/live/protocol.ts';

const A = { id: 'a', value: 1, unit: 'V', attributes: { hall: 1 } };
const NOW = Date.parse('2026-01-01T00:00:01.000Z');

describe('fields of a record', () => {
  const part = (now: unknown, before: unknown): unknown => partFields([['a', now]], () => before, NOW);
  const whole = (now: unknown): unknown => ({ changes: [['a', now]], fields: [] });

  it('are told alone, those with the same names together', () => {
    const before = new Map<string, unknown>([
      ['a', A],
      ['b', { ...A, id: 'b' }],
      ['c', { ...A, id: 'c' }],
    ]);
    const entries: Entry[] = [
      ['a', { ...A, value: 2 }],
      ['b', { ...A, id: 'b', value: null }],
      ['c', { ...A, id: 'c', value: 3, unit: 'A' }],
    ];
    assert.deepEqual(
      partFields(entries, (topic) => before.get(topic), NOW),
      {
        changes: [],
        fields: [
          {
            names: ['value'],
            rows: [
              ['a', 2],
              ['b', null],
            ],
          },
          { names: ['value', 'unit'], rows: [['c', 3, 'A']] },
        ],
      },
    );
  });

  it('are none where the record says the same, and whole where they are records themselves', () => {
    assert.deepEqual(part({ ...A, attributes: { hall: 1 } }, A), {
      changes: [],
      fields: [{ names: [], rows: [['a']] }],
    });
    assert.deepEqual(part({ ...A, attributes: { hall: 2 } }, A), {
      changes: [],
      fields: [{ names: ['attributes'], rows: [['a', { hall: 2 }]] }],
    });
  });

  it('are told as milliseconds by the time of the update where they are times', () => {
    const at = (time: unknown): unknown => part({ id: 'a', at: time, seen: time }, { id: 'a', at: '' });
    const [names, times] = [
      ['at', 'seen'],
      ['at', 'seen'],
    ];
    for (const [time, ms] of [
      ['2026-01-01T00:00:00.963Z', -37],
      ['2026-01-01T00:00:01.000Z', 0],
      ['1970-01-01T00:00:00.000Z', -NOW],
      ['9999-12-31T23:59:59.999Z', 253_402_300_799_999 - NOW],
    ] as const) {
      assert.deepEqual(at(time), { changes: [], fields: [{ names, times, rows: [['a', ms, ms]] }] });
    }
    // Nobody is told another text than there is.
    for (const text of [
      '2026-01-01T00:00:00Z',
      '2026-01-01T00:00:00+00:00',
      '2026-02-30T00:00:00.000Z',
      '2026-01-01T24:00:00.000Z',
      '2026-01-01 00:00:00.000Z',
      '2026-01-01t00:00:00.000Z',
      'not a time at all, oh noZ',
    ]) {
      assert.deepEqual(at(text), { changes: [], fields: [{ names, rows: [['a', text, text]] }] }, text);
    }
  });

  it('are told apart where a name may be one of times or not', () => {
    const entries: Entry[] = [
      ['a', { at: '2026-01-01T00:00:01.001Z' }],
      ['b', { at: 1 }],
      ['c', { at: '2026-01-01T00:00:01.002Z' }],
    ];
    assert.deepEqual(partFields(entries, () => ({ at: null }), NOW).fields, [
      {
        names: ['at'],
        times: ['at'],
        rows: [
          ['a', 1],
          ['c', 2],
        ],
      },
      { names: ['at'], rows: [['b', 1]] },
    ]);
  });

  it('are told apart whatever their names', () => {
    const entries: Entry[] = [
      ['a', { 'x,y': 1 }],
      ['b', { x: 1, y: 2 }],
    ];
    assert.deepEqual(
      partFields(entries, () => ({}), NOW).fields.map(({ names }) => names),
      [['x,y'], ['x', 'y']],
    );
  });

  it('may be new ones, whatever they are called', () => {
    const now = JSON.parse('{"id":"a","__proto__":5}') as object;
    assert.deepEqual(part(now, { id: 'a' }), {
      changes: [],
      fields: [{ names: ['__proto__'], rows: [['a', 5]] }],
    });
  });

  for (const [name, now, before] of [
    ['is new', A, undefined],
    ['is gone', null, A],
    ['is no record', 5, A],
    ['was no record', A, 5],
    ['has lost a field', { id: 'a', value: 2 }, A],
  ] as const) {
    it(`are not enough where it ${name}`, () => assert.deepEqual(part(now, before), whole(now)));
  }
});
