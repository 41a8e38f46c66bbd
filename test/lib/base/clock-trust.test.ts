import assert from 'node:assert/strict';
import { ClockTrust, CORRECTION_MS, LEAP_MS, STEADY_MS } from '../../../lib/base/clock-trust.ts';
import { FakeClock } from '../../../lib/base/fake-clock.ts';

const [HOUR, DAY, YEAR] = [3_600_000, 86_400_000, 365 * 86_400_000];
const START = Date.UTC(2026, 5, 1);

describe('ClockTrust', () => {
  let clock: FakeClock;
  let trust: ClockTrust;
  beforeEach(() => {
    clock = new FakeClock(START);
    trust = new ClockTrust(clock);
  });
  const pass = (ms: number): void => {
    clock.advance(ms);
    void trust.suspicion;
  };

  it('trusts a clock that runs, and one that is put right by minutes', () => {
    pass(DAY);
    clock.jump(CORRECTION_MS);
    assert.equal(trust.suspicion, undefined);
    clock.jump(-CORRECTION_MS);
    assert.equal(trust.suspicion, undefined);
    assert.equal(trust.now(), START + DAY);
  });

  for (const [way, jump] of [
    ['ahead by a year', YEAR],
    ['ahead by a day', DAY],
    ['back by a year', -YEAR],
    ['back by an hour', -HOUR],
    ['to 1970', -START],
  ] as const) {
    it(`suspects a jump ${way}, and goes on with the time that is expected`, () => {
      pass(HOUR);
      const heard: unknown[] = [];
      trust.events.on('changed', ({ suspicion }) => heard.push(suspicion?.off));
      clock.jump(jump);
      assert.equal(trust.suspicion?.off, jump);
      pass(HOUR);
      assert.equal(trust.now(), START + 2 * HOUR);
      assert.equal(trust.latest(), START + 2 * HOUR + Math.max(jump, 0));
      clock.jump(-jump);
      assert.equal(trust.suspicion, undefined);
      assert.deepEqual(heard, [jump, undefined]);
    });
  }

  it('says what is wrong for a person', () => {
    clock.jump(YEAR);
    assert.equal(
      trust.suspicion?.reason,
      'it says 2027-06-01T00:00:00.000Z, 365 days ahead of what it should be',
    );
    clock.jump(-YEAR - 90 * 60_000);
    assert.match(trust.suspicion?.reason ?? '', /90 minutes behind what it should be$/);
  });

  for (const [jump, steady] of [
    [LEAP_MS, STEADY_MS.short],
    [LEAP_MS + HOUR, STEADY_MS.long],
    [-YEAR, STEADY_MS.long],
  ] as const) {
    it(`trusts it again after ${steady / DAY} days without a further jump, where it was one of ${jump / DAY} days`, () => {
      clock.jump(jump);
      pass(steady - HOUR);
      assert.ok(trust.suspicion);
      clock.jump(-15 * 60_000);
      pass(2 * HOUR);
      assert.ok(trust.suspicion, 'it has jumped again');
      pass(steady);
      assert.equal(trust.suspicion, undefined);
      assert.equal(trust.now(), clock.now());
    });
  }

  it('trusts it again where a person says so, or a time server has just set it', () => {
    clock.jump(YEAR);
    assert.ok(trust.suspicion);
    const told: unknown[] = [];
    trust.events.on('changed', (change) => told.push(change));
    trust.confirm('sara');
    assert.equal(trust.suspicion, undefined);
    assert.deepEqual(told, [{ by: 'sara' }]);
    let synced: number | undefined;
    trust = new ClockTrust(clock, { synced: () => synced });
    clock.jump(YEAR);
    synced = clock.now() - YEAR;
    assert.ok(trust.suspicion, 'that was before');
    clock.advance(60_000);
    synced = clock.now();
    assert.equal(trust.suspicion, undefined);
  });

  describe('after an earlier run', () => {
    it('trusts a start within a week of it', () => {
      trust.learn(START - LEAP_MS);
      assert.equal(trust.suspicion, undefined);
      assert.equal(trust.now(), START);
    });

    it('suspects a start before its end, until the clock is put right', () => {
      trust.learn(START + 14 * DAY);
      assert.equal(trust.suspicion?.off, -14 * DAY);
      pass(HOUR);
      assert.equal(trust.now(), START + 14 * DAY + HOUR);
      // It was off for two days besides.
      clock.jump(16 * DAY);
      assert.equal(trust.suspicion, undefined);
      assert.equal(trust.now(), START + 16 * DAY + HOUR);
    });

    it('suspects a start that is more than a week past it', () => {
      trust.learn(START - YEAR);
      assert.equal(trust.suspicion?.off, YEAR);
      assert.equal(trust.now(), START - YEAR);
      assert.equal(trust.latest(), START);
    });

    it('does not take a file that was put back for a leap, once another has confirmed the time', () => {
      trust.learn(START - HOUR);
      trust.learn(START - YEAR);
      assert.equal(trust.suspicion, undefined);
    });

    it('starts in 1970, and trusts the first plausible time only where that fits', () => {
      for (const [learnt, isTrusted] of [
        [undefined, true],
        [START - DAY, true],
        [START - YEAR, false],
      ] as const) {
        clock = new FakeClock(0);
        trust = new ClockTrust(clock);
        assert.match(trust.suspicion?.reason ?? '', /long passed/);
        if (learnt !== undefined) trust.learn(learnt);
        pass(HOUR);
        assert.equal(trust.latest(), (learnt ?? 0) + HOUR);
        clock.jump(START);
        assert.equal(trust.suspicion === undefined, isTrusted, String(learnt));
      }
    });
  });
});
