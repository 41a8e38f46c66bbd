import assert from 'node:assert/strict';
import {
  checkArguments,
  MAX_ARGUMENTS,
  MAX_DEPTH,
  parseCommandRequest,
  splitReply,
} from '../../../lib/live/incoming.ts';
import { parseCommand } from '../../../lib/relays/command.ts';

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { value };
  return value;
}

describe('what clients send', () => {
  it('is parted from its acknowledgement, which is the last argument only', () => {
    const reply = (): void => {};
    assert.deepEqual(splitReply([1, 2, reply]), { args: [1, 2], reply });
    assert.deepEqual(splitReply([reply]), { args: [], reply });
    for (const args of [[], [1], [null], [{}]])
      assert.deepEqual(splitReply(args), { args, reply: undefined });
  });

  it('has a bounded number of arguments', () => {
    checkArguments(Array.from({ length: MAX_ARGUMENTS }, () => 'x'));
    assert.throws(() => checkArguments(Array.from({ length: MAX_ARGUMENTS + 1 }, () => 'x')), {
      code: 'limit',
    });
  });

  it('is nested to a bounded depth', () => {
    checkArguments([nested(MAX_DEPTH), null, undefined, 'text', Buffer.alloc(10_000)]);
    assert.throws(() => checkArguments([nested(MAX_DEPTH + 1)]), { code: 'limit' });
    assert.throws(() => checkArguments([nested(100_000)]), { code: 'limit' });
  });
});

describe('a command of a client', () => {
  it('keeps what a command is made of and nothing else', () => {
    assert.deepEqual(
      parseCommandRequest({
        relay: 'r',
        action: 'on',
        id: 'i',
        ttl: 5,
        issued: 2,
        by: 'me',
        payload: 1,
        __proto__: 1,
      }),
      { relay: 'r', payload: { action: 'on', id: 'i', ttl: 5, issued: 2 } },
    );
    assert.deepEqual(parseCommandRequest({ relay: '__proto__' }), { relay: '__proto__', payload: {} });
  });

  it('passes on for how long, and why: left out, it would be for good', () => {
    for (const wish of [
      { action: 'on', for: 500 },
      { action: 'lock', why: 'new belt' },
    ]) {
      const { payload } = parseCommandRequest({ relay: 'r', ...wish });
      assert.deepEqual(payload, wish);
      assert.deepEqual(parseCommand(payload), wish);
    }
  });

  it('takes nothing of what it inherits for a part of it', () => {
    const hostile = JSON.parse('{"relay":"r","__proto__":{"action":"on"}}') as unknown;
    assert.deepEqual(parseCommandRequest(hostile), { relay: 'r', payload: {} });
  });

  for (const value of [
    undefined,
    null,
    5,
    'relay1',
    true,
    [],
    {},
    { relay: '' },
    { relay: 5 },
    { relay: [] },
  ]) {
    it(`is refused as ${JSON.stringify(value)}`, () => {
      assert.throws(() => parseCommandRequest(value), { code: 'invalid' });
    });
  }
});
