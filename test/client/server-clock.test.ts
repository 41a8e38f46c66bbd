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

  it('knows the monotonic clock from the quickest answer, until it is reset', () => {
    assert.equal(server.monotonic(), undefined);
    server.hearMonotonic(1000, 400);
    server.hearMonotonic(1100, 10);
    server.hearMonotonic(5000, 300);
    clock.advance(7);
    assert.equal(server.monotonic(), 1112);
    server.reset();
    assert.equal(server.monotonic(), undefined);
  });
});
