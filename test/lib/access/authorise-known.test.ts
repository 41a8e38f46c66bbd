/** What is judged once everybody has to sign in; for who is trusted until then, see authorise.test.ts. */
import assert from 'node:assert/strict';
import { authorise, type AccessPolicy } from '../../../lib/access/authorise.ts';
import { readStamp, stamp } from '../../../lib/access/principal.ts';
import { authoriseMessage } from '../../../lib/access/wire.ts';
import { accessWith, entryOf, peerWith, PASSWORD, person, settingsOf, TOKEN } from './known.ts';

const policyOf = (access: AccessPolicy['access']): AccessPolicy => ({ origins: [], open: false, access });

describe('authorise, once access is configured', () => {
  it('lets a cookie read, and nothing else, by itself and at the end of a wire', async () => {
    const { access } = accessWith([person({ role: 'engineer' })]);
    const policy = policyOf(access);
    const signedIn = await access.signIn('ada', PASSWORD, { address: '::1', remember: false });
    assert.ok('opened' in signedIn);
    const peer = peerWith({ kind: 'page', secret: signedIn.opened.page });
    for (const deed of ['write', 'switch', 'audit'] as const) {
      const verdict = authorise(policy, peer, deed);
      assert.ok(!verdict.allowed && /cookie alone/.test(verdict.reason), deed);
    }
    const read = authorise(policy, peer, 'read');
    assert.ok(read.allowed);
    // As a guard that lets read hands it on, and a relay node behind it judges it.
    const factory = { by: structuredClone(stamp(read.principal)) };
    const verdict = authoriseMessage({ req: {}, factory }, { trustDashboards: false, access }, 'switch');
    assert.ok(!verdict.allowed && /cookie alone/.test(verdict.reason));
    const { isPage: _, ...without } = factory.by;
    assert.equal(readStamp(without), undefined, 'nobody can take that off');
  });

  it('asks this machine too, and says that signing in helps', () => {
    const { access } = accessWith([entryOf()]);
    const verdict = authorise(policyOf(access), peerWith(), 'read');
    assert.ok(!verdict.allowed);
    assert.equal(verdict.code, 'unauthenticated');
    assert.ok(authorise(policyOf(access), peerWith({ kind: 'bearer', secret: TOKEN }), 'read').allowed);
  });

  it('counts what a grant is worth now, not what it was worth', () => {
    const { access } = accessWith([entryOf()]);
    const first = authorise(policyOf(access), peerWith({ kind: 'bearer', secret: TOKEN }), 'switch');
    assert.ok(first.allowed);
    const again = (): string => {
      const verdict = authorise(policyOf(access), first.principal, 'switch');
      return verdict.allowed ? verdict.principal.role : verdict.code;
    };
    assert.equal(again(), 'operator');
    access.configure(settingsOf([entryOf({ role: 'viewer' })]));
    assert.equal(again(), 'forbidden');
    access.configure(settingsOf([entryOf({ id: 'e2', secret: undefined })]));
    assert.equal(again(), 'unauthenticated');
    access.forget();
    assert.equal(again(), 'forbidden', 'known by what is no more');
  });

  it('slows down an address whose secrets nobody has, and no other', () => {
    const { access, clock } = accessWith([entryOf()]);
    const wrong = (address: string): string => {
      const peer = peerWith({ kind: 'bearer', secret: 'fiot_x' }, { address });
      const verdict = authorise(policyOf(access), peer, 'read');
      return verdict.allowed ? 'allowed' : verdict.code;
    };
    for (let n = 0; n < 20; n++) assert.equal(wrong('10.0.0.1'), 'unauthenticated');
    assert.equal(wrong('10.0.0.1'), 'limit');
    assert.equal(wrong('10.0.0.2'), 'unauthenticated');
    clock.advance(1000);
    assert.equal(wrong('10.0.0.1'), 'unauthenticated');
  });

  it('refuses names that anyone could make lead here, and settings that cannot work', () => {
    const { access } = accessWith([entryOf()]);
    const credential = { kind: 'bearer', secret: TOKEN } as const;
    const named = authorise(policyOf(access), peerWith(credential, { host: 'plant.example' }), 'read');
    assert.ok(!named.allowed && /may be a name of somebody else/.test(named.reason));
    for (const host of ['plant', 'plant.local', '10.0.0.5:1880', '[::1]:1880', undefined])
      assert.ok(authorise(policyOf(access), peerWith(credential, { host }), 'read').allowed, String(host));
    access.refuseAll('two have one name');
    const broken = authorise(policyOf(access), peerWith(credential), 'read');
    assert.ok(!broken.allowed && broken.code === 'forbidden' && /two have one name/.test(broken.reason));
  });
});
