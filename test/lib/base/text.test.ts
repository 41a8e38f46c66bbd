import assert from 'node:assert/strict';
import { checkNaming, checkText, kind, quote } from '../../../lib/base/text.ts';

describe('text', () => {
  for (const name of ['a', '7', 'sensor_001', 'a.b:c-d', 'دمای‌۱'.replace('\u200c', '_'), 'दाब', '温度']) {
    it(`takes ${JSON.stringify(name)} as a name`, () => {
      assert.doesNotThrow(() => checkNaming('id', name, 20));
    });
  }

  for (const name of [
    '',
    '_a',
    '-a',
    'a b',
    'a/b',
    'a\n',
    '\u0301a',
    '__proto__',
    'constructor',
    'prototype',
  ]) {
    it(`refuses ${JSON.stringify(name)} as a name`, () => {
      assert.throws(() => checkNaming('id', name, 20), { code: 'invalid', message: /^the id / });
    });
  }

  it('counts before it looks', () => {
    assert.doesNotThrow(() => checkNaming('id', 'a'.repeat(20), 20));
    assert.throws(() => checkNaming('id', 'a'.repeat(21), 20), {
      code: 'limit',
      message: 'id has 21 characters, at most 20 are allowed',
    });
  });

  it('takes text up to its length and nothing else', () => {
    assert.doesNotThrow(() => checkText('name', '', 3));
    assert.doesNotThrow(() => checkText('name', 'abc', 3));
    assert.throws(() => checkText('name', 'abcd', 3), { code: 'limit' });
    assert.throws(() => checkText('name', 7, 3), {
      code: 'invalid',
      message: 'name must be text, not a number',
    });
  });

  it('says what a value is', () => {
    const values = [null, undefined, [], {}, 1, NaN, -Infinity, 'x', true, 1n, () => {}];
    assert.deepEqual(values.map(kind), [
      'null',
      'undefined',
      'an array',
      'an object',
      'a number',
      'NaN',
      '-Infinity',
      'a string',
      'a boolean',
      'a bigint',
      'a function',
    ]);
  });

  it('quotes on one line, and cuts what is long', () => {
    assert.equal(quote('a"b\n'), '"a\\"b\\n"');
    assert.equal(quote('x'.repeat(41)), `"${'x'.repeat(40)}…"`);
  });
});
