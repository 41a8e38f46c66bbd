import assert from 'node:assert/strict';
import { FactoryError } from '../../../lib/base/errors.ts';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import type { OutputLine } from '../../../lib/gpio/driver.ts';
import { createDriver, forgetBoard } from '../../../lib/gpio/drivers.ts';
import { messagePort } from '../../../lib/gpio/message-port.ts';
import type { MessageSettings } from '../../../lib/gpio/message-settings.ts';
import { MessageDriver } from '../../../lib/gpio/message.ts';
import { driverContract } from './driver-contract.ts';
import { FarEnd } from './far-end.ts';

const BOARD = 'test-messages';
const SETTINGS: MessageSettings = { readBack: 'message', answerWithin: 2000, staleAfter: 0 };

driverContract('message', [0, 1, 7], () => {
  const far = new FarEnd(BOARD).come();
  return {
    driver: () => new MessageDriver(BOARD, SETTINGS),
    level: (line) => Promise.resolve(far.outputs.get(line) ?? false),
    preset: (line, high) => Promise.resolve(void far.outputs.set(line, high)),
    clean: () => Promise.resolve(far.forget()),
    endsSilently: true,
  };
});

describe('message driver', () => {
  let clock: FakeClock;
  let far: FarEnd;

  const output = (line: number, more: Partial<OutputLine> = {}): OutputLine => ({
    line,
    activeLow: false,
    initial: false,
    ...more,
  });
  const drivers: MessageDriver[] = [];
  const made = (more: Partial<MessageSettings> = {}): MessageDriver => {
    const driver = new MessageDriver(BOARD, { ...SETTINGS, ...more }, clock);
    drivers.push(driver);
    return driver;
  };
  const unavailable =
    (message: RegExp) =>
    (error: unknown): boolean =>
      error instanceof FactoryError && error.code === 'unavailable' && message.test(error.toString());
  /** Lets what is under way get to where it waits for time or messages. */
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  beforeEach(() => {
    clock = new FakeClock();
    far = new FarEnd(BOARD);
  });
  afterEach(async () => {
    for (const driver of drivers.splice(0)) await driver.release();
    far.forget();
    forgetBoard(BOARD);
    assert.equal(clock.pending, 0, 'a timer is left behind');
  });

  it('is read back from the line, and moves something', () => {
    assert.deepEqual([made().simulated, made().verified], [false, 'line']);
    assert.equal(made({ readBack: 'none' }).verified, 'command');
  });

  it('says that there is no node, after it has waited for one that is only being redeployed', async () => {
    const opened = made().open([output(1)]);
    clock.advance(1999);
    await settled();
    clock.advance(1);
    await assert.rejects(
      opened,
      unavailable(/no relay I\/O node carries .* Put a relay I\/O node into a flow/),
    );

    const driver = made();
    const waiting = driver.open([output(1)]);
    clock.advance(1500);
    far.come();
    await waiting;
    assert.deepEqual(await driver.read([1]), new Map([[1, false]]));
  });

  it('sends nothing before the flows have started', async () => {
    far.attached = messagePort(BOARD).attach(far);
    const opened = made().open([output(1)]);
    await settled();
    assert.deepEqual(far.written, []);
    far.attached.ready();
    await opened;
    assert.equal(far.written.length, 1);
  });

  it('is done with a write once that is read back, and not before', async () => {
    far.come();
    const driver = made();
    await driver.open([output(1)]);
    far.isSilent = true;
    let done = false;
    const written = driver.write(new Map([[1, true]])).then(() => (done = true));
    await settled();
    assert.equal(done, false);
    clock.advance(1999);
    far.tell(1);
    await written;
    assert.deepEqual(await driver.read([1]), new Map([[1, true]]));
  });

  it('takes an old level that is read back meanwhile for no answer', async () => {
    far.come();
    const driver = made();
    await driver.open([output(1)]);
    far.isSilent = true;
    const written = driver.write(new Map([[1, true]]));
    await settled();
    messagePort(BOARD).receive(new Map([[1, false]]));
    clock.advance(500);
    far.tell(1);
    await written;
    assert.deepEqual(await driver.read([1]), new Map([[1, true]]));
  });

  it('shows the level that is read back instead, once the time is over', async () => {
    far.come();
    const driver = made();
    await driver.open([output(1)]);
    far.stuck.add(1);
    const written = driver.write(new Map([[1, true]]));
    await settled();
    clock.advance(2000);
    await written;
    assert.deepEqual(await driver.read([1]), new Map([[1, false]]));
  });

  it('rejects a write that nobody answers, and knows nothing of the line until it is read back', async () => {
    far.come();
    const driver = made();
    await driver.open([output(1), output(2)]);
    far.isSilent = true;
    const written = driver.write(new Map([[1, true]]));
    await settled();
    clock.advance(2000);
    await assert.rejects(
      written,
      unavailable(/no read-back of line 1 within 2000 ms\. See that the far end/),
    );
    await assert.rejects(driver.read([1]), unavailable(/no read-back of line 1/));
    assert.deepEqual(await driver.read([2]), new Map([[2, false]]));
    far.tell(1);
    assert.deepEqual(await driver.read([1]), new Map([[1, true]]));
  });

  it('asks what lines are that are to stay as they are, and waits for the answer', async () => {
    far.come();
    far.isSilent = true;
    far.outputs.set(3, true);
    const driver = made();
    const opened = driver.open([output(3, { initial: 'keep', activeLow: true })]);
    await settled();
    assert.deepEqual([far.asked, far.written], [[[3]], []]);
    far.tell(3);
    await opened;
    assert.deepEqual(await driver.read([3]), new Map([[3, false]]));

    const silent = new MessageDriver('test-silent', SETTINGS, clock);
    const other = new FarEnd('test-silent').come();
    other.isSilent = true;
    const never = silent.open([output(4, { initial: 'keep' }), output(5, { initial: 'keep' })]);
    await settled();
    clock.advance(2000);
    await assert.rejects(never, unavailable(/no read-back of lines 4, 5/));
    await assert.rejects(silent.read([4]), unavailable(/not open/));
    other.forget();
  });

  it('takes a level that was told before it opened, as a broker tells it, for the answer', async () => {
    far.come();
    far.isSilent = true;
    far.tell(1);
    const driver = made();
    await driver.open([output(1)]);
    assert.deepEqual(far.written[0]?.levels, new Map([[1, false]]));
  });

  it('writes nothing when it opens again, whatever has changed meanwhile', async () => {
    far.come();
    let driver = made();
    await driver.open([output(1), output(2, { initial: true })]);
    await driver.write(new Map([[1, true]]));
    const before = far.written.length;
    await driver.release();
    far.outputs.set(2, false);
    far.tell(2);
    far.go();
    far.come();
    driver = made();
    await driver.open([output(1), output(2, { initial: true })]);
    assert.deepEqual(
      await driver.read([1, 2]),
      new Map([
        [1, true],
        [2, false],
      ]),
    );
    assert.equal(far.written.length, before);
    forgetBoard(BOARD);
    await made().open([output(1)]);
    assert.equal(far.outputs.get(1), false, 'a board that was forgotten starts anew');
  });

  it('asks again when its node comes back, for what was missed', async () => {
    far.come();
    const driver = made();
    await driver.open([output(1)]);
    far.go();
    far.outputs.set(1, true);
    far.come();
    assert.deepEqual(await driver.read([1]), new Map([[1, true]]));
    await driver.release();
    const { length } = far.asked;
    far.go();
    far.come();
    assert.equal(far.asked.length, length, 'a board that is closed asks nothing');
  });

  it('goes on while its node is redeployed, and is unavailable where it stays away', async () => {
    far.come();
    const driver = made();
    await driver.open([output(1)]);
    far.go();
    clock.advance(2000);
    assert.deepEqual(await driver.read([1]), new Map([[1, false]]));
    const written = driver.write(new Map([[1, true]]));
    clock.advance(1000);
    far.come();
    await written;
    assert.equal(far.outputs.get(1), true);
    far.go();
    clock.advance(2001);
    await assert.rejects(driver.read([1]), unavailable(/no relay I\/O node/));
  });

  it('is unavailable once read-backs stay away for longer than they may', async () => {
    far.come();
    const driver = made({ staleAfter: 5000 });
    await driver.open([output(1)]);
    clock.advance(5000);
    assert.deepEqual(await driver.read([1]), new Map([[1, false]]));
    clock.advance(1);
    await assert.rejects(driver.read([1]), unavailable(/no read-back of line 1 for 5000 ms/));
    far.tell(1);
    assert.deepEqual(await driver.read([1]), new Map([[1, false]]));
  });

  it('asks once more what was lost on the way when the far end says that it is there', async () => {
    far.come();
    far.isSilent = true;
    const driver = made();
    const opened = driver.open([output(1)]);
    await settled();
    clock.advance(500);
    assert.equal(far.written.length, 1);
    far.isSilent = false;
    far.back();
    await opened;
    assert.equal(far.written.length, 2);
    far.back();
    assert.equal(far.written.length, 2, 'nothing is waited for');
  });

  it('fails as the far end says, until it is read back', async () => {
    far.come();
    const driver = made();
    await driver.open([output(1), output(2)]);
    far.isSilent = true;
    const written = driver.write(new Map([[1, true]]));
    await settled();
    far.fail('Timed out', 1);
    await assert.rejects(written, unavailable(/^the far end failed: Timed out$/));
    await assert.rejects(driver.read([1, 2]), unavailable(/Timed out/));
    const again = driver.open([output(1), output(2)]);
    await settled();
    clock.advance(2000);
    await assert.rejects(again, unavailable(/Timed out/));
    far.isSilent = false;
    await driver.open([output(1), output(2)]);
    assert.deepEqual((await driver.read([1])).get(1), true);
  });

  it('asks in one message for what several writes want at the same moment', async () => {
    far.come();
    const driver = made();
    await driver.open([output(0), output(1), output(2, { initial: true })]);
    far.isSilent = true;
    const both = [driver.write(new Map([[0, true]])), driver.write(new Map([[1, true]]))];
    await settled();
    assert.deepEqual([...far.written.at(-1)!.all.values()], [true, true, true]);
    far.tell();
    await Promise.all(both);
    const back = driver.write(new Map([[0, false]]));
    await settled();
    assert.deepEqual([...far.written.at(-1)!.all.values()], [false, true, true]);
    far.tell();
    await back;
  });

  it('knows every line before it writes the first one: one message may be for all', async () => {
    far.come();
    far.outputs.set(1, true);
    await made().open([output(0), output(1, { initial: 'keep' })]);
    assert.deepEqual(far.written.length, 1);
    assert.deepEqual([...far.written[0]!.all.values()], [false, true]);
  });

  describe('without read-back', () => {
    it('is what was asked for last, also after a deploy', async () => {
      far.come();
      far.isSilent = true;
      let driver = made({ readBack: 'none', staleAfter: 1000 });
      await driver.open([output(1)]);
      await driver.write(new Map([[1, true]]));
      clock.advance(60_000);
      assert.deepEqual(await driver.read([1]), new Map([[1, true]]));
      await driver.release();
      driver = made({ readBack: 'none' });
      await driver.open([output(1), output(2)]);
      assert.deepEqual((await driver.read([1, 2])).get(1), true);
      assert.deepEqual(
        far.written.map(({ levels }) => [...levels]),
        [[[1, false]], [[1, true]], [[2, false]]],
      );
      assert.deepEqual(far.asked, []);
    });

    it('refuses to leave a line as it is found: nobody would know it', async () => {
      far.come();
      await assert.rejects(
        made({ readBack: 'none' }).open([output(1, { initial: 'keep' })]),
        unavailable(/nobody knows what line 1 is.*start off, on or as they were/),
      );
    });

    it('is what it was before a write of which the far end says that it failed', async () => {
      far.come();
      const driver = made({ readBack: 'none' });
      far.isSilent = true;
      await driver.open([output(1), output(2)]);
      clock.advance(10_000);
      await driver.write(new Map([[1, true]]));
      far.fail('no route', 1);
      await assert.rejects(driver.read([1]), unavailable(/no route/));
      await driver.open([output(1), output(2)]);
      assert.deepEqual((await driver.read([1])).get(1), false);
      await driver.write(new Map([[1, true]]));
      clock.advance(2001);
      far.fail('gone', 1);
      await driver.open([output(1), output(2)]);
      assert.deepEqual((await driver.read([1])).get(1), true, 'an error later is not about that write');
    });

    it('knows no more what was only asked for once there is read-back', async () => {
      far.come();
      far.isSilent = true;
      await made({ readBack: 'none' }).open([output(1)]);
      const driver = made();
      const opened = driver.open([output(1)]);
      await settled();
      assert.deepEqual([far.asked, far.written.length], [[[1]], 1]);
      far.outputs.set(1, true);
      far.tell(1);
      await opened;
      assert.deepEqual(await driver.read([1]), new Map([[1, true]]));
    });

    it('stays away until what has said so says that it is there, where that ever does', async () => {
      far.come();
      far.isSilent = true;
      const driver = made({ readBack: 'none' });
      await driver.open([output(1, { initial: true })]);
      clock.advance(10_000);
      far.leave('x/status', 1);
      await assert.rejects(driver.read([1]), unavailable(/offline/));
      await driver.open([output(1)]);
      assert.deepEqual(await driver.read([1]), new Map([[1, true]]), 'nobody will say that it is there');
      far.return('x/status', 1);
      far.leave('x/status', 1);
      await assert.rejects(driver.open([output(1)]), unavailable(/the far end failed: it is offline/));
      far.return('x/status', 1);
      await driver.open([output(1)]);
      assert.deepEqual(await driver.read([1]), new Map([[1, true]]));
      assert.equal(far.written.length, 1);
    });

    it('starts anew where its first write failed', async () => {
      far.come();
      far.isSilent = true;
      const driver = made({ readBack: 'none' });
      await driver.open([output(1, { initial: true })]);
      far.fail('no route', 1);
      await driver.open([output(1, { initial: true })]);
      assert.equal(far.written.length, 2);
    });
  });

  describe('what it tells of by itself', () => {
    const watched = async (
      settings: Partial<MessageSettings> = {},
    ): Promise<[MessageDriver, () => number]> => {
      let heard = 0;
      const driver = made(settings);
      const stop = driver.watch(() => heard++);
      stops.push(stop);
      far.come();
      await driver.open([output(1), output(2)]);
      heard = 0;
      return [driver, () => heard];
    };
    let stops: (() => void)[] = [];
    afterEach(() => {
      for (const stop of stops.splice(0)) stop();
    });

    it('is a level that was moved, not one that is told again', async () => {
      const [, heard] = await watched();
      far.tell();
      assert.equal(heard(), 0);
      far.outputs.set(1, true);
      far.tell();
      assert.equal(heard(), 1);
    });

    it('is a failure, once, and that all is known again', async () => {
      const [driver, heard] = await watched();
      far.fail('gone', 1, 2);
      assert.equal(heard(), 1);
      await assert.rejects(driver.read([1]));
      far.fail('gone', 1, 2);
      assert.equal(heard(), 1, 'it is known already, and asking again would bring it again');
      far.tell(1);
      assert.equal(heard(), 1, 'line 2 is not known yet');
      far.tell(2);
      assert.equal(heard(), 2);
    });

    it('is that read-backs come again after they had stayed away', async () => {
      const [driver, heard] = await watched({ staleAfter: 5000 });
      clock.advance(6000);
      await assert.rejects(driver.read([1]));
      far.tell();
      assert.equal(heard(), 1);
    });

    it('is that the far end is there again, and not that it still is', async () => {
      const [driver, heard] = await watched();
      far.back();
      assert.equal(heard(), 0);
      far.fail('offline', 1, 2);
      await assert.rejects(driver.read([1]));
      const before = heard();
      far.back();
      assert.equal(heard(), before + 1);
    });

    it('is the node that comes, where there was none, and nothing once it is not listened to', async () => {
      const [driver, heard] = await watched();
      far.go();
      clock.advance(2001);
      await assert.rejects(driver.read([1]));
      far.come();
      assert.ok(heard() > 0);
      for (const stop of stops.splice(0)) stop();
      const before = heard();
      far.fail('gone', 1);
      assert.equal(heard(), before);
    });
  });

  it('is made of the settings of a board, and of no wrong ones', async () => {
    const driver = createDriver('message', BOARD, { answerWithin: '500', clock });
    const opened = driver.open([output(1)]);
    clock.advance(500);
    await assert.rejects(opened, unavailable(/no relay I\/O node/));
    const wrong: [object, RegExp][] = [
      [{ answerWithin: 99 }, /waited for from 100 to 10000 ms, not "99"/],
      [{ answerWithin: 'soon' }, /not "soon"/],
      [{ answerWithin: true }, /not a boolean/],
      [{ staleAfter: 1 }, /missed after 500 to 86400000 ms, or never \(0\), not "1"/],
      [{ readBack: 'maybe' }, /one of "message", "none"/],
    ];
    for (const [settings, message] of wrong) {
      assert.throws(
        () => createDriver('message', BOARD, settings),
        (error) => error instanceof FactoryError && error.code === 'config' && message.test(error.message),
      );
    }
  });

  it('lets its second node carry the messages when the first one goes', async () => {
    far.come();
    const second = new FarEnd(BOARD).come();
    assert.deepEqual([far.attached?.isServing, second.attached?.isServing], [true, false]);
    const driver = made();
    await driver.open([output(1)]);
    assert.deepEqual([far.written.length, second.written.length], [1, 0]);
    far.go();
    assert.equal(second.attached?.isServing, true);
    await driver.write(new Map([[1, true]]));
    assert.deepEqual([far.written.length, second.written.length], [1, 1]);
    second.go();
  });
});
