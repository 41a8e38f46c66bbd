import assert from 'node:assert/strict';
import { mayNotSwitch, mayNotWrite, type Who } from '../../client/may.ts';
import type { Device, Relay, Role } from '../../client/types.ts';

const who = (role: Role, relays: string[] = [], areas: string[] = []): Who => ({
  session: { name: 'x', role, relays, areas, expires: null, open: false },
  needsSignIn: false,
});
const relay = (id: string, area?: string): Relay => ({
  id,
  name: id,
  state: false,
  available: true,
  simulated: false,
  ...(area !== undefined && { area }),
});
const device = (area: unknown): Device => ({
  id: 'd',
  name: 'd',
  type: '',
  value: 1,
  unit: '',
  status: 'active',
  last_update: '',
  attributes: { area },
});

describe('what a session may do, told beforehand', () => {
  it('is everything for engineers, nothing for viewers, and unknown before a server says', () => {
    assert.equal(mayNotSwitch(who('engineer'), 'r', undefined), undefined);
    assert.equal(mayNotSwitch(who('viewer', ['*'], ['*']), 'r', undefined), 'read-only');
    assert.equal(mayNotSwitch({ session: null, needsSignIn: false }, 'r', undefined), undefined);
    assert.equal(mayNotSwitch({ session: null, needsSignIn: true }, 'r', undefined), 'sign-in');
  });

  it('goes by patterns of relays', () => {
    const fitting: [pattern: string, id: string, fits: boolean][] = [
      ['pump1', 'pump1', true],
      ['pump1', 'pump10', false],
      ['pump?', 'pump1', true],
      ['pump?', 'pump', false],
      ['pump*', 'pump', true],
      ['*', 'anything', true],
      ['*_a', 'x_a_a', true],
      ['a*b*c', 'a-b-b-c', true],
      ['a*b*c', 'a-c-b', false],
      ['PUMP*', 'pump1', false],
      ['a.c', 'abc', false],
      ['', 'pump', false],
    ];
    for (const [pattern, id, fits] of fitting)
      assert.equal(
        mayNotSwitch(who('operator', [pattern]), id, undefined) === undefined,
        fits,
        `${pattern} ${id}`,
      );
  });

  it('goes by areas, of which all is also what has none', () => {
    const hall = who('operator', [], ['hall *']);
    assert.equal(mayNotSwitch(hall, 'r', relay('r', 'hall 1')), undefined);
    assert.equal(mayNotSwitch(hall, 'r', relay('r', 'yard')), 'not-yours');
    assert.equal(mayNotSwitch(hall, 'r', relay('r')), 'not-yours');
    assert.equal(mayNotSwitch(who('operator', [], ['*']), 'r', relay('r')), undefined);
  });

  it('writes devices by their area', () => {
    const hall = who('operator', ['*'], ['hall 1']);
    assert.equal(mayNotWrite(hall, device('hall 1')), undefined);
    assert.equal(mayNotWrite(hall, device('hall 2')), 'not-yours');
    assert.equal(mayNotWrite(hall, device(7)), 'not-yours');
    assert.equal(mayNotWrite(who('viewer'), device('hall 1')), 'read-only');
  });
});
