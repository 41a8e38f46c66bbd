import assert from 'node:assert/strict';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { forgetBoard } from '../../../lib/gpio/drivers.ts';
import { MessageDriver } from '../../../lib/gpio/message.ts';
import { Board } from '../../../lib/relays/board.ts';
import { parseChannels } from '../../../lib/relays/channels.ts';
import type { CommandEntry } from '../../../lib/relays/command-entry.ts';
import { newCommand } from '../../../lib/relays/command.ts';
import { qualityOf } from '../../../lib/relays/record.ts';
import { REOPEN_MS } from '../../../lib/relays/kept-open.ts';
import { READ_EACH_MS } from '../../../lib/relays/limits.ts';
import type { RelayRecord, Result } from '../../../lib/relays/relay.ts';
import { FarEnd } from '../gpio/far-end.ts';

const BOARD = 'board-replay';

describe('a board of which only retained messages are known', () => {
  let clock: FakeClock;
  let far: FarEnd;
  let board: Board;
  let logged: CommandEntry[] = [];
  /** The input that is the contact of the valve. */
  let contact: boolean | null;

  const make = (): Board =>
    new Board({
      name: 'Remote',
      channels: parseChannels([
        { id: 'valve', line: 0, start: 'hold', contact: { input: 'feedback', within: 1000 } },
        { id: 'forward', line: 1, start: 'hold', rules: { interlock: 'motor' } },
        { id: 'lamp', line: 3, start: 'hold' },
        { id: 'fan', line: 4, start: 'hold', others: true },
        { id: 'reverse', line: 2, start: 'off', rules: { interlock: 'motor' } },
      ]),
      driver: new MessageDriver(BOARD, { readBack: 'message', answerWithin: 2000, staleAfter: 0 }, clock),
      clock,
      log: (entry) => Promise.resolve(logged.push(entry) > 0),
      contacts: { get: () => ({ level: contact }), events: { on: () => () => {} } },
    });
  const command = (
    action: 'on' | 'off' | 'toggle',
    relay: string,
    owner: 'hand' | 'auto' = 'hand',
  ): Promise<Result> => board.command(newCommand({ action, relay, by: 'ada', from: 'test', owner }, clock));
  const record = (id = 'lamp'): RelayRecord => board.records().find((each) => each.id === id)!;
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  beforeEach(async () => {
    contact = null;
    logged = [];
    clock = new FakeClock();
    far = new FarEnd(BOARD).come();
    far.isSilent = true;
    board = make();
    far.replay([0, true], [1, true], [2, false], [3, true], [4, false]);
    for (const [line, level] of [
      [0, true],
      [1, true],
      [2, false],
      [3, true],
      [4, false],
    ] as const)
      far.outputs.set(line, level);
    const opened = board.open();
    await settled();
    // Reverse is switched off, which nobody answers; the broker has kept that it is.
    clock.advance(2000);
    await opened;
    far.written.length = 0;
  });
  afterEach(async () => {
    await board.close();
    far.forget();
    forgetBoard(BOARD);
    assert.equal(clock.pending, 0);
  });

  it('shows what they say, verified by nothing, uncertain, with the reason and since when', () => {
    const { state, verified, available, fault } = record();
    assert.deepEqual([state, verified, available], [true, null, true]);
    assert.deepEqual(fault, {
      code: 'unconfirmed',
      since: new Date(clock.now()).toISOString(),
      reason: 'it is known from a retained message alone',
    });
    assert.equal(qualityOf(record()), 'uncertain');
  });

  it('writes what seems to be so already, and is certain once something fresh confirms it', async () => {
    far.isSilent = false;
    const { ok, code, state, verified } = await command('on', 'lamp');
    assert.deepEqual([ok, code, state, verified], [true, 'done', true, 'line']);
    assert.deepEqual(far.written.length, 1);
    assert.deepEqual([record().fault, record().verified, record().by], [undefined, 'line', null]);
    assert.equal((await command('on', 'lamp')).code, 'unchanged');
    assert.equal(far.written.length, 1);
  });

  it('answers unavailable where nothing fresh comes, and is as uncertain as before', async () => {
    const answer = command('on', 'lamp');
    await settled();
    clock.advance(2000);
    const { ok, code, reason } = await answer;
    assert.deepEqual([ok, code], [false, 'unavailable']);
    assert.match(reason!, /no read-back of line 3 within 2000 ms/);
    clock.advance(REOPEN_MS);
    await settled();
    assert.deepEqual([record().state, record().fault?.code], [true, 'unconfirmed']);
  });

  it('is certain once the far end says by itself what it is', async () => {
    far.tell(3);
    await settled();
    assert.deepEqual([record().state, record().fault, record().verified], [true, undefined, 'line']);
    assert.equal(record('valve').fault?.code, 'unconfirmed');
  });

  it('writes nothing for a flow that may not move it', async () => {
    far.isSilent = false;
    far.tell();
    await settled();
    await command('on', 'lamp');
    const before = far.written.length;
    far.replay([3, false]);
    await settled();
    assert.equal(record().fault?.reason, 'a retained message says otherwise');
    assert.equal((await command('on', 'lamp', 'auto')).code, 'not-in-auto');
    assert.equal(far.written.length, before);
  });

  it('takes an output that may be on for one that is on in its interlock', async () => {
    far.tell(1);
    await settled();
    far.isSilent = false;
    assert.equal((await command('off', 'forward')).code, 'done');
    assert.equal((await command('on', 'reverse')).code, 'done');
    assert.equal((await command('off', 'reverse')).code, 'done');
    far.replay([2, true]);
    await settled();
    const { code, reason } = await command('on', 'forward');
    assert.equal(code, 'interlocked');
    assert.match(reason!, /not known whether reverse is off/);
    assert.equal((await command('off', 'reverse')).code, 'done');
    assert.equal((await command('on', 'forward')).code, 'done');
  });

  it('takes none of them for a move from outside, and what differs from them for one', async () => {
    far.replay([4, true]);
    await settled();
    assert.deepEqual([record('fan').state, record('fan').by], [true, null]);
    assert.deepEqual(logged, []);
    far.outputs.set(4, true);
    far.tell(4);
    await settled();
    assert.deepEqual([record('fan').state, record('fan').fault], [true, undefined]);
    assert.deepEqual(
      logged.map(({ relay, by, state }) => [relay, by, state]),
      [['fan', 'outside', true]],
    );
  });

  it('switches off what is locked out and turns out to be on', async () => {
    far.isSilent = false;
    const lock = newCommand(
      { action: 'lock', relay: 'lamp', by: 'ada', from: 'test', owner: 'hand', why: 'belt' },
      clock,
    );
    assert.equal((await board.command(lock)).state, false);
    // The broker is lost, and has it off when it is back; somebody has switched it on meanwhile.
    far.leave('', 0, 1, 2, 3, 4);
    await settled();
    far.isSilent = true;
    far.replay([0, true], [1, true], [2, false], [3, false], [4, false]);
    far.return('', 0, 1, 2, 3, 4);
    await settled();
    assert.deepEqual([record().state, record().fault?.code], [false, 'unconfirmed']);
    far.isSilent = false;
    far.outputs.set(3, true);
    far.tell(3);
    await settled();
    await settled();
    assert.deepEqual([record().state, far.outputs.get(3)], [false, false]);
  });

  it('is certain by a contact that shows the same', async () => {
    contact = true;
    clock.advance(READ_EACH_MS);
    await settled();
    assert.deepEqual([record('valve').verified, record('valve').fault], ['contact', undefined]);
  });
});
