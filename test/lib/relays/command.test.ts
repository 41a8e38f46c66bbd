import assert from 'node:assert/strict';
import { FactoryError } from '../../../lib/base/errors.ts';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { newCommand, parseCommand } from '../../../lib/relays/command.ts';
import { MAX_COMMAND_ID_LENGTH, MAX_TTL_MS } from '../../../lib/relays/limits.ts';

function refuses(payload: unknown, message: RegExp, code = 'invalid'): void {
  assert.throws(
    () => parseCommand(payload),
    (error) => {
      assert.ok(error instanceof FactoryError, String(error));
      assert.equal(error.code, code);
      assert.match(error.message, message);
      return true;
    },
  );
}

describe('parseCommand', () => {
  const read: [payload: unknown, action: string][] = [
    [true, 'on'],
    [false, 'off'],
    [1, 'on'],
    [0, 'off'],
    ['on', 'on'],
    ['OFF', 'off'],
    ['Toggle', 'toggle'],
    ['true', 'on'],
    ['False', 'off'],
    ['1', 'on'],
    ['0', 'off'],
    ['on\n', 'on'],
    [' Toggle\r\n', 'toggle'],
    [{ action: 'on' }, 'on'],
    [{ action: 'off\n' }, 'off'],
    [{ action: 'TOGGLE' }, 'toggle'],
  ];
  for (const [payload, action] of read) {
    it(`reads ${JSON.stringify(payload)} as ${action}`, () => {
      assert.deepEqual(parseCommand(payload), { action });
    });
  }

  it('reads id and ttl, up to their limits', () => {
    const full = { action: 'off', id: 'x'.repeat(MAX_COMMAND_ID_LENGTH), ttl: MAX_TTL_MS };
    assert.deepEqual(parseCommand(full), full);
    assert.deepEqual(parseCommand({ action: 'on', ttl: 0.5 }), { action: 'on', ttl: 0.5 });
    assert.deepEqual(parseCommand({ action: 'on', issued: -0.5 }), { action: 'on', issued: -0.5 });
    assert.deepEqual(parseCommand({ action: 'ON', for: 1500 }), { action: 'on', for: 1500 });
    assert.deepEqual(parseCommand({ action: 'lock', why: ' new belt ' }), {
      action: 'lock',
      why: 'new belt',
    });
    assert.deepEqual(parseCommand({ action: 'trip', reason: ' tank empty ' }), {
      action: 'trip',
      why: 'tank empty',
    });
    for (const action of ['hand', 'auto', 'unlock', 'reset'])
      assert.deepEqual(parseCommand({ action }), { action });
  });

  const wrong: [payload: unknown, message: RegExp, code?: string][] = [
    [undefined, /cannot be undefined/],
    [null, /cannot be null/],
    [2, /cannot be 2/],
    [-1, /cannot be -1/],
    [Number.NaN, /cannot be NaN/],
    [[], /cannot be an array/],
    ['', /"" is no command/],
    ['yes', /"yes" is no command/],
    ['o n', /"o n" is no command/],
    [{}, /has no action/],
    [{ action: true }, /not a boolean/],
    [{ action: 'open' }, /not "open"/],
    [{ action: 'on', id: '' }, /must not be empty/],
    [{ action: 'on', id: 7 }, /must be text, not a number/],
    [{ action: 'on', id: 'x'.repeat(129) }, /129 characters, at most 128/, 'limit'],
    [{ action: 'on', ttl: 0 }, /more than 0/],
    [{ action: 'on', ttl: -5 }, /more than 0/],
    [{ action: 'on', ttl: MAX_TTL_MS + 1 }, /at most 86400000 ms/],
    [{ action: 'on', ttl: '100' }, /not a string/],
    [{ action: 'on', issued: '100' }, /server's clock in ms, not a string/],
    [{ action: 'on', issued: NaN }, /server's clock in ms, not NaN/],
    [{ action: 'on', for: 0 }, /for must be more than 0/],
    [{ action: 'on', for: '100' }, /not a string/],
    [{ action: 'off', for: 100 }, /only "on" can be for a time/],
    [{ action: 'on', why: 'x' }, /only "lock" and a force take a reason/],
    [{ action: 'trip' }, /the reason of a trip must be text/],
    [{ action: 'trip', reason: ' ' }, /a trip needs a reason/],
    [{ action: 'trip', reason: 'x', why: 'y' }, /only "lock" and a force/],
    [{ action: 'lock', why: 'x', reason: 'y' }, /only "trip" takes a reason/],
    [{ action: 'lock' }, /why it is locked out must be text/],
    [{ action: 'lock', why: '  ' }, /a lock-out needs a reason/],
    [{ action: 'on', relay: 'relay2' }, /no property "relay"/],
  ];
  for (const [payload, message, code] of wrong) {
    it(`refuses ${JSON.stringify(payload) ?? 'undefined'}`.slice(0, 60), () =>
      refuses(payload, message, code),
    );
  }
});

describe('newCommand', () => {
  const clock = new FakeClock();
  const asker = { relay: 'relay1', by: 'loopback', from: '127.0.0.1', owner: 'hand' } as const;

  it('counts from when it says that it was issued, but not from later than now', () => {
    const later = new FakeClock();
    later.advance(1000);
    const issued = (at: number): number => newCommand({ ...asker, action: 'on', issued: at }, later).issued;
    const now = later.monotonic();
    assert.deepEqual([issued(now - 400), issued(now + 400)], [now - 400, now]);
  });

  it('counts from now on the monotonic clock, and keeps id and ttl', () => {
    clock.advance(250);
    clock.jump(3_600_000);
    assert.deepEqual(newCommand({ ...asker, action: 'on', id: 'c1', ttl: 100 }, clock), {
      ...asker,
      action: 'on',
      id: 'c1',
      ttl: 100,
      issued: 250,
    });
  });

  it('makes up an id of its own where there is none, each time another', () => {
    const [one, two] = [1, 2].map(() => newCommand({ ...asker, action: 'on' }, clock));
    assert.match(one!.id, /^[0-9a-f-]{36}$/);
    assert.notEqual(one!.id, two!.id);
    assert.equal('ttl' in one!, false);
  });
});
