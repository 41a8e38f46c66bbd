import assert from 'node:assert/strict';
import { MAX_GLOB_LENGTH, parseGlobs } from '../../../lib/base/glob.ts';

describe('globs', () => {
  const cases: [globs: string, fit: string[], not: string[]][] = [
    ['', ['', 'anything'], []],
    [' , ,', ['anything'], []],
    ['sensor_1', ['sensor_1'], ['sensor_10', 'Sensor_1', 'xsensor_1', '']],
    ['sensor_*', ['sensor_', 'sensor_001'], ['sensor', 'x_sensor_1']],
    ['*_1', ['_1', 'a_1', 'a_1_1'], ['a_11']],
    ['a*b*c', ['abc', 'aXbYc', 'abcbc'], ['ab', 'acb', 'abcd']],
    ['relay?', ['relay1', 'relay\u{1F600}', 'relayد'], ['relay', 'relay10']],
    ['?*?', ['ab', 'abc'], ['a', '']],
    ['**', ['', 'a'], []],
    ['a, b* ,c?', ['a', 'b', 'bb', 'cc'], ['c', 'ab', 'd']],
    ['a.c', ['a.c'], ['abc']],
    ['[ab]+(c)$', ['[ab]+(c)$'], ['a', 'c']],
    ['دما*', ['دما_۱'], ['دم']],
    // As names are compared: Arabic and Persian yeh, composed and decomposed.
    ['\u0622\u0628\u06cc-*', ['\u0622\u0628\u064a-1', '\u0622\u0628\u06cc-1'], ['\u0622\u0628-1']],
    ['a\u0308', ['\u00e4', 'a\u0308'], ['a']],
  ];
  for (const [globs, fit, not] of cases) {
    it(`${JSON.stringify(globs)} fits ${fit.length} and not ${not.length}`, () => {
      const fits = parseGlobs(globs);
      for (const text of fit) assert.equal(fits(text), true, text);
      for (const text of not) assert.equal(fits(text), false, text);
    });
  }

  it('refuses what is too long, and takes what just fits', () => {
    assert.equal(parseGlobs('a'.repeat(MAX_GLOB_LENGTH))('a'), false);
    assert.throws(() => parseGlobs('a'.repeat(MAX_GLOB_LENGTH + 1)), { code: 'limit', message: /200.*201/ });
  });

  it('takes no longer than pattern times text where a backtracking expression would take for ever', () => {
    const fits = parseGlobs(`${'*a'.repeat(99)}b`);
    const text = 'a'.repeat(10_000);
    const started = performance.now();
    assert.equal(fits(text), false);
    assert.ok(performance.now() - started < 1000);
  });
});
