import assert from 'node:assert/strict';
import { checkBody, checkKnown, MAX_BODY_DEPTH } from '../../../lib/api/body.ts';

const nested = (levels: number, close: (inner: unknown) => unknown): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = close(value);
  return value;
};

describe('checkBody', () => {
  it('takes objects', () => {
    for (const body of [{}, { value: null }, JSON.parse('{"__proto__": 1}')]) checkBody(body);
  });

  const others: [unknown, RegExp][] = [
    [undefined, /not missing/],
    [null, /not null/],
    [[], /not an array/],
    ['text', /not a string/],
    [1, /not a number/],
    [true, /not a boolean/],
  ];
  for (const [body, message] of others) {
    it(`refuses ${JSON.stringify(body)}`, () => {
      assert.throws(() => checkBody(body), { code: 'invalid', message, remedy: /application\/json/ });
    });
  }

  it(`takes ${MAX_BODY_DEPTH} levels and no more, of objects and arrays`, () => {
    const ways = [(inner: unknown) => ({ a: inner }), (inner: unknown) => ({ a: 0, b: [inner] })];
    for (const close of ways) {
      const levels = close === ways[0] ? MAX_BODY_DEPTH : MAX_BODY_DEPTH / 2;
      checkBody(nested(levels, close));
      assert.throws(() => checkBody(nested(levels + 1, close)), { code: 'invalid', message: /nested/ });
    }
  });

  it('does not overflow on what is nested beyond reason', () => {
    const body = nested(100_000, (inner) => ({ a: inner }));
    assert.throws(() => checkBody(body), { code: 'invalid', message: /nested/ });
  });
});

describe('checkKnown', () => {
  it('takes what a call knows, in part too', () => {
    for (const body of [{}, { value: 1 }, { value: 1, quality: 'bad' }])
      checkKnown(body, ['value', 'quality']);
  });

  it('refuses anything else by its name, and says what is known', () => {
    const strange = {
      code: 'invalid',
      message: 'unknown property "Value"',
      remedy: 'Known are value, quality',
    };
    assert.throws(() => checkKnown({ value: 1, Value: 1 }, ['value', 'quality']), strange);
    assert.throws(() => checkKnown(JSON.parse('{"__proto__": 1}'), ['value']), { code: 'invalid' });
  });
});
