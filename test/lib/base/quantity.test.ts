import assert from 'node:assert/strict';
import { quantity } from '../../../lib/base/quantity.ts';

describe('a number for people', () => {
  const cases: [value: number, text: string][] = [
    [0, '0'],
    [-0, '0'],
    [21.5, '21.5'],
    [4.2299999999999995, '4.23'],
    [-0.30000000000000004, '-0.3'],
    [1013.25, '1013.25'],
    [21.4837, '21.48'],
    [1.23456, '1.235'],
    [0.0123456, '0.01235'],
    [0.001, '0.001'],
    [0.00012344, '0.0001234'],
    [99_999.999, '100000'],
    [12_345_678, '12345678'],
    [9_999_999_999, '9999999999'],
    [1e10, '1 × 10¹⁰'],
    [1.3e-6, '1.3 × 10⁻⁶'],
    [-1.3e-6, '-1.3 × 10⁻⁶'],
    [602_000_000_000_000, '6.02 × 10¹⁴'],
    [6.02214076e23, '6.022 × 10²³'],
    [9.99999e-5, '1 × 10⁻⁴'],
    [5e-324, '4.941 × 10⁻³²⁴'],
    [Number.MAX_VALUE, '1.798 × 10³⁰⁸'],
  ];
  for (const [value, text] of cases) {
    it(`is ${text} for ${Object.is(value, -0) ? '-0' : value}`, () => assert.equal(quantity(value), text));
  }

  it('is never 0 unless it is, and as near as four digits are', () => {
    for (let power = -30; power <= 30; power++) {
      for (const digits of [1, 1.00049, 3.3333, 9.9994, 9.99951]) {
        for (const value of [digits * 10 ** power, -digits * 10 ** power]) {
          const [number = '', raised = ''] = quantity(value).split(' × 10');
          const shown = Number(number) * 10 ** Number(raised.normalize('NFKC').replace('−', '-') || 0);
          assert.ok(Math.abs(shown / value - 1) < 0.00051, `${value} is shown as ${quantity(value)}`);
        }
      }
    }
  });
});
