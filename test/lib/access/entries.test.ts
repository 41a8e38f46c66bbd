import assert from 'node:assert/strict';
import { MAX_ENTRIES, MAX_NAME_LENGTH, MAX_PATTERNS, parseEntries } from '../../../lib/access/entries.ts';
import { digest } from '../../../lib/access/secret.ts';
import { KEPT, TOKEN } from './known.ts';

const given = { id: 'e1', kind: 'token', name: 'press', role: 'operator' };
const parse = (part: object, secrets?: unknown): ReturnType<typeof parseEntries> =>
  parseEntries([{ ...given, ...part }], secrets);
const refused = (people: unknown, reason: RegExp, secrets?: unknown): void =>
  assert.throws(() => parseEntries(people, secrets), { code: 'config', message: reason });

describe('parseEntries', () => {
  it('takes nothing for nobody', () => {
    for (const nobody of [undefined, null, '', []]) assert.deepEqual(parseEntries(nobody), []);
  });

  it('reads lists and text with commas alike', () => {
    for (const relays of [['a', 'b*'], 'a, b*', ' a ,, b*,a '])
      assert.deepEqual(parse({ relays })[0]?.relays, ['a', 'b*']);
    for (const none of [undefined, null, '', ' , ', []])
      assert.deepEqual(parse({ areas: none })[0]?.areas, []);
  });

  it('takes the secret of its id, where that is one', () => {
    const secrets = (value: unknown): string => JSON.stringify({ e1: value });
    assert.equal(parse({}, secrets(digest(TOKEN)))[0]?.secret, digest(TOKEN));
    assert.equal(parse({}, secrets(KEPT))[0]?.secret, KEPT);
    for (const none of ['', 'plain', 7, null, `${KEPT}x`, KEPT.replace('16384', '2'), [digest(TOKEN)]])
      assert.equal(parse({}, secrets(none))[0]?.secret, undefined, String(none));
    for (const blob of [undefined, '', 7, 'null', '[]', '7'])
      assert.equal(parse({}, blob)[0]?.secret, undefined);
  });

  it('says that secrets cannot be read without telling them', () => {
    assert.throws(
      () => parse({}, `{"e1": "${digest(TOKEN)}"`),
      (error: Error) => !String(error).includes(digest(TOKEN)) && /cannot be read/.test(error.message),
    );
  });

  it('reads when an entry ends', () => {
    assert.equal(parse({ expires: '2027-03-21' })[0]?.expires, Date.UTC(2027, 2, 21));
    for (const never of [undefined, null, '']) assert.equal(parse({ expires: never })[0]?.expires, null);
    for (const wrong of ['soon', 7, {}]) refused([{ ...given, expires: wrong }], /is no date/);
  });

  it('takes names of any script, and none that look like something else in a log', () => {
    for (const name of ['آرش', "O'Brien", 'ada@plant.local', 'A', 'x'.repeat(MAX_NAME_LENGTH)])
      assert.equal(parse({ name })[0]?.name, name);
    for (const name of ['', ' a', 'a\nb', 'a<b>', 'x'.repeat(MAX_NAME_LENGTH + 1), 7, undefined])
      refused([{ ...given, name }], /cannot be the name/);
  });

  it('refuses what it cannot understand', () => {
    refused('ada', /must be a list/);
    refused([null], /must be an object/);
    refused([{ ...given, id: '' }], /the id of/);
    refused([{ ...given, id: 'a b' }], /the id of/);
    refused([{ ...given, kind: 'robot' }], /the kind of/);
    refused([{ ...given, role: 'admin' }], /is no role/);
    refused([{ ...given, kind: 'person', role: 'device' }], /cannot have the role device/);
    refused([{ ...given, relays: [7] }], /the relays of "press" must be text/);
    refused([{ ...given, relays: { a: 1 } }], /the relays of "press" must be text/);
  });

  it('refuses two of one name or id, also in another letter case', () => {
    refused([given, { ...given, id: 'e2', name: 'PRESS' }], /two entries have the name/);
    refused([given, { ...given, name: 'other' }], /two entries have the id/);
  });

  it('states its limits', () => {
    refused(
      Array.from({ length: MAX_ENTRIES + 1 }, () => given),
      /at most 1000/,
    );
    const patterns = Array.from({ length: MAX_PATTERNS + 1 }, (_, n) => `r${n}`);
    refused([{ ...given, relays: patterns }], /at most 100/);
    assert.throws(() => parse({ relays: ['x'.repeat(201)] }), { code: 'limit' });
  });
});
