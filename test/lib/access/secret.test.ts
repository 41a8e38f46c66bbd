import assert from 'node:assert/strict';
import {
  digest,
  hashPassword,
  isPassword,
  MAX_PASSWORD,
  MIN_PASSWORD,
  newSecret,
  pageSecret,
  PREFIXES,
} from '../../../lib/access/secret.ts';
import { KEPT, PASSWORD } from './known.ts';

describe('secrets', () => {
  it('are long, never the same, and say what they are for', () => {
    for (const kind of Object.keys(PREFIXES) as (keyof typeof PREFIXES)[]) {
      const many = new Set(Array.from({ length: 100 }, () => newSecret(kind)));
      assert.equal(many.size, 100);
      for (const one of many) assert.match(one, new RegExp(`^${PREFIXES[kind]}[\\w-]{43}$`));
    }
  });

  it('of a page belong to a session, and do not tell it', () => {
    const session = newSecret('session');
    assert.equal(pageSecret(session), pageSecret(session));
    assert.notEqual(pageSecret(session), pageSecret(newSecret('session')));
    assert.ok(!pageSecret(session).includes(session.slice(5)));
    assert.notEqual(digest(pageSecret(session)), digest(session));
  });
});

describe('passwords', () => {
  it('are kept each in another way, and recognised', async () => {
    const again = await hashPassword(PASSWORD);
    assert.notEqual(again, KEPT);
    assert.match(again, /^scrypt\$16384\$8\$1\$[\w-]{22}\$[\w-]{43}$/);
    assert.equal(await isPassword(PASSWORD, KEPT), true);
    assert.equal(await isPassword(PASSWORD, again), true);
    for (const other of ['', 'correct hors', `${PASSWORD} `, PASSWORD.toUpperCase(), KEPT])
      assert.equal(await isPassword(other, KEPT), false, other);
  });

  it('are the same however a keyboard composes them', async () => {
    const kept = await hashPassword('p\u00e4ssword');
    assert.equal(await isPassword('pa\u0308ssword', kept), true);
  });

  it('fit nothing that is no kept password', async () => {
    for (const kept of [undefined, '', 'plain', digest(PASSWORD), 'scrypt$16384$8$1$$', KEPT.slice(0, -43)])
      assert.equal(await isPassword(PASSWORD, kept), false, kept);
  });

  it('are text of a length', async () => {
    for (const value of [
      undefined,
      7,
      ['correct horse'],
      'x'.repeat(MIN_PASSWORD - 1),
      'x'.repeat(MAX_PASSWORD + 1),
    ])
      await assert.rejects(hashPassword(value), { code: 'invalid' });
    const longest = 'x'.repeat(MAX_PASSWORD);
    assert.equal(await isPassword(longest, await hashPassword(longest)), true);
  });
});
