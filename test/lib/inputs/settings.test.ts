import assert from 'node:assert/strict';
import { FactoryError } from '../../../lib/base/errors.ts';
import { parseInputId, parseSource } from '../../../lib/inputs/settings.ts';
import { parseLevel } from '../../../lib/inputs/payload.ts';

const fails =
  (code: string, words: RegExp) =>
  (error: unknown): boolean =>
    error instanceof FactoryError && error.code === code && words.test(error.toString());

describe("an input's settings", () => {
  it('are read as a dialog writes them', () => {
    const typed = { source: 'chardev', chip: ' gpiochip0 ', line: '17', bias: 'pull-up', activeLow: true };
    assert.deepEqual(parseSource({ ...typed, debounce: '20' }), {
      kind: 'chardev',
      chip: 'gpiochip0',
      line: 17,
      bias: 'pull-up',
      activeLow: true,
      debounce: 20,
    });
    assert.deepEqual(parseSource({ chip: 0, line: 0 }), {
      kind: 'chardev',
      chip: '0',
      line: 0,
      bias: 'as-is',
      activeLow: false,
      debounce: 0,
    });
    assert.deepEqual(parseSource({ source: 'message', debounce: '' }), { kind: 'message', debounce: 0 });
  });

  for (const [settings, words] of [
    [{ source: 'mqtt' }, /"chardev" or "message", not "mqtt"/],
    [{ chip: '', line: 1 }, /on which chip/],
    [{ chip: 'x\0', line: 1 }, /can be no chip/],
    [{ chip: {}, line: 1 }, /the chip must be text/],
    [{ chip: 'x'.repeat(101), line: 1 }, /the chip has 101/],
    [{ chip: '0' }, /whole number from 0 to 65535, not undefined/],
    [{ chip: '0', line: '' }, /not ""/],
    [{ chip: '0', line: 1.5 }, /not 1\.5/],
    [{ chip: '0', line: 65_536 }, /not 65536/],
    [{ chip: '0', line: 1, bias: 'up' }, /bias must be one of/],
    [{ chip: '0', line: 1, activeLow: 'false' }, /activeLow must be true or false, not a string/],
    [{ source: 'message', debounce: -1 }, /0 to 10000 ms, not -1/],
    [{ source: 'message', debounce: 'soon' }, /not "soon"/],
    [{ chip: '0', line: 1, debounce: 10_001 }, /not 10001/],
  ] as const) {
    it(`are refused: ${words.source}`, () => {
      assert.throws(() => parseSource(settings), fails('config', words));
    });
  }

  it('name it as relays are named', () => {
    assert.equal(parseInputId('درب_1'), 'درب_1');
    for (const id of ['', 'two words', '__proto__', 'x'.repeat(65), undefined, 7])
      assert.throws(() => parseInputId(id), fails('config', /Open the input/));
  });
});

describe('the level of a payload', () => {
  it('is what MQTT and Modbus call on and off', () => {
    for (const on of [true, 1, '1', 'on', ' ON ', 'true']) assert.equal(parseLevel(on), true);
    for (const off of [false, 0, '0', 'off', 'Off', 'FALSE']) assert.equal(parseLevel(off), false);
  });

  it('is never made up', () => {
    for (const payload of [2, -1, NaN, '', 'yes', 'toggle', null, undefined, [true], { on: 1 }])
      assert.throws(() => parseLevel(payload), fails('invalid', /on or off, not .*change node/));
  });
});
