import assert from 'node:assert/strict';
import { canonicalName, checkNaming, checkText, kind, nameKey, quote } from '../../../lib/base/text.ts';

describe('text', () => {
  for (const name of [
    'a',
    '7',
    'sensor_001',
    'a.b:c-d',
    'دمای\u200cسالن',
    'क्\u200dष',
    'a\u0308',
    'दाब',
    '温度',
  ]) {
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
    // Directional controls, and invisible characters that no script is written with.
    'a\u202eb',
    'a\u202ab',
    'a\u200fb',
    'a\u2066b\u2069',
    'a\u200bb',
    'a\u2060b',
    'a\u00adb',
    '\ufeffa',
    // Joiners join two letters.
    '\u200ca',
    'a\u200c',
    'a\u200c\u200cb',
    'a\u200c_',
    '1\u200d2',
  ]) {
    it(`refuses ${JSON.stringify(name)} as a name`, () => {
      assert.throws(() => checkNaming('id', name, 20), { code: 'invalid', message: /^the id / });
    });
  }

  for (const [one, other] of [
    ['\u00e4', 'a\u0308'],
    ['\u0645\u064a\u0632', '\u0645\u06cc\u0632'],
    ['\u067e\u0627\u0643', '\u067e\u0627\u06a9'],
    ['\u0633\u0627\u0644\u0646\u0661', '\u0633\u0627\u0644\u0646\u06f1'],
    [
      '\u062f\u0645\u0627\u06cc\u200c\u0633\u0627\u0644\u0646',
      '\u062f\u0645\u0627\u06cc\u0633\u0627\u0644\u0646',
    ],
    ['\u0627\u0653', '\u0622'],
  ] as const) {
    it(`takes ${JSON.stringify(one)} and ${JSON.stringify(other)} for the same name`, () => {
      assert.notEqual(one, other);
      assert.equal(nameKey(one), nameKey(other));
    });
  }

  it('tells names apart that differ in what is seen', () => {
    const names = ['a', 'A', '\u00e4', 'pump-1', 'pump_1', '\u06cc', '\u0649', '\u06f1', '1'];
    assert.equal(new Set(names.map(nameKey)).size, names.length);
  });

  it('keeps names as they are typed, composed', () => {
    assert.equal(canonicalName('a\u0308-\u064a\u200c\u0643'), '\u00e4-\u064a\u200c\u0643');
    assert.equal(canonicalName('pump-1'), 'pump-1');
  });

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
