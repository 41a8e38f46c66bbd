import assert from 'node:assert/strict';
import { REOPEN_MS } from '../../../lib/relays/kept-open.ts';
import { Bench, gate } from './bench.ts';

const FAILED = 'the simulated board is made to fail at open';

describe('board, its driver', () => {
  let bench: Bench;

  beforeEach(() => (bench = new Bench()));
  afterEach(async () => {
    await bench.clean();
    assert.equal(bench.clock.pending, 0, 'no timer is left behind');
  });

  it('is not open at first: relays are there, but nothing is known of them', async () => {
    assert.deepEqual(bench.record(), {
      id: 'relay1',
      name: 'Pump',
      state: null,
      verified: null,
      board: 'Bench',
      available: false,
      reason: 'the board is not open yet',
      simulated: true,
      rev: 0,
      changed: '2026-01-01T00:00:00.000Z',
      by: null,
    });
    const { ok, code, state, verified, reason } = await bench.command({ action: 'on' });
    assert.deepEqual([ok, code, state, verified], [false, 'unavailable', null, null]);
    assert.equal(reason, 'the board is not open yet');
  });

  it('that fails makes all relays unavailable with the reason, and is tried again until it works', async () => {
    bench.driver.faults.failing.add('open');
    await bench.board.open();
    assert.deepEqual(bench.board.status, { available: false, reason: FAILED });
    assert.deepEqual(
      bench.board.records().map(({ available, reason, state }) => [available, reason, state]),
      [
        [false, FAILED, null],
        [false, FAILED, null],
      ],
    );
    // Twice in vain, and it is told once: the reason is the same.
    for (let n = 0; n < 2; n++) {
      bench.clock.advance(REOPEN_MS);
      await bench.board.open();
    }
    assert.deepEqual(bench.statuses, [{ available: false, reason: FAILED }]);
    bench.driver.faults.failing.clear();
    const status = bench.status();
    bench.clock.advance(REOPEN_MS - 1);
    assert.equal(bench.board.status.available, false);
    bench.clock.advance(1);
    assert.deepEqual(await status, { available: true });
    assert.equal(bench.record().available, true);
    assert.equal('reason' in bench.record(), false);
    assert.equal((await bench.command({ action: 'on' })).code, 'done');
  });

  it('tells another reason', async () => {
    bench.driver.faults.failing.add('open');
    await bench.board.open();
    bench.driver.faults.failing = new Set(['read']);
    const status = bench.status();
    bench.clock.advance(REOPEN_MS);
    const reason = 'the simulated board is made to fail at read';
    assert.deepEqual(await status, { available: false, reason });
    assert.equal(bench.record().reason, reason);
  });

  for (const kind of ['read', 'write'] as const) {
    it(`that fails at ${kind} makes every state unknown, and is opened again as the lines are`, async () => {
      await bench.board.open();
      await bench.command({ action: 'on' });
      bench.driver.faults.failing.add(kind);
      bench.changes.length = 0;
      const result = await bench.command({ action: 'off' });
      const reason = `the simulated board is made to fail at ${kind}`;
      assert.deepEqual([result.code, result.state, result.reason], ['unavailable', null, reason]);
      assert.deepEqual(
        bench.changes.map(({ id, previous, relay }) => [id, previous?.state, relay?.state, relay?.reason]),
        [
          ['relay1', true, null, reason],
          ['relay2', true, null, reason],
        ],
      );
      assert.equal((await bench.command({ action: 'off' }, 'relay2')).reason, reason);
      bench.driver.faults.failing.clear();
      const status = bench.status();
      bench.clock.advance(REOPEN_MS);
      assert.deepEqual(await status, { available: true });
      assert.deepEqual([bench.record().state, bench.record().by], [true, null]);
    });
  }

  it('is not opened anew while a command is under way', async () => {
    await bench.board.open();
    const slow = gate();
    bench.driver.faults.wait = slow.wait;
    const underWay = bench.command({ action: 'on' });
    await slow.entered;
    bench.driver.faults.wait = undefined;
    bench.driver.faults.failing.add('read');
    assert.equal((await bench.command({ action: 'off' }, 'relay2')).code, 'unavailable');
    bench.driver.faults.failing.clear();
    const status = bench.status();
    bench.clock.advance(REOPEN_MS);
    assert.equal(bench.board.status.available, false);
    slow.open();
    const result = await underWay;
    assert.deepEqual([result.code, result.state, result.verified], ['done', true, 'line']);
    assert.deepEqual(await status, { available: true });
    assert.equal(bench.record().state, true);
  });

  it('is opened once, however often it is asked for', async () => {
    await Promise.all([bench.board.open(), bench.board.open()]);
    await bench.board.open();
    assert.deepEqual(bench.statuses, [{ available: true }]);
    assert.equal(bench.record().rev, 1);
  });

  describe('closing', () => {
    it('waits for what is under way, refuses what waits, and holds the levels', async () => {
      await bench.board.open();
      const slow = gate();
      bench.driver.faults.wait = slow.wait;
      const underWay = bench.command({ action: 'on' });
      await slow.entered;
      const waiting = bench.command({ action: 'off' });
      let closed = false;
      const closing = bench.board.close().then(() => (closed = true));
      await new Promise(setImmediate);
      assert.equal(closed, false);
      slow.open();
      assert.deepEqual([(await underWay).code, (await underWay).state], ['done', true]);
      assert.deepEqual(
        [(await waiting).code, (await waiting).reason],
        ['unavailable', 'the board is closed'],
      );
      await closing;
      await assert.rejects(bench.driver.read([17]), /not open/);
      const next = new Bench();
      await next.board.open();
      assert.equal(next.record().state, true, 'whatever it is to be at start');
      await next.board.close();
    });

    it('ends the attempts to open, tells no warning, and refuses from then on', async () => {
      bench.driver.faults.failing.add('open');
      await bench.board.open();
      assert.equal(bench.clock.pending, 1);
      await bench.board.close();
      assert.equal(bench.clock.pending, 0);
      assert.equal(bench.statuses.length, 1);
      assert.equal((await bench.command({ action: 'on' })).reason, 'the board is closed');
      bench.driver.faults.failing.clear();
      await bench.board.open();
      assert.equal(bench.board.status.available, false);
    });

    it('waits for an attempt to open that is under way, and lets go of what that took', async () => {
      const slow = gate();
      bench.driver.faults.wait = slow.wait;
      const opening = bench.board.open();
      await slow.entered;
      const closing = bench.board.close();
      slow.open();
      await Promise.all([opening, closing]);
      assert.deepEqual(bench.statuses, []);
      await assert.rejects(bench.driver.read([17]), /not open/);
    });

    it('may be asked for twice', async () => {
      await bench.board.open();
      await Promise.all([bench.board.close(), bench.board.close()]);
      assert.equal(bench.record().reason, 'the board is closed');
    });
  });
});
