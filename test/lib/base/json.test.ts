import assert from 'node:assert/strict';
import { runInNewContext } from 'node:vm';
import { isSameJson, jsonCopy } from '../../../lib/base/json.ts';

class Own {
  readonly x = 1;
  get y(): number {
    return 2;
  }
}

function nested(depth: number): unknown {
  return depth === 0 ? { x: -0 } : { x: nested(depth - 1) };
}

const VALUES: Record<string, unknown> = {
  'a record': { id: 'a', value: 1.5, on: true, none: null, attributes: { area: 'hall', level: 2 } },
  'a list': [1, [2, { x: undefined }], undefined, () => 1, null],
  'what JSON leaves out': { a: undefined, b: () => 1, c: Symbol('c'), d: 4, [Symbol('e')]: 5 },
  'numbers that JSON has not': { a: NaN, b: Infinity, c: -Infinity, d: -0, e: 1e21, f: 5e-324 },
  'a date': { at: new Date(0), bad: new Date(NaN) },
  'what writes itself': { a: { toJSON: () => ({ b: 1 }) }, toJSON: undefined },
  'what writes itself, as a whole': { a: 1, toJSON: () => [2] },
  'what writes nothing': { a: { toJSON: () => undefined }, b: 1 },
  'boxed values': { a: Object(1), b: Object('two'), c: Object(true) },
  'maps, sets, buffers': { a: new Map([[1, 2]]), b: new Set([1]), c: Buffer.from('x'), d: new Uint8Array(2) },
  'an object of a class': { a: new Own() },
  'an object without a prototype': Object.assign(Object.create(null), { a: 1 }),
  'an object of another realm': runInNewContext('({ a: 1, b: [new Date(0)] })'),
  'names such as __proto__': JSON.parse(
    '{"__proto__":{"x":1},"constructor":{"y":2},"a":{"__proto__":3},"2":1,"1":2}',
  ),
  'what is inherited': { ...Object.create({ a: 1 }), b: 2 },
  'half a character': { a: '\ud800', '\udfff': 1 },
  'what is nested deep': nested(100),
  'a text': 'text',
  null: null,
};

describe('a copy as JSON has it', () => {
  for (const [name, value] of Object.entries(VALUES)) {
    it(`is that of ${name}`, () => {
      const copy = jsonCopy(value);
      const through: unknown = JSON.parse(JSON.stringify(value));
      assert.deepEqual(copy, through);
      assert.equal(JSON.stringify(copy), JSON.stringify(through), 'in the same order');
      assert.ok(isSameJson(copy, through));
      if (typeof value === 'object' && value !== null) assert.notEqual(copy, value);
    });
  }

  it('shares nothing with what it was made of', () => {
    const value = { a: { b: [{ c: 1 }] } };
    const copy = jsonCopy(value);
    value.a.b[0]!.c = 2;
    value.a.b.push({ c: 3 });
    assert.deepEqual(copy, { a: { b: [{ c: 1 }] } });
  });

  it('is nothing where nothing can be written', () => {
    for (const value of [undefined, () => 1, Symbol('s')]) assert.equal(jsonCopy(value), undefined);
  });

  it('throws as JSON does for a loop, a BigInt, and what throws itself', () => {
    const loop: Record<string, unknown> = {};
    loop['a'] = { b: loop };
    assert.throws(() => jsonCopy(loop), /circular/);
    assert.throws(() => jsonCopy({ a: 1n }), /BigInt/);
    const thrower = {
      get a(): never {
        throw new RangeError('no');
      },
    };
    assert.throws(() => jsonCopy(thrower), /^RangeError: no$/);
  });
});

describe('two values of JSON', () => {
  it('are the same whatever the order of their names', () => {
    assert.ok(isSameJson({ a: 1, b: { c: [1, null] } }, { b: { c: [1, null] }, a: 1 }));
  });

  for (const [one, other] of [
    [{ a: 1 }, { a: 2 }],
    [{ a: 1 }, { a: 1, b: 1 }],
    [{ a: 1, b: 1 }, { a: 1 }],
    [{ a: 1 }, { b: 1 }],
    [{ toString: null }, { a: null }],
    [{ a: null }, {}],
    [
      [1, 2],
      [2, 1],
    ],
    [[1], { 0: 1 }],
    [[], {}],
    [{}, null],
    [0, '0'],
    [0, false],
  ]) {
    it(`are not: ${JSON.stringify(one)}, ${JSON.stringify(other)}`, () => {
      assert.equal(isSameJson(one, other), false);
      assert.equal(isSameJson(other, one), false);
    });
  }
});
