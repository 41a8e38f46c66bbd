import assert from 'node:assert/strict';
import { MAX_CHECKS, Passwords } from '../../../lib/access/passwords.ts';
import { hashPassword } from '../../../lib/access/secret.ts';
import { FakeClock } from '../../../lib/base/fake-clock.ts';

describe('passwords that are tried', () => {
  let clock: FakeClock;
  let passwords: Passwords;
  let kept: string;
  // Fast, because what is counted here is attempts.
  before(async () => (kept = await hashPassword('correct horse', { N: 64, r: 8, p: 1 })));
  beforeEach(() => {
    clock = new FakeClock();
    passwords = new Passwords(clock);
  });
  const attempt = async (
    name: string,
    address: string,
    password = 'wrong',
    isKnown = false,
  ): Promise<string> => (await passwords.verify(name, password, address, { kept, isKnown }))?.code ?? 'in';
  const right = 'correct horse';

  it('slows one name from one address down, whoever is there', async () => {
    for (let time = 0; time < 5; time++) assert.equal(await attempt('sara', '192.0.2.1'), 'unauthenticated');
    assert.equal(await attempt('sara', '192.0.2.1', right, true), 'limit');
    assert.equal(await attempt('sara', '192.0.2.2', right), 'in');
    clock.advance(1000);
    assert.equal(await attempt('sara', '192.0.2.1', right), 'in');
  });

  it('slows one name from many addresses down, but not where that person was before', async () => {
    assert.equal(await attempt('sara', '192.0.2.1', right), 'in');
    for (let host = 2; host < 22; host++) await attempt('sara', `192.0.2.${host}`);
    assert.equal(await attempt('sara', '192.0.2.200', right), 'limit');
    assert.equal(await attempt('sara', '192.0.2.1', right), 'in');
    assert.equal(await attempt('sara', '192.0.2.200', right, true), 'in', 'who is signed in there');
    clock.advance(10_000);
    assert.equal(await attempt('sara', '192.0.2.201', right), 'in');
  });

  it('slows many names from one address down, whatever password of its own it has', async () => {
    assert.equal(await attempt('reza', '192.0.2.1', right), 'in');
    for (let name = 0; name < 30; name++) {
      assert.equal(await attempt(`name ${name}`, '192.0.2.1'), 'unauthenticated');
      assert.equal(await attempt('reza', '192.0.2.1', right), 'in');
    }
    assert.equal(await attempt('sara', '192.0.2.1', right), 'limit');
    assert.equal(await attempt('reza', '192.0.2.1', right), 'in');
  });

  it('takes the addresses of one house for one', async () => {
    for (let host = 1; host <= 5; host++) await attempt('sara', `2001:db8::${host}`);
    assert.equal(await attempt('sara', '2001:db8:0:0:dead:beef:1:2', right), 'limit');
    assert.equal(await attempt('sara', '2001:db8:0:1::1', right), 'in');
  });

  it('lets who was here before wait where strangers crowd', async () => {
    assert.equal(await attempt('sara', '192.0.2.1', right), 'in');
    const crowd = Array.from({ length: MAX_CHECKS }, (_, index) =>
      attempt(`name ${index}`, `198.51.100.${index}`),
    );
    assert.equal(await attempt('reza', '192.0.2.2', right), 'limit');
    assert.equal(await attempt('sara', '192.0.2.1', right), 'in');
    await Promise.all(crowd);
  });
});
