import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { REOPEN_MS } from '../../../lib/relays/kept-open.ts';
import { MAX_REMEMBERED, MAX_WAITING, READ_EACH_MS, REMEMBER_MS } from '../../../lib/relays/limits.ts';
import type { Result } from '../../../lib/relays/relay.ts';
import { Bench, gate } from './bench.ts';

const START = '2026-01-01T00:00:00.000Z';
const LATER = '2026-01-01T00:00:01.000Z';
const codes = (results: readonly Result[]): string[] => results.map(({ code }) => code);

describe('board', () => {
  let bench: Bench;

  beforeEach(async () => {
    bench = new Bench();
    await bench.board.open();
  });
  afterEach(async () => {
    await bench.clean();
    assert.equal(bench.clock.pending, 0, 'no timer is left behind');
  });

  describe('reading without being asked', () => {
    /** One reading comes to its end. */
    const read = async (): Promise<void> => {
      bench.clock.advance(READ_EACH_MS);
      for (let round = 0; round < 3; round++) await turn();
    };

    it('sees what is moved past the board, by nobody it knows', async () => {
      await bench.command({ action: 'off' });
      bench.changes.length = 0;
      bench.driver.move(17, true);
      await read();
      assert.deepEqual([bench.record().state, bench.record().by, bench.changes.length], [true, null, 1]);
      await read();
      assert.equal(bench.changes.length, 1, 'and tells of it once');
    });

    it('sees that the hardware is gone, and that it is back', async () => {
      bench.driver.faults.failing.add('read').add('open');
      await read();
      assert.equal(bench.board.status.available, false);
      assert.equal(bench.record().state, null);
      bench.driver.faults.failing.clear();
      const back = bench.status();
      bench.clock.advance(REOPEN_MS);
      assert.equal((await back).available, true);
    });

    it('leaves a relay alone that a command is at', async () => {
      const bus = gate();
      bench.driver.faults.wait = bus.wait;
      const command = bench.command({ action: 'on' });
      await bus.entered;
      bench.clock.advance(READ_EACH_MS * 3);
      bench.driver.faults.wait = undefined;
      bus.open();
      const { code } = await command;
      assert.deepEqual([code, bench.record().by], ['done', 'ada']);
    });
  });

  describe('switching', () => {
    it('writes, reads back, and says all of it in the result and in the record', async () => {
      bench.changes.length = 0;
      bench.clock.advance(1000);
      assert.deepEqual(await bench.command({ action: 'on', id: 'c1' }), {
        id: 'c1',
        ok: true,
        code: 'done',
        relay: 'relay1',
        state: true,
        verified: 'line',
        rev: 2,
        at: LATER,
        logged: true,
        simulated: true,
      });
      assert.equal(await bench.line(), true);
      assert.deepEqual(bench.record(), {
        id: 'relay1',
        name: 'Pump',
        state: true,
        verified: 'line',
        board: 'Bench',
        available: true,
        simulated: true,
        rev: 2,
        changed: LATER,
        by: 'ada',
        cycles: 1,
      });
      const [{ relay, previous }] = bench.changes as [(typeof bench.changes)[0]];
      assert.deepEqual([previous?.state, relay], [false, bench.record()]);
      assert.equal(bench.changes.length, 1);
    });

    it('carries nothing out for a client that has gone, also where it goes while the line is read', async () => {
      assert.equal((await bench.command({ action: 'on', gone: () => true })).code, 'expired');
      const bus = gate();
      bench.driver.faults.wait = bus.wait;
      let isGone = false;
      const command = bench.command({ action: 'toggle', id: 'g', gone: () => isGone });
      await bus.entered;
      isGone = true;
      bench.driver.faults.wait = undefined;
      bus.open();
      const { code, reason } = await command;
      assert.deepEqual([code, await bench.line()], ['expired', false]);
      assert.match(reason!, /client stopped waiting/);
      assert.equal(JSON.stringify(bench.logged).includes('gone'), false);
    });

    it('answers unchanged where it is so already, and tells of no change', async () => {
      bench.changes.length = 0;
      const result = await bench.command({ action: 'off' });
      assert.deepEqual([result.ok, result.code, result.state, result.rev], [true, 'unchanged', false, 1]);
      assert.deepEqual(bench.changes, []);
    });

    it('toggles what is on the line now', async () => {
      assert.equal((await bench.command({ action: 'toggle' })).state, true);
      assert.equal((await bench.command({ action: 'toggle' })).state, false);
      bench.driver.move(17, true);
      const result = await bench.command({ action: 'toggle' });
      assert.deepEqual([result.code, result.state], ['done', false]);
    });

    it('trusts the line, not its memory, and does not say that the asker moved what someone else did', async () => {
      bench.driver.move(17, true);
      const result = await bench.command({ action: 'on' });
      assert.deepEqual([result.code, result.state], ['unchanged', true]);
      assert.deepEqual([bench.record().state, bench.record().by], [true, null]);
    });

    it('switches active low relays the same way', async () => {
      assert.equal(bench.record('relay2').state, true);
      assert.equal((await bench.command({ action: 'off' }, 'relay2')).state, false);
      assert.equal(await bench.line(27), false);
      assert.equal(await bench.line(17), false);
    });

    it('says so where the line does not follow', async () => {
      bench.driver.faults.stuck.add(17);
      const { ok, code, state, verified, reason } = await bench.command({ action: 'on' });
      assert.deepEqual([ok, code, state, verified], [false, 'readback-mismatch', false, 'line']);
      assert.equal(reason, 'line 17 was switched on, but reads off');
      assert.deepEqual([bench.record().available, bench.record().state], [true, false]);
    });

    it('answers for a relay that is on another board', async () => {
      const result = await bench.command({ action: 'on' }, 'relay9');
      assert.deepEqual([result.code, result.state, result.logged], ['unknown-relay', null, false]);
      assert.equal(result.reason, 'there is no relay "relay9" on the board "Bench"');
    });
  });

  describe('one after another', () => {
    it('executes the commands of one relay in their order', async () => {
      const results = await Promise.all(
        (['on', 'toggle', 'toggle', 'off', 'off'] as const).map((action) => bench.command({ action })),
      );
      assert.deepEqual(codes(results), ['done', 'done', 'done', 'done', 'unchanged']);
      assert.deepEqual(
        results.map(({ rev }) => rev),
        [2, 3, 4, 5, 5],
      );
    });

    it('does not let one relay wait for another', async () => {
      const slow = gate();
      bench.driver.faults.wait = slow.wait;
      const first = bench.command({ action: 'on' });
      await slow.entered;
      bench.driver.faults.wait = undefined;
      assert.equal((await bench.command({ action: 'off' }, 'relay2')).code, 'done');
      assert.equal(bench.record('relay1').state, false);
      slow.open();
      assert.equal((await first).code, 'done');
    });

    it('refuses more than may wait, and only what is more', async () => {
      const slow = gate();
      bench.driver.faults.wait = slow.wait;
      const taken = Array.from({ length: MAX_WAITING + 1 }, () => bench.command({ action: 'toggle' }));
      const refused = await bench.command({ action: 'on', id: 'more' });
      assert.deepEqual([refused.code, refused.ok, refused.state], ['unavailable', false, false]);
      assert.equal(refused.reason, '100 commands wait for this relay already');
      assert.equal(bench.logged.at(-1)!['id'], 'more');
      bench.driver.faults.wait = undefined;
      slow.open();
      const results = await Promise.all(taken);
      assert.deepEqual(new Set(codes(results)), new Set(['done']));
      assert.equal((await bench.command({ action: 'off' })).code, 'done', 'there is room again');
      assert.equal((await bench.command({ action: 'on', id: 'more' })).code, 'duplicate');
    });
  });

  describe('time to live', () => {
    it('is judged when the turn comes, on the monotonic clock', async () => {
      const slow = gate();
      bench.driver.faults.wait = slow.wait;
      const first = bench.command({ action: 'on' });
      const inTime = bench.command({ action: 'off', ttl: 1000 });
      const late = bench.command({ action: 'on', id: 'late', ttl: 999 });
      const endless = bench.command({ action: 'off' });
      bench.clock.advance(1000);
      bench.clock.jump(3_600_000);
      bench.driver.faults.wait = undefined;
      slow.open();
      const results = await Promise.all([first, inTime, late, endless]);
      assert.deepEqual(codes(results), ['done', 'done', 'expired', 'unchanged']);
      const { ok, state, reason } = results[2];
      assert.deepEqual([ok, state], [false, false]);
      assert.equal(reason, 'the command was valid for 999 ms and is 1000 ms old');
    });

    it('is judged again after the line was read, which a slow bus may take long for', async () => {
      const slow = gate();
      bench.driver.faults.wait = slow.wait;
      const command = bench.command({ action: 'on', ttl: 100 });
      await slow.entered;
      bench.clock.advance(101);
      bench.driver.faults.wait = undefined;
      slow.open();
      assert.deepEqual(codes([await command]), ['expired']);
      assert.equal(await bench.line(), false);
    });

    it('once over, the command is not executed later either', async () => {
      const slow = gate();
      bench.driver.faults.wait = slow.wait;
      const first = bench.command({ action: 'off' });
      const late = bench.command({ action: 'on', id: 'late', ttl: 10 });
      bench.clock.advance(11);
      slow.open();
      assert.deepEqual(codes(await Promise.all([first, late])), ['unchanged', 'expired']);
      const again = await bench.command({ action: 'on', id: 'late' });
      assert.deepEqual([again.ok, again.code, again.reason], [false, 'duplicate', (await late).reason]);
      assert.equal(await bench.line(), false);
    });
  });

  describe('command ids', () => {
    it('are executed once; a second one is told what came of the first', async () => {
      const first = await bench.command({ action: 'on', id: 'c1' });
      await bench.command({ action: 'off' });
      bench.clock.advance(1000);
      const again = await bench.command({ action: 'on', id: 'c1' });
      // What the relay is, is of now and not of then.
      assert.deepEqual(again, { ...first, code: 'duplicate', state: false, rev: 3, at: LATER });
      assert.equal(await bench.line(), false);
    });

    it('are known while the first one is still under way', async () => {
      const [one, two, three] = await Promise.all([
        bench.command({ action: 'toggle', id: 'c1' }),
        bench.command({ action: 'toggle', id: 'c1' }),
        bench.command({ action: 'toggle', id: 'c1' }),
      ]);
      assert.deepEqual(codes([one, two, three]), ['done', 'duplicate', 'duplicate']);
      assert.equal(await bench.line(), true);
    });

    it('belong to their relay', async () => {
      await bench.command({ action: 'on', id: 'c1' });
      assert.equal((await bench.command({ action: 'off', id: 'c1' }, 'relay2')).code, 'done');
    });

    it('are remembered for their time', async () => {
      await bench.command({ action: 'on', id: 'c1' });
      bench.clock.advance(REMEMBER_MS - 1);
      assert.equal((await bench.command({ action: 'on', id: 'c1' })).code, 'duplicate');
      bench.clock.advance(1);
      assert.equal((await bench.command({ action: 'on', id: 'c1' })).code, 'unchanged');
    });

    it('are remembered up to their number, the oldest given up first', async () => {
      for (let n = 0; n <= MAX_REMEMBERED; n++) await bench.command({ action: 'off', id: `c${n}` });
      assert.equal((await bench.command({ action: 'on', id: 'c1' })).code, 'duplicate');
      assert.equal((await bench.command({ action: 'on', id: 'c0' })).code, 'done');
    });

    it('that still wait are not given up, however many are refused meanwhile', async () => {
      const slow = gate();
      bench.driver.faults.wait = slow.wait;
      const first = bench.command({ action: 'on', id: 'first' });
      const waiting = Array.from({ length: MAX_WAITING }, () => bench.command({ action: 'on' }));
      for (let n = 0; n < MAX_REMEMBERED; n++) await bench.command({ action: 'on', id: `refused${n}` });
      const again = bench.command({ action: 'on', id: 'first' });
      slow.open();
      assert.deepEqual(codes([await first, await again]), ['done', 'duplicate']);
      await Promise.all(waiting);
    });
  });

  describe('log', () => {
    it('gets each command that was executed or refused, and no duplicate', async () => {
      await bench.command({ action: 'toggle', id: 'c1' });
      await bench.command({ action: 'toggle', id: 'c1' });
      bench.driver.faults.failing.add('read');
      await bench.command({ action: 'off', id: 'c2' });
      const entry = { kind: 'command', relay: 'relay1', by: 'ada', from: '10.0.0.1' };
      assert.deepEqual(bench.logged, [
        { ...entry, id: 'c1', action: 'toggle', code: 'begun', state: false },
        { ...entry, id: 'c1', action: 'toggle', code: 'done', state: true },
        { ...entry, id: 'c2', action: 'off', code: 'unavailable', state: null },
      ]);
    });

    it('is not waited for before switching, nor by the next command', async () => {
      const late = gate();
      bench.log = () => late.wait().then(() => true);
      const first = bench.command({ action: 'on' });
      const done = new Promise((resolve) => bench.board.events.on('change', resolve));
      await done;
      assert.equal(await bench.line(), true);
      bench.log = () => Promise.resolve(true);
      assert.equal((await bench.command({ action: 'off' })).code, 'done');
      late.open();
      assert.deepEqual([(await first).state, (await first).logged], [true, true]);
    });

    it('that fails shows in the result alone', async () => {
      bench.log = () => Promise.resolve(false);
      assert.deepEqual([(await bench.command({ action: 'on' })).logged], [false]);
      bench.log = () => Promise.reject(new Error('disk full'));
      const result = await bench.command({ action: 'off' });
      assert.deepEqual([result.code, result.logged], ['done', false]);
      bench.log = () => {
        throw new Error('gone');
      };
      assert.deepEqual((await bench.command({ action: 'on' })).logged, false);
    });
  });

  it('opens what it is told to, and learns what it is, which nobody has changed', () => {
    const { state, by, rev, available, changed } = bench.record('relay2');
    assert.deepEqual(
      { state, by, rev, available, changed },
      {
        state: true,
        by: null,
        rev: 1,
        available: true,
        changed: START,
      },
    );
    assert.deepEqual(bench.statuses, [{ available: true }]);
  });
});
