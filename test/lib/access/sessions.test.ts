import assert from 'node:assert/strict';
import { MAX_SESSIONS, Sessions, type SessionRecord } from '../../../lib/access/sessions.ts';
import { digest } from '../../../lib/access/secret.ts';
import { FakeClock } from '../../../lib/base/fake-clock.ts';

const who = { name: 'ada', address: '::1', remember: false };

describe('Sessions', () => {
  it('are found by their secrets until they end', () => {
    const clock = new FakeClock();
    const sessions = new Sessions(clock);
    const { record, token, page } = sessions.open(who, clock.now() + 1000);
    assert.equal(sessions.get(digest(token)), record);
    assert.equal(sessions.byPage(digest(page)), record);
    assert.equal(sessions.get(digest(page)), undefined);
    assert.equal(sessions.byPage(digest(token)), undefined);
    clock.advance(1000);
    assert.equal(sessions.byPage(digest(page)), undefined);
    assert.equal(sessions.get(digest(token)), undefined);
    assert.deepEqual(sessions.list(), []);
  });

  it('are prolonged where they are to be remembered', () => {
    const clock = new FakeClock();
    const sessions = new Sessions(clock);
    const kept: SessionRecord[] = [];
    sessions.keepIn({ all: () => [], keep: (record) => void kept.push(record), drop: () => {} });
    const { record: shift } = sessions.open(who, clock.now() + 1000);
    const { record: tablet } = sessions.open({ ...who, remember: true }, clock.now() + 1000);
    assert.equal(sessions.renew(shift, clock.now() + 5000), shift);
    assert.equal(sessions.renew(tablet, clock.now() + 5000).expires, clock.now() + 5000);
    assert.equal(kept.length, 3, 'and written down only then');
    clock.advance(1000);
    assert.deepEqual(
      sessions.list().map(({ hash }) => sessions.get(hash)?.remember),
      [undefined, true],
    );
  });

  it('are so many at most: who has not been here for longest goes', () => {
    const clock = new FakeClock();
    const sessions = new Sessions(clock);
    const dropped: string[] = [];
    sessions.keepIn({ all: () => [], keep: () => {}, drop: (hash) => void dropped.push(hash) });
    const until = clock.now() + 1000;
    const [first, second] = [sessions.open(who, until), sessions.open(who, until)];
    sessions.renew(first.record, until);
    for (let n = 0; n < MAX_SESSIONS - 1; n++) sessions.open({ ...who, entry: `person ${n}` }, until);
    assert.equal(sessions.list().length, MAX_SESSIONS);
    assert.ok(sessions.get(first.record.hash));
    assert.deepEqual(dropped, [second.record.hash]);
    assert.equal(sessions.byPage(second.record.page), undefined);
  });

  it('survive in a keeper, those included that began before there was one', () => {
    const clock = new FakeClock();
    const kept = new Map<string, SessionRecord>();
    const keeper = {
      all: () => [...kept.values()],
      keep: (record: SessionRecord) => void kept.set(record.hash, record),
      drop: (hash: string) => void kept.delete(hash),
    };
    const before = new Sessions(clock);
    const early = before.open(who, clock.now() + 1000);
    before.keepIn(keeper);
    const late = before.open(who, clock.now() + 1000);
    const after = new Sessions(clock);
    after.keepIn(keeper);
    for (const { token } of [early, late]) assert.ok(after.get(digest(token)));
    after.end(early.record.hash);
    assert.equal(after.end(early.record.hash), undefined);
    assert.deepEqual([...kept.keys()], [late.record.hash]);
  });
});
