import assert from 'node:assert/strict';
import { MAX_SESSIONS, Sessions, type SessionRecord } from '../../../lib/access/sessions.ts';
import { digest } from '../../../lib/access/secret.ts';
import { ClockTrust, LEAP_MS } from '../../../lib/base/clock-trust.ts';
import { FakeClock } from '../../../lib/base/fake-clock.ts';

const who = { name: 'ada', address: '::1', remember: false };

describe('Sessions', () => {
  it('are found by their secrets until they end', () => {
    const clock = new FakeClock();
    const sessions = new Sessions(clock, new ClockTrust(clock));
    const { record, token, page } = sessions.open(who, 1000);
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
    const sessions = new Sessions(clock, new ClockTrust(clock));
    const kept: SessionRecord[] = [];
    sessions.keepIn({ all: () => [], keep: (record) => void kept.push(record), drop: () => {} });
    const { record: shift } = sessions.open(who, 1000);
    const { record: tablet } = sessions.open({ ...who, remember: true }, 1000);
    assert.equal(sessions.renew(shift, 5000), shift);
    assert.equal(sessions.renew(tablet, 5000).expires, clock.now() + 5000);
    assert.equal(kept.length, 3, 'and written down only then');
    clock.advance(1000);
    assert.deepEqual(
      sessions.list().map(({ hash }) => sessions.get(hash)?.remember),
      [undefined, true],
    );
  });

  it('are so many at most: who has not been here for longest goes', () => {
    const clock = new FakeClock();
    const sessions = new Sessions(clock, new ClockTrust(clock));
    const dropped: string[] = [];
    sessions.keepIn({ all: () => [], keep: () => {}, drop: (hash) => void dropped.push(hash) });
    const until = 1000;
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
    const before = new Sessions(clock, new ClockTrust(clock));
    const early = before.open(who, 1000);
    before.keepIn(keeper);
    const late = before.open(who, 1000);
    const after = new Sessions(clock, new ClockTrust(clock));
    after.keepIn(keeper);
    for (const { token } of [early, late]) assert.ok(after.get(digest(token)));
    after.end(early.record.hash);
    assert.equal(after.end(early.record.hash), undefined);
    assert.deepEqual([...kept.keys()], [late.record.hash]);
  });

  describe('whatever the wall clock does', () => {
    const [HOUR, DAY] = [3_600_000, 86_400_000];
    let clock: FakeClock;
    let trust: ClockTrust;
    let kept: Map<string, SessionRecord>;
    const START = Date.UTC(2026, 5, 1);
    beforeEach(() => {
      clock = new FakeClock(START);
      trust = new ClockTrust(clock);
      kept = new Map();
    });
    const start = (): Sessions => {
      const sessions = new Sessions(clock, trust);
      sessions.keepIn({
        all: () => [...kept.values()],
        keep: (record) => void kept.set(record.hash, record),
        drop: (hash) => void kept.delete(hash),
      });
      return sessions;
    };
    /** Another process, on a machine whose clock shows this, after one that was last seen at `seen`. */
    const restart = (now: number, seen: number): Sessions => {
      clock = new FakeClock(now);
      trust = new ClockTrust(clock);
      trust.learn(seen);
      return start();
    };

    it('ends none that jumps ahead for two seconds', () => {
      const sessions = start();
      const { record } = sessions.open(who, 12 * HOUR);
      for (const jump of [DAY, 365 * DAY]) {
        clock.jump(jump);
        assert.equal(sessions.get(record.hash), record);
        clock.advance(2000);
        clock.jump(-jump);
        assert.equal(sessions.get(record.hash), record);
      }
      clock.advance(12 * HOUR - 4000);
      assert.equal(sessions.get(record.hash), undefined);
      assert.equal(kept.size, 0);
    });

    it('prolongs none that jumps back', () => {
      const sessions = start();
      const { record } = sessions.open(who, 12 * HOUR);
      clock.jump(-365 * DAY);
      clock.advance(12 * HOUR - 1);
      assert.ok(sessions.get(record.hash));
      clock.advance(1);
      assert.equal(sessions.get(record.hash), undefined);
      // Opened while the clock is behind: stored with the expected time.
      assert.equal(sessions.open(who, HOUR).record.expires, START + 13 * HOUR);
    });

    it('is stored anew once a clock that started in 1970 has been put right', () => {
      clock = new FakeClock(0);
      trust = new ClockTrust(clock);
      const { record } = start().open(who, 12 * HOUR);
      assert.equal(record.expires, 12 * HOUR);
      clock.advance(HOUR);
      clock.jump(START);
      assert.equal(trust.suspicion, undefined);
      assert.equal(kept.get(record.hash)?.expires, START + 12 * HOUR);
      const sessions = restart(START + 2 * HOUR, START + HOUR);
      assert.ok(sessions.get(record.hash));
      clock.advance(11 * HOUR);
      assert.equal(sessions.get(record.hash), undefined);
    });

    it('goes on after a restart, for no longer than was left when the process was last seen', () => {
      const { record } = start().open(who, 12 * HOUR);
      const sessions = restart(START - 14 * DAY, START + 10 * HOUR);
      assert.ok(sessions.get(record.hash));
      clock.advance(2 * HOUR - 1);
      assert.ok(sessions.get(record.hash));
      clock.advance(1);
      assert.equal(sessions.get(record.hash), undefined);
    });

    it('never lasts longer than in all, where nothing is known of the process before', () => {
      const { record } = start().open(who, 12 * HOUR);
      clock = new FakeClock(START - 14 * DAY);
      trust = new ClockTrust(clock);
      const sessions = start();
      assert.ok(sessions.get(record.hash));
      clock.advance(12 * HOUR);
      assert.equal(sessions.get(record.hash), undefined);
    });

    it('is refused after a start in the future, and is there again once the clock is right', () => {
      const { record } = start().open(who, 12 * HOUR);
      const sessions = restart(START + 365 * DAY, START + HOUR);
      assert.equal(sessions.get(record.hash), undefined);
      assert.deepEqual(sessions.alive(), []);
      assert.equal(kept.size, 1);
      clock.jump(-365 * DAY + HOUR);
      assert.ok(sessions.get(record.hash));
    });

    it('is dropped a week after its end by a clock that is trusted', () => {
      const { record } = start().open(who, 12 * HOUR);
      let sessions = restart(START + 6 * DAY, START + HOUR);
      assert.equal(sessions.get(record.hash), undefined);
      assert.equal(kept.size, 1);
      sessions = restart(START + LEAP_MS + 13 * HOUR, START + 2 * DAY);
      assert.equal(sessions.get(record.hash), undefined);
      assert.equal(kept.size, 0);
    });
  });
});
