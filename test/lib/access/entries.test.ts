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
    const moment = '2027-03-21T17:00:00.000Z';
    assert.equal(parse({ expires: moment })[0]?.expires, Date.parse(moment));
    assert.equal(
      parse({ expires: '2027-03-21T17:00:00+03:30' })[0]?.expires,
      Date.parse(moment) - 12_600_000,
    );
    for (const never of [undefined, null, '']) assert.equal(parse({ expires: never })[0]?.expires, null);
    for (const wrong of [
      'soon',
      7,
      {},
      '2027-02-29',
      '2027-13-01',
      '2027-3-21',
      '2027-03-21T17:00',
      '1800000000',
    ])
      refused([{ ...given, expires: wrong }], /is no date/);
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

  describe('that end on a day', () => {
    const { TZ } = process.env;
    afterEach(() => {
      if (TZ === undefined) delete process.env['TZ'];
      else process.env['TZ'] = TZ;
    });
    // Each with the first moment of the next day there, in UTC.
    for (const [zone, day, over] of [
      ['UTC', '2027-03-21', '2027-03-22T00:00:00.000Z'],
      ['America/Los_Angeles', '2027-03-21', '2027-03-22T07:00:00.000Z'],
      ['America/Los_Angeles', '2027-03-14', '2027-03-15T07:00:00.000Z'],
      ['Asia/Tehran', '2027-03-21', '2027-03-21T20:30:00.000Z'],
      ['Asia/Kathmandu', '2027-03-21', '2027-03-21T18:15:00.000Z'],
      ['Australia/Lord_Howe', '2027-04-04', '2027-04-04T13:30:00.000Z'],
      ['Pacific/Kiritimati', '2027-12-31', '2027-12-31T10:00:00.000Z'],
      ['Pacific/Pago_Pago', '2027-12-31', '2028-01-01T11:00:00.000Z'],
      ['Europe/Berlin', '2027-10-31', '2027-10-31T23:00:00.000Z'],
      // The clocks go from 23:59 to 01:00 there.
      ['Africa/Cairo', '2027-04-29', '2027-04-29T22:00:00.000Z'],
    ] as const) {
      it(`count to the end of ${day} in ${zone}`, () => {
        process.env['TZ'] = zone;
        assert.equal(new Date(parse({ expires: day })[0]!.expires!).toISOString(), over);
      });
    }
  });
});
