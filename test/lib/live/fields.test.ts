import assert from 'node:assert/strict';
import { partFields } from '../../../lib/live/fields.ts';
import type { Entry } from '../../../lib/live/protocol.ts';

const A = { id: 'a', value: 1, unit: 'V', attributes: { hall: 1 } };

describe('fields of a record', () => {
  const part = (now: unknown, before: unknown): unknown => partFields([['a', now]], () => before);
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
      partFields(entries, (topic) => before.get(topic)),
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
