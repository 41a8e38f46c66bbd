import assert from 'node:assert/strict';
import {
  fullPath,
  joinPath,
  LIMITS,
  parseLimit,
  parseLimits,
  type Limits,
  parsePath,
} from '../../../lib/live/settings.ts';

describe("a live server's settings", () => {
  for (const [given, path] of [
    [undefined, '/socket.io'],
    ['', '/socket.io'],
    ['/socket.io/', '/socket.io'],
    [' /plant_1/live.v2~x ', '/plant_1/live.v2~x'],
  ] as const) {
    it(`take the path ${JSON.stringify(given)}`, () => assert.equal(parsePath(given), path));
  }

  for (const given of [
    '/',
    'socket.io',
    '//socket.io',
    '/a//b',
    '/a/../b',
    '/./a',
    '/a b',
    '/a?b',
    '/a#b',
    '/a%2fb',
    '/سوکت',
    '${PATH}',
    `/${'x'.repeat(200)}`,
    5,
    ['/a'],
  ]) {
    it(`refuse the path ${JSON.stringify(given).slice(0, 30)}`, () => {
      assert.throws(() => parsePath(given), { code: 'config' });
    });
  }

  it('put the path below the root of the HTTP nodes, and refuse those of others', () => {
    assert.equal(fullPath(undefined, '/socket.io', []), '/socket.io');
    assert.equal(fullPath('/', '/socket.io', ['/ui/socket.io']), '/socket.io');
    assert.equal(fullPath('/red/', '/socket.io', ['/socket.io']), '/red/socket.io');
    assert.throws(() => fullPath('/', '/ui/socket.io', ['/ui/socket.io']), { code: 'config' });
    assert.throws(() => fullPath(false, '/socket.io', []), { code: 'config' });
    assert.equal(joinPath('/', 'ui', '/socket.io/'), '/ui/socket.io');
  });

  for (const [name, { standard, most }] of Object.entries(LIMITS)) {
    it(`take a whole number as ${name} within its limit, as number or text`, () => {
      const parse = (value: unknown): number => parseLimit(name as keyof Limits, value);
      assert.deepEqual([undefined, '', 1, '20', most].map(parse), [standard, standard, 1, 20, most]);
      for (const given of [0, -1, 1.5, most + 1, NaN, '0', 'many', ' ', '5 or so', false, [5], {}]) {
        assert.throws(
          () => parse(given),
          { code: 'config', message: new RegExp(name) },
          JSON.stringify(given),
        );
      }
    });
  }

  it('take all limits at once, each as it is given or as is usual', () => {
    assert.deepEqual(parseLimits({ maxPacket: '8', maxEvents: null }), {
      maxClients: 500,
      maxPerAddress: 250,
      maxHalfOpen: 500,
      maxPacket: 8,
      maxEvents: 50,
    });
  });
});
