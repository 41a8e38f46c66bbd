import assert from 'node:assert/strict';
import { parseHandshake, parseSubscription } from '../../../lib/live/subscription.ts';

describe('a subscription', () => {
  it('is everything from nowhere where it says nothing', () => {
    const { filter, since } = parseSubscription({});
    assert.deepEqual([filter.text, filter.fits('devices/a'), since], ['', true, undefined]);
  });

  it('is of topics by patterns, from an epoch and a number on', () => {
    const { filter, since } = parseSubscription({ topics: 'devices/*, relays/r?', since: 'a-b_9.41' });
    assert.deepEqual(
      ['devices/a', 'relays/r1', 'relays/r', 'system/stats'].map((topic) => filter.fits(topic)),
      [true, true, false, false],
    );
    assert.deepEqual(since, { epoch: 'a-b_9', seq: 41 });
  });

  it('of a client that is there keeps its topics where it names none, and is from nowhere with others', () => {
    const of = (value: object): unknown => {
      const { filter, since } = parseSubscription(value, 'devices/*');
      return [filter.text, since?.seq];
    };
    assert.deepEqual(of({ since: 'a.4' }), ['devices/*', 4]);
    assert.deepEqual(of({ topics: ' devices/* ', since: 'a.4' }), ['devices/*', 4]);
    for (const topics of ['*', '', 'devices/a'])
      assert.deepEqual(of({ topics, since: 'a.4' }), [topics, undefined]);
    assert.throws(() => of({ topics: '*', since: 4 }), { code: 'invalid' });
  });

  for (const [what, value, code] of [
    ['no object', 'devices/*', 'invalid'],
    ['a list of topics', { topics: ['devices/*'] }, 'invalid'],
    ['an endless pattern', { topics: 'x'.repeat(1000) }, 'limit'],
    ['a number as cursor', { since: 5 }, 'invalid'],
    ['a cursor without a number', { since: 'abc' }, 'invalid'],
    ['a cursor below nothing', { since: 'abc.-1' }, 'invalid'],
    ['a cursor beyond all numbers', { since: `abc.${'9'.repeat(20)}` }, 'invalid'],
    ['an endless epoch', { since: `${'a'.repeat(65)}.1` }, 'invalid'],
  ] as const) {
    it(`refuses ${what}`, () => assert.throws(() => parseSubscription(value), { code }));
  }

  it('is in the handshake of clients that speak the protocol, and of no others', () => {
    for (const auth of [undefined, null, 'x', {}, { token: 'x' }, { protocol: 1 }, { protocol: '2' }])
      assert.equal(parseHandshake(auth), undefined);
    for (const protocol of [2, 3]) assert.ok(parseHandshake({ protocol, topics: 'a' })?.filter.fits('a'));
    assert.throws(() => parseHandshake({ protocol: 2, topics: 5 }), { code: 'invalid' });
  });
});
