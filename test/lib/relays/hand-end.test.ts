/** A relay in hand that goes back to its flows by itself. */
import assert from 'node:assert/strict';
import { Life } from './life.ts';

const HOUR = 3_600_000;

describe('a hand that ends by itself', () => {
  let life: Life;
  beforeEach(() => {
    life = new Life();
    life.clock.advance(1_000_000);
  });
  afterEach(() => life.end());
  const code = async (...args: Parameters<Life['command']>): Promise<string> =>
    (await life.command(...args)).code;

  it('does so its time after the last command of a person, and moves nothing', async () => {
    await life.open([{ rules: { handFor: HOUR } }]);
    await life.command({ action: 'on' }, 'hand');
    const { since, until } = life.record().hand!;
    assert.equal(Date.parse(until!) - Date.parse(since), HOUR);
    await life.pass(HOUR - 1);
    assert.equal(await code({ action: 'on' }, 'hand'), 'unchanged');
    assert.equal(life.record().hand?.since, since, 'it is the same hand, for longer');
    await life.pass(HOUR - 1);
    assert.equal(await code({ action: 'off' }), 'not-in-auto');
    await life.pass(1);
    assert.deepEqual([life.record().hand, life.record().state], [undefined, true]);
    const { action, by, via, code: became } = life.logged.at(-1)!;
    assert.deepEqual([action, by, via, became], ['auto', 'hand-end', 'rule', 'done']);
    assert.equal(await code({ action: 'off' }), 'done');
  });

  it('is not put off by a command that was refused, nor by flows', async () => {
    await life.open([{ rules: { handFor: HOUR, minOn: 2 * HOUR } }]);
    await life.command({ action: 'on' }, 'hand');
    await life.pass(HOUR / 2);
    assert.equal(await code({ action: 'off' }, 'hand'), 'min-on');
    assert.equal(await code({ action: 'on' }), 'unchanged');
    await life.pass(HOUR / 2);
    assert.equal(life.record().hand, undefined);
  });

  it('never does where no time is set', async () => {
    await life.open([{}]);
    await life.command({ action: 'hand' }, 'hand');
    await life.pass(1000 * HOUR);
    assert.deepEqual([life.record().hand?.by, life.record().hand?.until], ['hand', undefined]);
  });

  it('tells its end, and that of a force, by a clock that was put right meanwhile', async () => {
    await life.open([{ rules: { handFor: HOUR } }, {}]);
    await life.command({ action: 'on' }, 'hand');
    await life.command({ action: 'on', force: true, for: HOUR, why: 'wiring test' }, 'hand', 'b');
    life.clock.jump(-14 * 24 * HOUR);
    await life.pass(HOUR / 2);
    const ends = new Date(life.clock.now() + HOUR / 2).toISOString();
    assert.deepEqual([life.record().hand?.until, life.record('b').forced?.until], [ends, ends]);
    await life.pass(HOUR / 2);
    assert.deepEqual([life.record().hand, life.record('b').forced], [undefined, undefined]);
  });

  it('goes on through a deploy, and counts anew where the deploy gives it another time', async () => {
    await life.open([{ rules: { handFor: HOUR } }]);
    await life.command({ action: 'hand' }, 'hand');
    await life.pass(HOUR / 2);
    await life.deploy();
    await life.pass(HOUR / 2 - 1);
    assert.ok(life.record().hand);
    await life.deploy([{ rules: { handFor: 2 * HOUR } }]);
    await life.pass(2 * HOUR - 1);
    assert.ok(life.record().hand);
    await life.pass(1);
    assert.equal(life.record().hand, undefined);
  });

  for (const [what, away, jump, left] of [
    ['goes on through a start of the process', HOUR / 4, 0, (HOUR * 3) / 4],
    ['is over where its time passed while the process was away', 2 * HOUR, 0, 0],
    ['lasts no longer than its whole time where the clock was set back', 0, -100 * HOUR, HOUR],
  ] as const) {
    it(what, async () => {
      await life.open([{ rules: { handFor: HOUR } }]);
      await life.command({ action: 'hand' }, 'hand');
      await life.restart({ away, jump });
      if (left > 0) {
        assert.ok(life.record().hand?.until);
        await life.pass(left - 1);
        assert.ok(life.record().hand);
      }
      await life.pass(1);
      assert.equal(life.record().hand, undefined);
    });
  }

  it('ends no force of somebody else', async () => {
    await life.open([{ rules: { handFor: HOUR } }]);
    await life.command({ action: 'hand' }, 'hand');
    await life.command({ action: 'on', force: true, for: 2 * HOUR }, 'hand');
    await life.pass(HOUR);
    assert.deepEqual(
      [life.record().hand, life.record().state, life.record().forced?.state],
      [undefined, true, true],
    );
    await life.pass(HOUR);
    assert.deepEqual([life.record().state, life.record().forced], [false, undefined]);
  });

  it('is over with a force that ends at the same moment', async () => {
    await life.open([{ rules: { handFor: HOUR } }]);
    await life.command({ action: 'hand' }, 'hand');
    await life.command({ action: 'on', force: true, for: HOUR }, 'hand');
    await life.pass(HOUR);
    await life.pass(1);
    assert.deepEqual(
      [life.record().hand, life.record().state, life.record().forced],
      [undefined, false, undefined],
    );
  });

  it('leaves a trip and a lock-out where they are', async () => {
    await life.open([{ rules: { handFor: HOUR } }]);
    await life.command({ action: 'on' }, 'hand');
    await life.command({ action: 'lock', why: 'new belt' }, 'hand');
    await life.command({ action: 'trip', why: 'tank empty' });
    await life.pass(HOUR);
    const { hand, tripped, locked } = life.record();
    assert.deepEqual([hand, tripped?.reason, locked?.why], [undefined, 'tank empty', 'new belt']);
  });
});
