import assert from 'node:assert/strict';
import { ServerClock } from '../../client/server-clock.ts';
import { FakeClock } from '../../lib/base/fake-clock.ts';

describe('the browser client’s idea of the server’s clock', () => {
  let clock: FakeClock;
  let server: ServerClock;
  beforeEach(() => {
    clock = new FakeClock();
    server = new ServerClock(clock);
  });
  const iso = (ms: number): string => new Date(ms).toISOString();

  it('is its own until the server tells, and nothing that is no time counts', () => {
    for (const timestamp of [undefined, null, 5, 'soon', {}]) server.hearTimestamp(timestamp);
    assert.equal(server.now(), clock.now());
  });

  it('goes by the timestamp that was quickest, whatever happens to this machine’s clock', () => {
    const ahead = 3_600_000;
    const start = clock.now();
    server.hearTimestamp(iso(start + ahead - 500));
    clock.advance(1000);
    server.hearTimestamp(iso(start + ahead + 1000 - 20));
    clock.advance(1000);
    server.hearTimestamp(iso(start + ahead + 2000 - 5000));
    clock.jump(-86_400_000);
    assert.equal(server.now(), start + ahead + 2000 - 20);
  });

  it('follows a server whose clock is set back', () => {
    server.hearTimestamp(iso(clock.now() + 60_000));
    for (let i = 0; i < 30; i++) server.hearTimestamp(iso(clock.now()));
    assert.equal(server.now(), clock.now());
  });

  it('follows a server whose clock is set back as soon as three timestamps in a row say so', () => {
    server.hearTimestamp(iso(clock.now() + 3_600_000));
    for (let i = 0; i < 3; i++) server.hearTimestamp(iso(clock.now()));
    assert.equal(server.now(), clock.now());
  });

  it('knows the monotonic clock from the quickest answer, until it is reset', () => {
    assert.equal(server.monotonic(), undefined);
    server.hearClocks({ now: 1000 }, 400);
    server.hearClocks({ now: 1100 }, 10);
    server.hearClocks({ now: 1050 }, 300);
    for (const nothing of [undefined, null, 5, {}, { now: 'soon' }, { now: NaN }])
      server.hearClocks(nothing, 1);
    clock.advance(7);
    assert.equal(server.monotonic(), 1112);
    server.reset();
    assert.equal(server.monotonic(), undefined);
  });

  it('forgets the answers from before this machine slept, as its monotonic clock stood still', () => {
    server.hearClocks({ now: 1000 }, 2);
    server.hearClocks({ now: 3_600_000 }, 200);
    assert.equal(server.monotonic(), 3_600_100);
  });

  it('follows the wall clock of the server at once, however it is set, and not that of this machine', () => {
    const time = clock.now();
    for (const set of [time, time + 86_400_000, time - 86_400_000]) {
      server.hearClocks({ now: clock.monotonic(), time: set }, 0);
      clock.jump(12_345_678);
      assert.equal(server.now(), set);
      clock.advance(1000);
      assert.equal(server.now(), set + 1000);
    }
    server.reset();
    assert.equal(server.now(), time - 86_400_000 + 1000, 'the best guess there is');
  });
});
