import assert from 'node:assert/strict';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { MessageDriver } from '../../../lib/gpio/message.ts';
import { Board } from '../../../lib/relays/board.ts';
import { parseChannels } from '../../../lib/relays/channels.ts';
import { newCommand } from '../../../lib/relays/command.ts';
import { REOPEN_MS } from '../../../lib/relays/kept-open.ts';
import type { Command, RelayRecord, Result } from '../../../lib/relays/relay.ts';
import { resultOf } from '../../../lib/relays/result.ts';
import { FarEnd } from '../gpio/far-end.ts';

const BOARD = 'board-message';

describe('a board whose outputs are behind messages', () => {
  let clock: FakeClock;
  let far: FarEnd;
  let board: Board;

  const make = (readBack: 'message' | 'none' = 'message'): Board =>
    new Board({
      name: 'Remote',
      channels: parseChannels([
        { id: 'pump', line: 0 },
        { id: 'fan', line: 1, activeLow: true },
      ]),
      driver: new MessageDriver(BOARD, { readBack, answerWithin: 2000, staleAfter: 0 }, clock),
      clock,
      log: () => Promise.resolve(true),
    });
  const command = (action: 'on' | 'off', relay = 'pump'): Promise<Result> =>
    board.command(newCommand({ action, relay, by: 'ada', from: 'test', owner: 'hand' }, clock));
  const record = (id = 'pump'): RelayRecord => board.records().find((each) => each.id === id)!;
  /** Lets what is under way get to where it waits for time or messages. */
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  beforeEach(() => {
    clock = new FakeClock();
    far = new FarEnd(BOARD).come();
    board = make();
  });
  afterEach(async () => {
    await board.close();
    far.forget();
    assert.equal(clock.pending, 0);
  });

  it('switches and reads back, a relay that is active low turned round', async () => {
    await board.open();
    assert.deepEqual([...far.outputs.values()], [false, true]);
    const { code, state, verified } = await command('on');
    assert.deepEqual([code, state, verified], ['done', true, 'line']);
    assert.equal((await command('on', 'fan')).code, 'done');
    assert.deepEqual([...far.outputs.values()], [true, false]);
  });

  it('comes to its own readback-mismatch where another level is read back', async () => {
    await board.open();
    far.stuck.add(0);
    const answer = command('on');
    await settled();
    clock.advance(2000);
    const { code, state, reason } = await answer;
    assert.deepEqual([code, state, record().available], ['readback-mismatch', false, true]);
    assert.match(reason!, /switched on, but reads off/);
  });

  it('is unavailable where nothing is read back, and at once there again with what then is', async () => {
    await board.open();
    far.isSilent = true;
    const answer = command('on');
    await settled();
    clock.advance(2000);
    const { code, reason, state } = await answer;
    assert.deepEqual([code, state, record('fan').available], ['unavailable', null, false]);
    assert.match(reason!, /no read-back of line 0 within 2000 ms/);
    far.isSilent = false;
    far.tell();
    await settled();
    assert.deepEqual([record().state, record().by, record('fan').available], [true, null, true]);
    assert.equal(far.written.length, 2, 'coming back has written nothing');
  });

  it('shows at once what was moved at the far end, and what the far end says is wrong', async () => {
    await board.open();
    far.outputs.set(0, true);
    far.tell(0);
    await settled();
    assert.deepEqual([record().state, record().by], [true, null]);
    far.isSilent = true;
    far.fail('Port not open', 0);
    await settled();
    assert.deepEqual([record().available, record().reason], [false, 'the far end failed: Port not open']);
    clock.advance(REOPEN_MS);
    await settled();
    clock.advance(2000);
    await settled();
    assert.equal(record().reason, 'the far end failed: Port not open');
  });

  describe('while nothing can be read back', () => {
    const send = (wish: Partial<Command> & Pick<Command, 'action'>): Promise<Result> =>
      board.command(newCommand({ relay: 'fan', by: 'ada', from: 'test', owner: 'hand', ...wish }, clock));
    /** The levels of the last message, by line. */
    const lastWritten = (): Record<string, boolean> => Object.fromEntries(far.written.at(-1)!.levels);

    beforeEach(() => board.open());

    for (const { wish, code } of [
      { wish: { action: 'trip', why: 'tank empty', owner: 'auto' }, code: 'done' },
      { wish: { action: 'lock', why: 'new belt' }, code: 'done' },
      { wish: { action: 'off', owner: 'safety' }, code: 'unavailable' },
    ] as const) {
      it(`sends what ${wish.action} is for all the same, and says that it is not confirmed`, async () => {
        await command('on', 'fan');
        far.fail('overpower', 1);
        await settled();
        assert.equal(record('fan').available, false);
        const before = far.written.length;
        far.isSilent = true;
        const result = await send(wish);
        assert.equal(result.code, code);
        assert.equal(result.state, null, 'nothing is known of it');
        assert.equal(far.written.length, before + 1);
        // Active low: off is high.
        assert.deepEqual(lastWritten(), { 1: true });
        if (code === 'done') assert.match(result.reason!, /^off was sent, and is confirmed once its board/);
      });
    }

    it('sends nothing for who only wants it off or on', async () => {
      far.fail('overpower', 1);
      await settled();
      const before = far.written.length;
      const codes = [(await command('off', 'fan')).code, (await command('on', 'fan')).code];
      assert.deepEqual(codes, ['unavailable', 'unavailable']);
      assert.equal(far.written.length, before);
    });

    it('ends a pulse at its time, and again once the output can be read', async () => {
      assert.equal((await send({ action: 'on', for: 60_000 })).code, 'done');
      far.fail('overpower', 1);
      await settled();
      far.isSilent = true;
      const before = far.written.length;
      clock.advance(60_000);
      await settled();
      assert.deepEqual(
        far.written.slice(before).map(({ levels }) => Object.fromEntries(levels)),
        [{ 1: true }],
      );
      // It did not get there.
      far.outputs.set(1, false);
      far.isSilent = false;
      far.tell();
      for (let turn = 0; turn < 100 && record('fan').state !== false; turn++) {
        await settled();
        clock.advance(0);
      }
      assert.deepEqual([far.outputs.get(1), record('fan').state], [true, false]);
    });
  });

  it('says that a state is what was commanded where nothing is read back', async () => {
    await board.close();
    board = make('none');
    far.isSilent = true;
    await board.open();
    assert.deepEqual([record().state, record().verified], [false, 'command']);
    const { code, state, verified } = await command('on');
    assert.deepEqual([code, state, verified, record().verified], ['done', true, 'command', 'command']);
  });

  it('says so of a state that was read just before the board was lost, too', async () => {
    await board.open();
    await board.close();
    const lost = record();
    assert.equal(lost.verified, null);
    const outcome = { code: 'min-on', state: true } as const;
    const result = resultOf({ id: 'c', relay: 'pump' }, outcome, lost, clock, 'command');
    assert.deepEqual([result.state, result.verified], [true, 'command']);
  });

  it('moves nothing at the end of the process', async () => {
    await board.open();
    const before = far.written.length;
    board.end(false);
    assert.equal(far.written.length, before);
  });
});
