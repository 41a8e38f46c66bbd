import assert from 'node:assert/strict';
import { parseChannels } from '../../../lib/relays/channels.ts';
import { MAX_RULE_MS, NO_RULES, parseRules } from '../../../lib/relays/rules.ts';

describe('the rules of a channel', () => {
  it('limit nothing where there are none', () => {
    for (const given of [undefined, null, {}]) assert.deepEqual(parseRules(given, 'x'), NO_RULES);
    assert.deepEqual(parseRules({ maxOn: 0, interlock: '' }, 'x'), NO_RULES);
  });

  it('are read as they are', () => {
    const rules = {
      minOn: 1,
      minOff: 2,
      maxOn: MAX_RULE_MS,
      rate: { count: 3, within: 60_000 },
      interlock: 'forward-reverse',
      changeOver: 4,
      watchdog: 5000,
    };
    assert.deepEqual(parseRules(rules, 'x'), { ...NO_RULES, ...rules });
  });

  for (const [rules, message] of [
    ['fast', /must be an object, not a string/],
    [{ minimum: 1 }, /have no "minimum"/],
    [{ minOn: -1 }, /minOn of x must be a time from 0/],
    [{ minOff: '5' }, /minOff of x .* not a string/],
    [{ maxOn: MAX_RULE_MS + 1 }, /maxOn of x must be a time/],
    [{ minOn: 10, maxOn: 9 }, /may be on for 9 ms at most, but has to be for 10 ms/],
    [{ rate: 5 }, /rate of x must be \{count, within\}/],
    [{ rate: { count: 0, within: 5 } }, /rate of x/],
    [{ rate: { count: 1.5, within: 5 } }, /rate of x/],
    [{ rate: { count: 2 } }, /rate of x/],
    [{ interlock: 'a b' }, /interlock of x/],
    [{ interlock: 5 }, /interlock of x: it must be text/],
    [{ trips: {} }, /trips of x must be an array/],
    [{ permits: [{}] }, /condition 1 of the permits of x/],
    [{ changeOver: 5 }, /no interlock that it is for/],
  ] as const) {
    it(`refuse ${JSON.stringify(rules)}`, () => {
      assert.throws(() => parseRules(rules, 'x'), { code: 'config', message });
    });
  }

  it('let no two of an interlock start on, nor as they are found', () => {
    const rules = { interlock: 'doors' };
    const board = (...starts: string[]): unknown =>
      starts.map((start, line) => ({ id: `r${line}`, line, start, rules }));
    assert.equal(parseChannels(board('on', 'off')).length, 2);
    for (const starts of [
      ['on', 'on'],
      ['hold', 'on'],
    ]) {
      assert.throws(() => parseChannels(board(...starts)), {
        code: 'config',
        message: /r0 and r1 are interlocked/,
      });
    }
  });
});
