import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HEADER_PINS } from '../../nodes/factory-board/header-pins.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** The words of a union type, as its file has them. */
function wordsOf(path: string, type: string): string[] {
  const [, body = ''] = new RegExp(`export type ${type} =([^;]+);`).exec(read(path)) ?? [];
  return Array.from(body.matchAll(/'([\w-]+)'/g), ([, word]) => word!);
}

describe("the words of the board's dialog that are put together", () => {
  for (const language of ['en-US', 'fa']) {
    const catalogue = (
      JSON.parse(read(`nodes/factory-board/locales/${language}/factory-board.json`)) as {
        'factory-board': Record<string, Record<string, Record<string, string>>>;
      }
    )['factory-board'];
    const cases: [string, string[], Record<string, string>][] = [
      [
        'fate',
        wordsOf('lib/relays/previewed.ts', 'Fate').filter((fate) => fate !== 'moved'),
        catalogue['outputs']!['fate']!,
      ],
      [
        'what becomes of a moved one',
        wordsOf('lib/relays/previewed.ts', 'Becomes'),
        catalogue['outputs']!['moved']!,
      ],
      ['result', wordsOf('lib/relays/relay.ts', 'ResultCode'), catalogue['try']!['code']!],
      ['release', wordsOf('lib/gpio/crash-facts.ts', 'Release'), catalogue['crash']!['release']!],
    ];
    for (const [what, words, texts] of cases) {
      it(`are there for each ${what} (${language})`, () => {
        assert.ok(words.length >= 4, String(words));
        assert.deepEqual(
          words.filter((word) => !texts[word]),
          [],
        );
      });
    }
  }
});

describe('the header of a Raspberry Pi', () => {
  it('has 40 pins, each line of the header once, and its power where it is', () => {
    assert.deepEqual(
      HEADER_PINS.map(({ pin }) => pin),
      Array.from({ length: 40 }, (_, index) => index + 1),
    );
    const lines = HEADER_PINS.flatMap((pin) => ('line' in pin ? [pin.line] : []));
    assert.deepEqual(
      lines.toSorted((one, other) => one - other),
      Array.from({ length: 28 }, (_, index) => index),
    );
    const pinsOf = (power: string): number[] =>
      HEADER_PINS.flatMap((pin) => ('power' in pin && pin.power === power ? [pin.pin] : []));
    assert.deepEqual(pinsOf('3.3 V'), [1, 17]);
    assert.deepEqual(pinsOf('5 V'), [2, 4]);
    assert.deepEqual(pinsOf('GND'), [6, 9, 14, 20, 25, 30, 34, 39]);
  });

  it('has the lines where every table of it has them', () => {
    const pinOf = (line: number): number | undefined =>
      HEADER_PINS.find((pin) => 'line' in pin && pin.line === line)?.pin;
    const known = {
      2: 3,
      3: 5,
      4: 7,
      14: 8,
      15: 10,
      17: 11,
      18: 12,
      27: 13,
      22: 15,
      23: 16,
      24: 18,
      10: 19,
      9: 21,
    };
    const more = {
      25: 22,
      11: 23,
      8: 24,
      7: 26,
      5: 29,
      6: 31,
      12: 32,
      13: 33,
      19: 35,
      16: 36,
      26: 37,
      20: 38,
      21: 40,
    };
    for (const [line, pin] of Object.entries({ ...known, ...more }))
      assert.equal(pinOf(Number(line)), pin, line);
  });
});
