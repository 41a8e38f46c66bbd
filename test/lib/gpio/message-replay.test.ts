import assert from 'node:assert/strict';
import { FactoryError } from '../../../lib/base/errors.ts';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import type { OutputLine } from '../../../lib/gpio/driver.ts';
import { forgetBoard } from '../../../lib/gpio/drivers.ts';
import type { MessageSettings } from '../../../lib/gpio/message-settings.ts';
import { MessageDriver } from '../../../lib/gpio/message.ts';
import { FarEnd } from './far-end.ts';

const BOARD = 'test-replay';
const SETTINGS: MessageSettings = { readBack: 'message', answerWithin: 2000, staleAfter: 0 };

describe('message driver and what a broker has kept', () => {
  let clock: FakeClock;
  let far: FarEnd;
  let driver: MessageDriver;

  const output = (line: number, initial: OutputLine['initial'] = 'keep'): OutputLine => ({
    line,
    activeLow: false,
    initial,
  });
  const unavailable =
    (message: RegExp) =>
    (error: unknown): boolean =>
      error instanceof FactoryError && error.code === 'unavailable' && message.test(error.toString());
  /** Lets what is under way get to where it waits for time or messages. */
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const level = async (line = 1): Promise<boolean | undefined> => (await driver.read([line])).get(line);
  /** Lets the time of a write or an opening run out. */
  const over = async (work: Promise<void>): Promise<void> => {
    await settled();
    clock.advance(2000);
    await work;
  };

  beforeEach(() => {
    clock = new FakeClock();
    far = new FarEnd(BOARD).come();
    far.isSilent = true;
    driver = new MessageDriver(BOARD, SETTINGS, clock);
  });
  afterEach(async () => {
    await driver.release();
    far.forget();
    forgetBoard(BOARD);
    assert.equal(clock.pending, 0, 'a timer is left behind');
  });

  it('opens on a retained level where nothing else is known, which is uncertain until something fresh comes', async () => {
    const opened = driver.open([output(1)]);
    await settled();
    far.replay([1, true]);
    await opened;
    assert.equal(await level(), true);
    assert.match(driver.doubt(1)!, /retained message alone/);
    far.outputs.set(1, true);
    far.tell(1);
    assert.equal(driver.doubt(1), undefined);
  });

  it('takes the latest retained level of several, as long as nothing fresh has come', async () => {
    far.replay([1, true]);
    await driver.open([output(1)]);
    far.replay([1, false]);
    assert.equal(await level(), false);
    assert.match(driver.doubt(1)!, /retained message alone/);
  });

  it('keeps a fresh level against a retained one, and doubts it where they differ', async () => {
    far.outputs.set(1, true);
    far.tell(1);
    await driver.open([output(1)]);
    far.replay([1, true]);
    assert.equal(driver.doubt(1), undefined);
    far.replay([1, false]);
    assert.equal(await level(), true);
    assert.match(driver.doubt(1)!, /a retained message says otherwise/);
    far.tell(1);
    assert.equal(driver.doubt(1), undefined);
  });

  for (const [what, fail] of [
    ['a failure', () => far.fail('overpower', 1)],
    ['being away', () => far.leave('x/status', 1)],
  ] as const) {
    it(`clears ${what} by no retained level`, async () => {
      far.tell(1);
      await driver.open([output(1)]);
      fail();
      far.replay([1, true]);
      await assert.rejects(level(), unavailable(/overpower|offline/));
      far.replay([1, true]);
      await assert.rejects(level(), unavailable(/overpower|offline/));
      far.tell(1);
      assert.equal(await level(), false);
    });
  }

  it('takes a retained level for no answer to a write', async () => {
    far.tell(1);
    await driver.open([output(1)]);
    const written = driver.write(new Map([[1, true]]));
    await settled();
    far.replay([1, true]);
    clock.advance(2000);
    await assert.rejects(written, unavailable(/no read-back of line 1 within 2000 ms\. Only a retained/));
    await assert.rejects(level(), unavailable(/no read-back/));
    far.replay([1, true]);
    await assert.rejects(level(), unavailable(/no read-back/), 'what was not answered is a problem too');
    far.outputs.set(1, true);
    far.tell(1);
    assert.equal(await level(), true);
  });

  it('is confirmed by a fresh answer to a write of what it was believed to be', async () => {
    far.replay([1, true]);
    await driver.open([output(1)]);
    far.isSilent = false;
    await driver.write(new Map([[1, true]]));
    assert.equal(far.written.length, 1);
    assert.equal(driver.doubt(1), undefined);
  });

  it('stays as uncertain as it was where a device says nothing to what is so already', async () => {
    far.replay([1, true]);
    await driver.open([output(1)]);
    await assert.rejects(over(driver.write(new Map([[1, true]]))), unavailable(/no read-back of line 1/));
    assert.equal(await level(), true);
    assert.match(driver.doubt(1)!, /retained message alone/);
    await assert.rejects(over(driver.write(new Map([[1, false]]))), unavailable(/no read-back of line 1/));
    await assert.rejects(level(), unavailable(/no read-back/));
  });

  it('opens a line that starts off where only a retained message says so, whenever that comes', async () => {
    await assert.rejects(over(driver.open([output(1, false)])), unavailable(/no read-back of line 1/));
    far.replay([1, false]);
    await over(driver.open([output(1, false)]));
    assert.deepEqual([await level(), far.written.length], [false, 2]);
    assert.match(driver.doubt(1)!, /retained message alone/);
    far.forget();
    forgetBoard(BOARD);
    far.come();
    far.replay([1, true]);
    await assert.rejects(over(driver.open([output(1, false)])), unavailable(/no read-back of line 1/));
  });

  it('is there again by the topic that said it was away, uncertain as the broker has kept it', async () => {
    far.tell(1);
    await driver.open([output(1)]);
    far.leave('x/status', 1);
    far.leave('', 1);
    far.replay([1, true]);
    far.return('', 1);
    await assert.rejects(
      level(),
      unavailable(/offline/),
      'the link is there, which says nothing of the device',
    );
    far.return('x/status', 1);
    assert.equal(await level(), true);
    assert.match(driver.doubt(1)!, /retained message alone/);
    far.leave('', 1);
    far.return('x/status', 1);
    await assert.rejects(level(), unavailable(/no read-back/), 'it is there, and nobody knows what it is');
  });

  it('lets a retained failure say nothing against a fresh level', async () => {
    far.tell(1);
    await driver.open([output(1)]);
    far.failBefore('overpower', 1);
    assert.equal(await level(), false);
    far.leave('x/status', 1);
    far.return('x/status', 1);
    far.failBefore('overpower', 1);
    await assert.rejects(level(), unavailable(/overpower/));
  });

  it('is uncertain after its node was away for longer than an answer may take, until something fresh comes', async () => {
    far.tell(1);
    await driver.open([output(1)]);
    far.go();
    clock.advance(2000);
    far.come();
    assert.equal(driver.doubt(1), undefined, 'it was only redeployed');
    far.go();
    clock.advance(2001);
    far.come();
    assert.equal(await level(), false);
    assert.match(driver.doubt(1)!, /from before the relay I\/O node was away/);
    far.replay([1, false]);
    assert.match(driver.doubt(1)!, /was away/);
    far.tell(1);
    assert.equal(driver.doubt(1), undefined);
  });

  it('tells of what a retained message changes', async () => {
    let heard = 0;
    const stop = driver.watch(() => heard++);
    far.tell(1);
    await driver.open([output(1)]);
    heard = 0;
    far.replay([1, false]);
    assert.equal(heard, 0);
    far.replay([1, true]);
    assert.equal(heard, 1);
    far.tell(1);
    assert.equal(heard, 2, 'it is certain again');
    stop();
  });
});
