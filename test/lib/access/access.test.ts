import assert from 'node:assert/strict';
import { REVIEW_MS } from '../../../lib/access/access.ts';
import { authorise, type Peer } from '../../../lib/access/authorise.ts';
import { MAX_SCREENS } from '../../../lib/access/screens.ts';
import { MAX_CHECKS } from '../../../lib/access/passwords.ts';
import type { AuditEntry } from '../../../lib/access/report.ts';
import { digest, hashPassword, newSecret } from '../../../lib/access/secret.ts';
import { SHIFT_MS, type SessionRecord } from '../../../lib/access/sessions.ts';
import { TICKET_MS } from '../../../lib/access/tickets.ts';
import { accessWith, entryOf, KEPT, PASSWORD, person, settingsOf, TOKEN } from './known.ts';

const here = { address: '10.0.0.1', remember: false };
const DAY = 86_400_000;

describe('Access', () => {
  it('is configured by its first entry, by users of Node-RED, and by settings that cannot work', () => {
    const { access } = accessWith([]);
    assert.equal(access.isConfigured, false);
    access.configure(settingsOf([], { nodeRedUsers: true }));
    assert.equal(access.isConfigured, true);
    access.configure(settingsOf([entryOf()]));
    assert.equal(access.isConfigured, true);
    access.forget();
    assert.equal(access.isConfigured, false);
    access.refuseAll('a typing error');
    assert.deepEqual([access.isConfigured, access.broken], [true, 'a typing error']);
    access.configure(settingsOf([entryOf()]));
    assert.equal(access.broken, undefined);
  });

  it('knows a token by itself alone, and its rights as they are', () => {
    const { access } = accessWith([entryOf()]);
    const { grant, ...rights } = access.identify(TOKEN)!;
    assert.deepEqual(rights, {
      name: 'press',
      role: 'operator',
      relays: ['pump'],
      areas: [],
      devices: [],
      expires: null,
    });
    assert.equal(access.recall(grant)?.name, 'press');
    for (const other of [newSecret('token'), digest(TOKEN), `${TOKEN} `, '', KEPT])
      assert.equal(access.identify(other), undefined);
  });

  it('lets nobody in by the password of a person as a token, or without a secret', () => {
    const { access } = accessWith([person(), entryOf({ secret: undefined })]);
    for (const secret of [PASSWORD, KEPT, TOKEN, 'fiot_']) assert.equal(access.identify(secret), undefined);
  });

  it('signs a person in, whatever the letter case of the name, and tells the audit', async () => {
    const { access } = accessWith([person()]);
    const told: AuditEntry[] = [];
    access.report.to((entry) => told.push(entry));
    const result = await access.signIn('ADA', PASSWORD, here);
    assert.ok('opened' in result);
    assert.equal(access.identify(result.opened.token)?.name, 'Ada');
    assert.equal(access.identifyPage(result.opened.page)?.name, 'Ada');
    assert.equal(access.identify(result.opened.page), undefined, 'a cookie is no token');
    assert.deepEqual(told, [
      { kind: 'sign-in', by: 'Ada', from: '10.0.0.1', via: 'http', what: 'session', result: 'done' },
    ]);
    assert.equal(access.signOut(result.opened.token, here.address), true);
    assert.equal(access.signOut(result.opened.token, here.address), false);
    assert.equal(access.identify(result.opened.token), undefined);
    assert.equal(access.identifyPage(result.opened.page), undefined);
    assert.equal(told[1]?.kind, 'sign-out');
  });

  it('says the same of a wrong name, a wrong password, and somebody whose time is over', async () => {
    const { access, clock } = accessWith([person(), person({ id: 'p2', name: 'Bob', expires: 1 })]);
    const failed = async (name: string, password: string): Promise<unknown> => {
      clock.advance(60_000);
      return access.signIn(name, password, here);
    };
    const expected = await failed('Ada', 'wrong');
    assert.deepEqual(expected, {
      failed: { code: 'unauthenticated', reason: 'the name or the password is wrong' },
    });
    assert.deepEqual(await failed('nobody', PASSWORD), expected);
    assert.deepEqual(await failed('Bob', PASSWORD), expected);
  });

  it('slows down who fails again and again, also where attempts come together', async () => {
    const { access, clock } = accessWith([person()]);
    const together = await Promise.all(Array.from({ length: 8 }, () => access.signIn('ada', 'wrong', here)));
    const codes = together.map((result) => ('failed' in result ? result.failed.code : 'opened'));
    assert.deepEqual(codes, [...Array(5).fill('unauthenticated'), ...Array(3).fill('limit')]);
    const right = await access.signIn('ada', PASSWORD, here);
    assert.ok('failed' in right && right.failed.retryAfter! > 0, 'the right password does not help now');
    assert.ok('opened' in (await access.signIn('ada', PASSWORD, { ...here, address: '10.0.0.2' })));
    clock.advance(1000);
    assert.ok('opened' in (await access.signIn('ada', PASSWORD, here)));
  });

  it('checks so many passwords at most', async () => {
    const { access } = accessWith([person()]);
    const all = await Promise.all(
      Array.from({ length: MAX_CHECKS + 2 }, (_, n) => access.signIn(`nobody ${n}`, 'wrong', here)),
    );
    const crowded = all.filter((result) => 'failed' in result && result.failed.code === 'limit');
    assert.equal(crowded.length, 2);
  }).timeout(20_000);

  it('ends every session of whoever has another password, is removed, or whose time is over', async () => {
    const { access, clock } = accessWith([person()]);
    const open = async (): Promise<string> => {
      const result = await access.signIn('ada', PASSWORD, { ...here, remember: true });
      assert.ok('opened' in result);
      return result.opened.token;
    };
    const first = await open();
    access.configure(settingsOf([person({ role: 'viewer' })]));
    assert.equal(access.identify(first)?.role, 'viewer', 'another role counts at once');
    access.configure(settingsOf([person({ secret: await hashPassword('another one') })]));
    assert.equal(access.identify(first), undefined);
    access.configure(settingsOf([person({ expires: clock.now() + DAY })]));
    const second = await open();
    assert.equal(access.identify(second)?.expires, clock.now() + DAY);
    clock.advance(DAY);
    assert.equal(access.identify(second), undefined);
    access.configure(settingsOf([person()]));
    const third = await open();
    access.configure(settingsOf([entryOf()]));
    assert.equal(access.identify(third), undefined);
  });

  it('keeps nothing of a session that is worth anything to who finds it', async () => {
    const { access } = accessWith([person()]);
    const kept: SessionRecord[] = [];
    access.keepIn({ all: () => [], keep: (record) => void kept.push(record), drop: () => {} });
    const result = await access.signIn('ada', PASSWORD, here);
    assert.ok('opened' in result);
    const text = JSON.stringify(kept);
    const { token, page } = result.opened;
    // The hash of a password can be tried against a list of words.
    for (const secret of [token, page, PASSWORD, KEPT, KEPT.split('$').at(-1)!])
      assert.ok(!text.includes(secret));
    assert.equal(kept[0]?.hash, digest(token));
  });

  it('refuses nobody’s session as none before those of an earlier process are read', () => {
    const { access } = accessWith([entryOf()]);
    const policy = { origins: [], open: false, access };
    const ask = (secret: string): string => {
      const credential = { kind: 'bearer', secret } as const;
      const verdict = authorise(
        policy,
        { via: 'http', address: '::1', host: 'localhost', credential } as Peer,
        'read',
      );
      return verdict.allowed ? 'allowed' : verdict.code;
    };
    access.awaitSessions(true);
    for (let n = 0; n < 50; n++) assert.equal(ask(newSecret('session')), 'unavailable', 'nor as too many');
    assert.equal(ask(newSecret('token')), 'unauthenticated');
    assert.equal(ask(TOKEN), 'allowed');
    assert.equal(
      access.report.refused({ address: '', code: 'unavailable', reason: '', via: 'http' }),
      undefined,
    );
    access.keepIn({ all: () => [], keep: () => {}, drop: () => {} });
    assert.equal(ask(newSecret('session')), 'unauthenticated');
    access.awaitSessions(true);
    assert.equal(ask(newSecret('session')), 'unauthenticated', 'they are here already');
  });

  it('opens what was kept by an earlier process', async () => {
    const { access } = accessWith([person()]);
    const kept = new Map<string, SessionRecord>();
    const keeper = {
      all: () => [...kept.values()],
      keep: (record: SessionRecord) => void kept.set(record.hash, record),
      drop: (hash: string) => void kept.delete(hash),
    };
    access.keepIn(keeper);
    const result = await access.signIn('ada', PASSWORD, here);
    assert.ok('opened' in result);
    const { access: later } = accessWith([person()]);
    later.keepIn(keeper);
    assert.equal(later.identify(result.opened.token)?.name, 'Ada');
    later.signOut(result.opened.token, '');
    assert.equal(kept.size, 0);
  });

  it('hands over by a ticket who one is, once, within 30 s', () => {
    const { access, clock } = accessWith([entryOf()]);
    const { grant } = access.identify(TOKEN)!;
    const first = access.issue({ grant })!;
    const redeemed = access.redeem(first, here)!;
    assert.ok('opened' in redeemed);
    assert.equal(redeemed.identity.name, 'press');
    assert.equal(access.redeem(first, here), undefined);
    const second = access.issue({ grant })!;
    clock.advance(TICKET_MS + 1);
    assert.equal(access.redeem(second, here), undefined);
    const third = access.issue({ grant })!;
    access.configure(settingsOf([]));
    assert.equal(access.redeem(third, here), undefined, 'who was removed meanwhile');
  });

  it('lets users of Node-RED in by a ticket where that is set, and out where it is not any more', () => {
    const { access } = accessWith([entryOf()]);
    assert.equal(access.issue({ user: 'admin', role: 'engineer' }), undefined);
    access.configure(settingsOf([], { nodeRedUsers: true }));
    const redeemed = access.redeem(access.issue({ user: 'admin', role: 'viewer' }), here)!;
    assert.ok('opened' in redeemed);
    assert.deepEqual([redeemed.identity.name, redeemed.identity.role], ['admin', 'viewer']);
    access.configure(settingsOf([entryOf()]));
    assert.equal(access.identify(redeemed.opened.token), undefined);
  });

  it('knows who is at a screen by a ticket, until they are no more', () => {
    const { access } = accessWith([entryOf()]);
    const { grant } = access.identify(TOKEN)!;
    assert.equal(access.bind('s1', 'made up'), undefined);
    assert.equal(access.bind('s1', access.issue({ grant }))?.name, 'press');
    assert.equal(access.at('s1')?.name, 'press');
    assert.equal(access.at('s2'), undefined);
    access.screens.unbind('s1');
    assert.equal(access.at('s1'), undefined);
    for (let n = 0; n <= MAX_SCREENS; n++) access.bind(`screen ${n}`, access.issue({ grant }));
    assert.equal(access.at('screen 0'), undefined, 'the oldest is forgotten');
    assert.ok(access.at(`screen ${MAX_SCREENS}`));
    access.configure(settingsOf([]));
    assert.equal(access.at(`screen ${MAX_SCREENS}`), undefined);
  });

  it('lets a person in until their end, whatever the clock does meanwhile', () => {
    const start = Date.UTC(2026, 0, 1);
    const { access, clock } = accessWith([entryOf({ expires: start + DAY })]);
    clock.jump(400 * DAY);
    assert.equal(access.identify(TOKEN), undefined, 'refused by a clock that is ahead');
    clock.jump(-400 * DAY);
    assert.ok(access.identify(TOKEN), 'and not deleted');
    clock.advance(DAY);
    assert.equal(access.identify(TOKEN), undefined);
    clock.jump(-7 * DAY);
    assert.equal(access.identify(TOKEN), undefined, 'what has ended stays so');
  });

  it('tells within a second that somebody’s time is over, and only then', async () => {
    const { access, clock } = accessWith([person(), entryOf({ expires: Date.UTC(2026, 0, 1) + 5000 })]);
    let told = 0;
    access.events.on('changed', () => told++);
    const stop = clock.every(REVIEW_MS, () => access.review());
    clock.advance(5000 - 1);
    assert.equal(told, 0);
    clock.advance(REVIEW_MS);
    assert.equal(told, 1);
    await access.signIn('ada', PASSWORD, here);
    clock.advance(SHIFT_MS - REVIEW_MS);
    told = 0;
    clock.advance(2 * REVIEW_MS);
    assert.ok(told >= 1);
    stop();
    access.forget();
    assert.equal(clock.pending, 0, 'nothing goes on without an access node');
  });

  it('tells so too where somebody else has come in the same second', async () => {
    const { access, clock } = accessWith([person()]);
    const stop = clock.every(REVIEW_MS, () => access.review());
    const first = await access.signIn('ada', PASSWORD, here);
    assert.ok('opened' in first);
    clock.advance(SHIFT_MS - REVIEW_MS / 2);
    let told = 0;
    access.events.on('changed', () => told++);
    await access.signIn('ada', PASSWORD, here);
    clock.advance(REVIEW_MS);
    assert.equal(access.identify(first.opened.token), undefined);
    assert.equal(told, 1);
    stop();
  });

  it('prolongs a session that is to be remembered, and no other', async () => {
    const { access, clock } = accessWith([person()]);
    for (const remember of [true, false]) {
      const result = await access.signIn('ada', PASSWORD, { ...here, remember });
      assert.ok('opened' in result);
      const { token, page } = result.opened;
      const until = access.identify(token)!.expires!;
      assert.equal(until - clock.now(), remember ? 30 * DAY : SHIFT_MS);
      clock.advance(SHIFT_MS / 2);
      const renewed = access.renew(token)!;
      assert.equal(renewed.page, page, 'the same in every tab');
      assert.equal(renewed.identity.expires, remember ? until + SHIFT_MS / 2 : until);
    }
    assert.equal(access.renew(TOKEN), undefined);
  });
});
