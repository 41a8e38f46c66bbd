/** Findings of a board: they say what is there, not what is wanted. No deploy and no start clears a fault. */
import assert from 'node:assert/strict';
import { MessageDriver } from '../../../lib/gpio/message.ts';
import { READ_EACH_MS } from '../../../lib/relays/limits.ts';
import type { Fault } from '../../../lib/relays/relay.ts';
import { FarEnd } from '../gpio/far-end.ts';
import { Life } from './life.ts';

describe('what a board finds', () => {
  let life: Life;

  beforeEach(() => {
    life = new Life();
  });
  afterEach(async () => {
    await life.end();
    assert.equal(life.clock.pending, 0, 'no timer is left behind');
  });
  const fault = (): Fault | undefined => life.record().fault;

  it('is a fault as before, since when it was one, after a deploy', async () => {
    await life.open([{}]);
    await life.command({ action: 'on' });
    life.driver!.move(0, false);
    await life.pass(READ_EACH_MS);
    const before = fault()!;
    assert.equal(before.code, 'readback-mismatch');
    await life.pass(5000);
    await life.deploy();
    assert.deepEqual(fault(), before);
    await life.deploy();
    assert.deepEqual(fault(), before);
    life.driver!.move(0, true);
    await life.pass(READ_EACH_MS);
    assert.equal(fault(), undefined, 'its cause has gone');
  });

  it('is one where the line was moved during the deploy', async () => {
    await life.open([{ start: 'off' }]);
    await life.command({ action: 'on' });
    life.driver!.move(0, false);
    await life.deploy();
    assert.equal(fault()?.reason, 'it was switched on, but reads off');
    assert.equal((await life.command({ action: 'off' })).code, 'unchanged');
    assert.equal(fault(), undefined, 'somebody has said so');
  });

  it('is one after a start that leaves lines as they are found, and none after one that sets them', async () => {
    await life.open([{ start: 'hold' }, { start: 'on' }]);
    await life.command({ action: 'on' });
    await life.command({ action: 'off' }, 'auto', 'b');
    life.driver!.move(0, false);
    await life.pass(READ_EACH_MS);
    const before = fault()!;
    await life.restart({ pins: true, away: 1000 });
    assert.deepEqual(fault(), before);
    await life.restart();
    assert.deepEqual([life.record('b').state, life.record('b').fault], [true, undefined]);
  });

  it('is one where a start cannot set the line', async () => {
    await life.open([{ start: 'on' }]);
    await life.command({ action: 'on' });
    await life.board.close();
    life.memory = new Map();
    const { driver } = life;
    life.make([{ start: 'off' }]);
    assert.ok(driver);
    await life.board.open({ kept: new Map(life.kept) });
    assert.deepEqual([life.record().state, fault()?.reason], [true, 'it was switched off, but reads on']);
  });

  it('is taken as it is where the relay has another line, polarity or board than before', async () => {
    await life.open([{}, {}]);
    await life.command({ action: 'on' });
    await life.deploy([{ line: 5 }, {}]);
    assert.deepEqual([life.record().state, fault()], [false, undefined]);
    await life.deploy([{ line: 5, activeLow: true }, {}]);
    assert.deepEqual([life.record().state, fault()], [true, undefined]);
    await life.deploy([{ id: 'x', line: 7 }, {}]);
    await life.deploy([{ line: 6 }, {}]);
    assert.equal(fault(), undefined);
    await life.command({ action: 'on' });
    await life.deploy([{ id: 'x', line: 7 }, {}]);
    await life.deploy([{ line: 6 }, {}]);
    assert.deepEqual([life.record().state, fault()], [true, undefined]);
    life.place = 'elsewhere';
    life.driver!.move(6, false);
    await life.deploy();
    assert.deepEqual([life.record().state, fault()], [false, undefined]);
  });

  it('is a fault where outputs were lost for a while and are otherwise now', async () => {
    await life.open([{}]);
    await life.command({ action: 'on' });
    life.driver!.faults.failing.add('read').add('open');
    await life.pass(READ_EACH_MS);
    life.driver!.move(0, false);
    life.driver!.faults.failing.clear();
    await life.pass(5000);
    assert.equal(fault()?.reason, 'it was switched on, but reads off');
  });

  describe('of outputs behind messages', () => {
    const BOARD = 'life-message';
    let far: FarEnd;
    const kept = { cycles: 0, onFor: 0, hand: null };
    const lock = { by: 'ada', why: 'belt', since: '2026-01-01T00:00:00.000Z', owner: 'hand' } as const;

    beforeEach(() => {
      far = new FarEnd(BOARD);
      life.makeDriver = () =>
        new MessageDriver(BOARD, { readBack: 'message', answerWithin: 2000, staleAfter: 0 }, life.clock);
    });
    afterEach(() => far.forget());

    it('is neither asked for, written nor judged before it is known what was kept', async () => {
      life.kept.set('a', { ...kept, state: false, desired: false, lock });
      life.kept.set('b', { ...kept, state: true, desired: true, lock: null });
      const before = new Map(life.kept);
      life.make([{ start: 'on' }, { start: 'restore' }]);
      far.outputs.set(0, false).set(1, true);
      // As MQTT does at a start: connected, and what the broker holds arrives before the plant's file is read.
      far.come();
      far.tell();
      far.back();
      await life.pass(10);
      assert.deepEqual([far.written, far.asked, life.record().available], [[], [], false]);
      const refused = await life.command({ action: 'on', id: 'early' });
      assert.deepEqual([refused.code, refused.ok], ['unavailable', false]);
      for (const action of ['unlock', 'hand', 'auto'] as const)
        assert.equal((await life.command({ action }, 'hand')).code, 'unavailable', action);
      assert.deepEqual(new Map(life.kept), before, 'nothing is written over what was kept');

      await life.board.open({ kept: before });
      await life.pass(0);
      assert.deepEqual([life.record('a').locked?.by, life.record('a').state], ['ada', false]);
      assert.deepEqual([life.record('b').state, far.outputs.get(0), far.outputs.get(1)], [true, false, true]);
      assert.equal(life.kept.get('a')?.lock?.by, 'ada', 'the second start finds it too');
      assert.equal(
        (await life.command({ action: 'off', id: 'early' })).code,
        'unchanged',
        'no id was used up',
      );
    });

    it('waits for safe mode as well', async () => {
      life.make([{ start: 'on' }]);
      far.come();
      far.back();
      await life.pass(10);
      await life.board.open({ unsafe: 'died 3 times' });
      await life.pass(0);
      assert.deepEqual([life.record().locked?.by, far.outputs.get(0)], ['safe-mode', false]);
    });

    it('is known also where a deploy comes before what was kept was read', async () => {
      life.kept.set('a', { ...kept, state: false, desired: false, lock });
      far.come();
      life.make([{ start: 'on' }]);
      await life.board.close();
      await life.open(undefined, undefined, { kept: new Map(life.kept) });
      assert.deepEqual([life.record().locked?.by, far.outputs.get(0)], ['ada', false]);
    });
  });
});
