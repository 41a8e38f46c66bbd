import assert from 'node:assert/strict';
import { FactoryError } from '../../../lib/base/errors.ts';
import { parseDeviceInput } from '../../../lib/devices/parse.ts';

describe('parseDeviceInput', () => {
  it('takes every property that a device may be given', () => {
    const input = {
      id: 'a',
      name: 'Pump',
      type: 'pump',
      value: false,
      unit: 'bar',
      status: 'inactive',
      quality: 'uncertain',
      timestamp: 1_767_225_600_000,
      attributes: { area: 'north', rank: 1, spare: true, old: null },
    };
    assert.deepEqual(parseDeviceInput(input), input);
  });

  const refused: [what: string, value: unknown, message: RegExp][] = [
    ['null', null, /a device must be an object, not null/],
    ['an array', [], /not an array/],
    ['a number', 7, /not a number/],
    ['no id', { value: 1 }, /no id/],
    ['an empty id', { id: '' }, /id must be text, not empty/],
    ['an id that is a number', { id: 7 }, /id must be text, not a number/],
    ['an unknown property', { id: 'a', colour: 'red' }, /unknown property "colour"/],
    [
      'a __proto__ of its own',
      JSON.parse('{"id":"a","__proto__":{"value":1}}'),
      /unknown property "__proto__"/,
    ],
    ['a name that is no text', { id: 'a', name: null }, /name must be text, not null/],
    ['an object as value', { id: 'a', value: {} }, /not an object/],
    ['a big integer as value', { id: 'a', value: 1n }, /not a bigint/],
    [
      'a status of its own making',
      { id: 'a', status: 'ACTIVE' },
      /status must be one of active,.*not "ACTIVE"/,
    ],
    ['a quality that is a list', { id: 'a', quality: ['good'] }, /quality must be one of .*not an array/],
    ['a date as timestamp', { id: 'a', timestamp: new Date(0) }, /timestamp must be .*not an object/],
    ['a presence that time tells', { id: 'a', presence: 'late' }, /presence must be one of online, offline/],
    ['a reason that is no text', { id: 'a', reason: 1 }, /reason must be text/],
    [
      'an interval of no seconds',
      { id: 'a', attributes: { expected_interval: 0 } },
      /expected_interval must be 1 to 604800 seconds, not 0/,
    ],
    ['an interval as text', { id: 'a', attributes: { expected_interval: '5' } }, /seconds, not a string/],
    ['attributes in a list', { id: 'a', attributes: [] }, /attributes must be an object, not an array/],
    [
      'a reserved attribute',
      JSON.parse('{"id":"a","attributes":{"__proto__":1}}'),
      /"__proto__" is reserved/,
    ],
    ['an attribute of odd name', { id: 'a', attributes: { 'a b': 1 } }, /attribute name "a b" must begin/],
    ['a deep attribute', { id: 'a', attributes: { a: { b: 1 } } }, /attribute a must be .*not an object/],
  ];
  for (const [what, value, message] of refused) {
    it(`refuses ${what}, saying so`, () => {
      assert.throws(
        () => parseDeviceInput(value),
        (error) => error instanceof FactoryError && error.code === 'invalid' && message.test(error.message),
      );
    });
  }

  it('refuses too many attributes', () => {
    const attributes = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`k${i}`, i]));
    assert.throws(() => parseDeviceInput({ id: 'a', attributes }), {
      code: 'limit',
      message: /65 attributes/,
    });
  });

  it('quotes hostile text short and on one line', () => {
    const property = `${'x'.repeat(5000)}\n`;
    assert.throws(
      () => parseDeviceInput({ id: 'a', [property]: 1 }),
      (error) => error instanceof FactoryError && error.message.length < 80 && !error.message.includes('\n'),
    );
  });
});
