import assert from 'node:assert/strict';
import { FactoryError } from '../../../lib/base/errors.ts';
import { parseOwnWords, readSwitchWord } from '../../../lib/base/switch-word.ts';
import { parseLevel } from '../../../lib/inputs/payload.ts';
import { parseFarMessage } from '../../../lib/gpio/line-reads.ts';
import { parseCommand } from '../../../lib/relays/command.ts';

describe('words for on and off', () => {
  const words: [unknown, boolean | undefined][] = [
    [true, true],
    [false, false],
    [1, true],
    [0, false],
    ['1', true],
    ['0', false],
    ['on', true],
    ['On', true],
    ['OFF', false],
    ['TRUE', true],
    ['false', false],
    ['on\n', true],
    ['\toff \r\n', false],
    ['', undefined],
    [' ', undefined],
    ['overpower', undefined],
    [2, undefined],
    [65_280, undefined],
    [NaN, undefined],
    [null, undefined],
    [undefined, undefined],
    [[true], undefined],
    [{ on: true }, undefined],
  ];
  for (const [word, is] of words) {
    it(`take ${JSON.stringify(word) ?? 'undefined'} for ${is === undefined ? 'none' : is ? 'on' : 'off'}`, () => {
      assert.equal(readSwitchWord(word), is);
    });
  }

  it('are read in one way by relays, inputs and far ends', () => {
    const lines = [{ id: 'pump', line: 0 }];
    for (const [word, is] of words) {
      if (is === undefined) {
        assert.throws(() => parseCommand(word), FactoryError, String(word));
        assert.throws(() => parseLevel(word), FactoryError, String(word));
        continue;
      }
      assert.equal(parseCommand(word).action, is ? 'on' : 'off', String(word));
      assert.equal(parseLevel(word), is, String(word));
      const report = parseFarMessage({ topic: 'pump', payload: word }, lines, { topic: undefined, first: 0 });
      assert.deepEqual([...report.levels.values()], [is], String(word));
    }
  });

  it('of one’s own are these two alone, and true and false', () => {
    const dutch = { on: 'Aan', off: 'Uit' };
    for (const [word, is] of [
      ['aan', true],
      ['AAN\n', true],
      ['uit', false],
      [true, true],
      [false, false],
      ['on', undefined],
      [1, undefined],
      ['', undefined],
    ] as const)
      assert.equal(readSwitchWord(word, dutch), is, JSON.stringify(word));
    const double = { on: 1, off: 2 };
    for (const [word, is] of [
      [1, true],
      ['1', true],
      ['01', true],
      [2, false],
      ['2\n', false],
      [0, undefined],
      [3, undefined],
      ['', undefined],
      ['off', undefined],
    ] as const)
      assert.equal(readSwitchWord(word, double), is, JSON.stringify(word));
    assert.equal(readSwitchWord(65_280, { on: 65_280, off: 0 }), true);
  });

  it('of one’s own are texts or numbers as they are meant', () => {
    const str = (value: unknown): { value: unknown; type: string } => ({ value, type: 'str' });
    const num = (value: unknown): { value: unknown; type: string } => ({ value, type: 'num' });
    assert.deepEqual(parseOwnWords(str('Aan'), str('Uit')), { on: 'Aan', off: 'Uit' });
    assert.deepEqual(parseOwnWords(num('0xFF00'), num('0')), { on: 65_280, off: 0 });
    assert.deepEqual(parseOwnWords(str('1'), str('2')), { on: '1', off: '2' });
  });

  const wrong: [string, unknown, unknown, RegExp][] = [
    ['one is missing', { value: '', type: 'str' }, { value: 'Uit', type: 'str' }, /no word for on/],
    ['both are the same', { value: 'a', type: 'str' }, { value: ' A ', type: 'str' }, /are the same/],
    ['both are the same number', { value: '1', type: 'str' }, { value: '1.0', type: 'num' }, /are the same/],
    ['one is no number', { value: '1', type: 'num' }, { value: 'two', type: 'num' }, /"two" is none/],
    ['one is an object', { value: {}, type: 'str' }, { value: '0', type: 'num' }, /not an object/],
    ['one is long', { value: 'x'.repeat(65), type: 'str' }, { value: '0', type: 'num' }, /at most 64/],
  ];
  for (const [what, on, off, message] of wrong) {
    it(`of one’s own are refused where ${what}`, () => {
      assert.throws(
        () => parseOwnWords(on as never, off as never),
        (error) => error instanceof FactoryError && error.code === 'config' && message.test(error.toString()),
      );
    });
  }
});
