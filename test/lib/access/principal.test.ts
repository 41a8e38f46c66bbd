import assert from 'node:assert/strict';
import { readStamp, stamp } from '../../../lib/access/principal.ts';
import type { Principal } from '../../../lib/access/principal.ts';

const ada: Principal = { name: 'ada', role: 'operator', via: 'http', address: '::1' };

describe('stamp', () => {
  it('can be read, also from a clone and from JSON', () => {
    const sealed = stamp(ada);
    assert.deepEqual(readStamp(sealed), ada);
    assert.deepEqual(readStamp(structuredClone(sealed)), ada);
    assert.deepEqual(readStamp(JSON.parse(JSON.stringify(sealed))), ada);
  });

  it('carries the principal and nothing more that was on it', () => {
    const more = { ...ada, token: 'secret' };
    assert.deepEqual(Object.keys(stamp(more)), ['name', 'role', 'via', 'address', 'seal']);
    assert.deepEqual(readStamp({ ...stamp(ada), token: 'secret' }), ada);
  });

  for (const property of ['name', 'role', 'via', 'address'] as const) {
    it(`is void once its ${property} is changed or missing`, () => {
      assert.equal(readStamp({ ...stamp(ada), [property]: 'other' }), undefined);
      assert.equal(readStamp({ ...stamp(ada), [property]: undefined }), undefined);
    });
  }

  it('does not take one property for two', () => {
    const shifted = { ...stamp({ ...ada, name: 'a', address: 'b,c' }), name: 'a,b', address: 'c' };
    assert.equal(readStamp(shifted), undefined);
  });

  it('is void with another seal', () => {
    const { seal } = stamp(ada);
    const wrong = [
      undefined,
      null,
      7,
      '',
      'AAAA',
      seal.slice(4),
      `AAAA${seal}`,
      {},
      stamp({ ...ada, name: 'eve' }).seal,
    ];
    for (const other of wrong) assert.equal(readStamp({ ...ada, seal: other }), undefined);
  });

  it('is nothing that is no object', () => {
    for (const value of [undefined, null, 'ada', 7, true, [], () => {}]) {
      assert.equal(readStamp(value), undefined);
    }
  });
});
