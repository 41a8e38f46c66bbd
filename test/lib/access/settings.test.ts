import assert from 'node:assert/strict';
import { changesOf, parseAccess } from '../../../lib/access/settings.ts';
import { digest } from '../../../lib/access/secret.ts';
import { entryOf, KEPT, person, settingsOf, TOKEN } from './known.ts';

describe('parseAccess', () => {
  it('has a default for everything', () => {
    assert.deepEqual(parseAccess({}, undefined), settingsOf([]));
  });

  it('reads what a flow file gives', () => {
    const { entries, nodeRedUsers, origins, proxies, rememberMs } = parseAccess(
      {
        people: [{ id: 'e1', kind: 'token', name: 'press', role: 'operator', relays: 'pump' }],
        nodeRedUsers: true,
        origins: 'http://panel:3000',
        proxies: '10.0.0.5',
        rememberDays: '7',
      },
      JSON.stringify({ e1: digest(TOKEN) }),
    );
    assert.deepEqual(entries, [entryOf()]);
    assert.deepEqual([nodeRedUsers, origins, rememberMs], [true, ['http://panel:3000'], 7 * 86_400_000]);
    assert.equal(proxies.has('10.0.0.5'), true);
  });

  it('lets users of Node-RED in only where it says so exactly', () => {
    for (const nodeRedUsers of ['true', 1, {}, 'false', undefined])
      assert.equal(parseAccess({ nodeRedUsers }, undefined).nodeRedUsers, false);
  });

  for (const [what, def] of [
    ['people', { people: 'ada' }],
    ['origins', { origins: '*' }],
    ['proxies', { proxies: 'everybody' }],
    ['days', { rememberDays: 0 }],
  ] as const) {
    it(`refuses ${what} that cannot be`, () =>
      assert.throws(() => parseAccess(def, undefined), { code: 'config' }));
  }
});

describe('changesOf', () => {
  it('tells who came, went and changed, and never a secret', () => {
    const before = settingsOf([entryOf(), person(), entryOf({ id: 'e2', name: 'old' })]);
    const after = settingsOf(
      [
        entryOf({ role: 'viewer', secret: digest('another') }),
        person({ secret: `${KEPT}x` }),
        person({ id: 'p2', name: 'Bob' }),
      ],
      { nodeRedUsers: true, origins: ['http://panel'], rememberMs: 1 },
    );
    const changes = changesOf(before, after);
    assert.deepEqual(changes, [
      'token press changed: role, token',
      'person Ada changed: password',
      'person Bob added as operator',
      'token old removed',
      'nodeRedUsers changed',
      'origins changed',
      'rememberMs changed',
    ]);
    assert.deepEqual(changesOf(after, after), []);
    for (const secret of [KEPT, digest('another'), digest(TOKEN)])
      assert.ok(!changes.join().includes(secret));
  });
});
