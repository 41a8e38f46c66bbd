import assert from 'node:assert/strict';
import { quantity } from '../../client/ui/quantity.ts';
import { quantity as ofNode } from '../../lib/base/quantity.ts';

describe('a number on a screen', () => {
  const plain = (text: string): string => text.replaceAll(/[\u2066\u2069\u200e]/g, '');
  const cases: [value: number, en: string, fa: string][] = [
    [0, '0', '۰'],
    [-0, '0', '۰'],
    [21.5, '21.5', '۲۱٫۵'],
    [4.2299999999999995, '4.23', '۴٫۲۳'],
    [1013.25, '1,013.25', '۱٬۰۱۳٫۲۵'],
    [1.3e-6, '1.3 × 10⁻⁶', '۱٫۳ × ۱۰^−۶'],
    [602_000_000_000_000, '6.02 × 10¹⁴', '۶٫۰۲ × ۱۰^۱۴'],
  ];
  for (const [value, en, fa] of cases) {
    it(`is ${en} for ${Object.is(value, -0) ? '-0' : value}, and ${fa} in Persian`, () => {
      assert.equal(plain(quantity(value, 'en')), en);
      assert.equal(plain(quantity(value, 'fa')), fa);
    });
  }

  it('is rounded as in the status of a node', () => {
    for (let power = -20; power <= 20; power++) {
      for (const digits of [1, -1.00049, 3.3333, 9.9994, -9.99951]) {
        const value = digits * 10 ** power;
        assert.equal(plain(quantity(value, 'en')).replaceAll(',', ''), ofNode(value));
      }
    }
  });

  it('keeps the order of a power of ten in a text from right to left', () => {
    for (const language of ['en', 'fa'] as const) assert.match(quantity(1e20, language), /^\u2066.*\u2069$/);
  });
});
