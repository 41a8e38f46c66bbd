import assert from 'node:assert/strict';
import {
  ALL_RIGHTS,
  parseGuardedDeed,
  parseRole,
  whyNot,
  type Deed,
  type Rights,
  type Target,
} from '../../../lib/access/role.ts';

const DEEDS: readonly Deed[] = ['read', 'write', 'switch', 'audit', 'rehearse', 'be-known'];
const rights = (part: Partial<Rights>): Rights => ({
  role: 'viewer',
  relays: [],
  areas: [],
  devices: [],
  ...part,
});
/** What these may do of all deeds. */
const may = (part: Partial<Rights>, target?: Target): string =>
  DEEDS.filter((deed) => whyNot(rights(part), deed, target) === undefined).join(' ');

describe('roles', () => {
  it('may do to anything at all what is theirs', () => {
    assert.equal(may({ role: 'viewer' }), 'read be-known');
    assert.equal(may({ role: 'operator' }), 'read write switch be-known');
    assert.equal(may({ role: 'engineer' }), DEEDS.join(' '));
    assert.equal(may({ role: 'device' }), 'write be-known');
    assert.equal(may(ALL_RIGHTS, { relay: 'x' }), DEEDS.join(' '));
  });

  const all = 'read write switch be-known';
  const look = 'read be-known';
  const cases: [what: string, part: Partial<Rights>, target: Target, expected: string][] = [
    ['a relay by its id', { relays: ['pump'] }, { relay: 'pump' }, 'read switch be-known'],
    ['a relay by a pattern', { relays: ['pump*'] }, { relay: 'pump7' }, 'read switch be-known'],
    ['another relay', { relays: ['pump'] }, { relay: 'pump7' }, look],
    ['a relay of another letter case', { relays: ['pump'] }, { relay: 'Pump' }, look],
    ['a relay by its area', { areas: ['hall'] }, { relay: 'x', area: 'hall' }, all],
    ['a relay of another area', { areas: ['hall'] }, { relay: 'x', area: 'hall2' }, look],
    ['a relay of no area', { areas: ['hall'] }, { relay: 'x', area: '' }, look],
    ['a relay of an area that is no text', { areas: ['hall'] }, { relay: 'x', area: ['hall'] }, look],
    ['everything, also of no area', { areas: ['*'] }, { device: 'x' }, all],
    ['a device by its area', { areas: ['hall'] }, { device: 'x', area: 'hall' }, all],
    ['a device, with relays alone', { relays: ['*'] }, { device: 'x', area: 'hall' }, look],
    ['a relay, where the list is empty', {}, { relay: 'x', area: 'hall' }, look],
    ['a relay, where a pattern is empty', { relays: [''], areas: [''] }, { relay: '', area: '' }, look],
  ];
  for (const [what, part, target, expected] of cases) {
    it(`says what an operator may do to ${what}`, () =>
      assert.equal(may({ role: 'operator', ...part }, target), expected));
  }

  it('let a device write its own, and nothing of an operator’s', () => {
    const own = { role: 'device', devices: ['tank*'], relays: ['*'], areas: ['*'] } as const;
    assert.equal(may(own, { device: 'tank1' }), 'write be-known');
    assert.equal(may(own, { device: 'oven' }), 'be-known');
    assert.equal(may(own, { relay: 'tank1' }), 'be-known');
    assert.match(whyNot(rights(own), 'write', { device: 'oven' })!, /"oven" is not its own/);
  });

  it('say why not, for a person', () => {
    assert.match(
      whyNot(rights({ role: 'operator' }), 'switch', { relay: 'x' })!,
      /the relay "x" is not among/,
    );
    assert.match(
      whyNot(rights({ role: 'operator' }), 'write', { device: 'x' })!,
      /the device "x" is not among/,
    );
    assert.match(whyNot(rights({ role: 'operator' }), 'audit')!, /only an engineer/);
    assert.match(whyNot(rights({ role: 'operator', areas: ['*'] }), 'rehearse')!, /only an engineer/);
  });

  it('are four, and a guard guards three deeds', () => {
    for (const value of ['admin', 'Viewer', '', undefined, null, 1, ['viewer']])
      assert.throws(() => parseRole(value), { code: 'config' });
    assert.equal(parseRole('device'), 'device');
    assert.equal(parseGuardedDeed(''), 'switch');
    assert.equal(parseGuardedDeed('read'), 'read');
    for (const value of ['audit', 'be-known', 'READ', 1, {}])
      assert.throws(() => parseGuardedDeed(value), { code: 'config' });
  });
});
