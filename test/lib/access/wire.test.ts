import assert from 'node:assert/strict';
import { stamp } from '../../../lib/access/principal.ts';
import type { Principal } from '../../../lib/access/principal.ts';
import { authoriseMessage, mayBringCause } from '../../../lib/access/wire.ts';

const ada: Principal = { name: 'ada', role: 'operator', via: 'socket', address: '127.0.0.1' };
const flow: Principal = { name: 'flow', role: 'operator', via: 'wire', address: '' };
const strict = { trustDashboards: false };
const trusting = { trustDashboards: true };

function refused(message: object, reason: RegExp, trust = strict): void {
  const verdict = authoriseMessage(message, trust);
  assert.ok(!verdict.allowed, 'allowed');
  assert.equal(verdict.code, 'forbidden');
  assert.match(verdict.reason, reason);
}

describe('authoriseMessage', () => {
  it('takes what came from nowhere else for the flow itself', () => {
    for (const message of [{}, { payload: true, topic: 'relay1' }, { factory: {} }, { factory: 'x' }]) {
      assert.deepEqual(authoriseMessage(message, strict), { allowed: true, principal: flow });
    }
    assert.deepEqual(authoriseMessage({ factory: { by: null } }, trusting), {
      allowed: true,
      principal: flow,
    });
  });

  const marks: [mark: string, value: unknown][] = [
    ['req', { method: 'POST' }],
    ['_session', { type: 'websocket', id: 'a' }],
    ['_client', { socketId: 'abc' }],
    ['socketid', 'abc'],
  ];
  for (const [mark, value] of marks) {
    it(`refuses what came from outside by msg.${mark}, however empty the mark`, () => {
      for (const each of [value, undefined, null, '', false]) {
        refused({ payload: true, [mark]: each }, new RegExp(`msg\\.${mark}\\)`));
      }
    });
  }

  const sealed = (mark: string, value: unknown): object =>
    structuredClone({ [mark]: value, factory: { by: stamp(ada) } });
  for (const [mark, value] of [
    ['req', { method: 'POST' }],
    ['_session', { type: 'factory-iot', id: 'a' }],
  ] as const) {
    it(`allows a principal that we sealed, clones included (msg.${mark})`, () => {
      assert.deepEqual(authoriseMessage(sealed(mark, value), strict), { allowed: true, principal: ada });
    });
  }
  for (const [mark, value] of marks.slice(1)) {
    it(`takes no seal from one who may have been shown it (msg.${mark})`, () => {
      refused(sealed(mark, value), new RegExp(`msg\\.${mark}\\)`));
    });
  }

  it('looks at the message itself, not at what it inherits', () => {
    const message = Object.create({ req: {}, _session: {} }) as object;
    assert.deepEqual(authoriseMessage(message, strict), { allowed: true, principal: flow });
  });

  describe('with trusted dashboards', () => {
    it('names the screen, of either dashboard', () => {
      const dashboard = { ...flow, name: 'dashboard', address: 'abc' };
      for (const message of [{ _client: { socketId: 'abc' } }, { socketid: 'abc' }]) {
        assert.deepEqual(authoriseMessage(message, trusting), { allowed: true, principal: dashboard });
      }
    });

    it('names the screen and not the seal that it brings', () => {
      const verdict = authoriseMessage(sealed('socketid', 'abc'), trusting);
      assert.ok(verdict.allowed);
      assert.equal(verdict.principal.name, 'dashboard');
    });

    it('takes no other thing for the name of a screen', () => {
      for (const message of [
        { _client: 'abc' },
        { _client: null },
        { _client: { socketId: 7 } },
        { socketid: {} },
      ]) {
        const verdict = authoriseMessage(message, trusting);
        assert.ok(verdict.allowed);
        assert.equal(verdict.principal.address, '');
      }
    });

    it('still refuses requests and sessions, also those that call themselves a dashboard', () => {
      refused({ req: {} }, /msg\.req/, trusting);
      refused({ _session: {} }, /msg\._session/, trusting);
      refused({ req: {}, socketid: 'abc' }, /msg\.req/, trusting);
      refused({ _session: {}, _client: { socketId: 'abc' } }, /msg\._session/, trusting);
    });
  });

  describe('a principal that is there', () => {
    const forged: [name: string, by: unknown][] = [
      ['without a seal', ada],
      ['with a seal made up', { ...ada, seal: 'AAAA' }],
      ['with the seal of another', { ...ada, seal: stamp({ ...ada, name: 'eve' }).seal }],
      ['changed after it was sealed', { ...stamp({ ...ada, role: 'viewer' }), role: 'operator' }],
      ['that is text', 'ada'],
      ['that is empty text', ''],
      ['that is false', false],
      ['that is a list', []],
    ];
    for (const [name, by] of forged) {
      it(`${name} is refused, also on a message of the flow itself`, () => {
        refused({ factory: { by } }, /not sealed/);
        refused({ factory: { by }, socketid: 'abc' }, /not sealed/, trusting);
        refused({ factory: { by }, req: {} }, /not sealed/);
      });
    }

    it('that may only read is refused', () => {
      refused({ factory: { by: stamp({ ...ada, role: 'viewer' }) } }, /^a viewer may read/);
    });

    it('that is an engineer is allowed', () => {
      const engineer: Principal = { ...ada, role: 'engineer' };
      assert.deepEqual(authoriseMessage({ factory: { by: stamp(engineer) } }, strict), {
        allowed: true,
        principal: engineer,
      });
    });
  });

  describe('what it says of its past', () => {
    const factory = { by: stamp(ada) };
    for (const [believed, what, message] of [
      [true, 'of the flow itself', {}],
      [true, 'of a client of ours', { _session: { type: 'factory-iot', id: 's' }, factory }],
      [false, 'of a client of ours without a seal', { _session: { type: 'factory-iot', id: 's' } }],
      [false, 'of a request', { req: {} }],
      [false, 'of a socket that is not ours', { _session: { type: 'websocket', id: 's' }, factory }],
      [false, 'of a dashboard', { socketid: 's' }],
      [false, 'of a dashboard that has kept a seal', { _client: {}, factory }],
    ] as const) {
      it(`is ${believed ? '' : 'not '}believed ${what}`, () =>
        assert.equal(mayBringCause(message), believed));
    }
  });
});
