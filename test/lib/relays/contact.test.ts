import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { isoTime } from '../../../lib/base/clock.ts';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { forgetSimulated, SimulatedDriver } from '../../../lib/gpio/simulated.ts';
import { InputDirectory } from '../../../lib/inputs/directory.ts';
import { Input } from '../../../lib/inputs/input.ts';
import { Board } from '../../../lib/relays/board.ts';
import { parseChannels } from '../../../lib/relays/channels.ts';
import { newCommand, type Wish } from '../../../lib/relays/command.ts';
import { READ_EACH_MS } from '../../../lib/relays/limits.ts';
import { qualityOf } from '../../../lib/relays/record.ts';
import type { RelayRecord, Result } from '../../../lib/relays/relay.ts';

describe('the contact of a channel', () => {
  const parse = (contact: unknown, more: object = {}) =>
    parseChannels([{ id: 'a', line: 0, contact, ...more }])[0]!.contact;

  it('is an input, with a time to follow, and closes with the relay unless it says otherwise', () => {
    assert.equal(parse(null), null);
    assert.deepEqual(parse({ input: 'fb' }), { input: 'fb', within: 500, inverted: false });
    const all = { input: 'fb', within: 3000, inverted: true };
    assert.deepEqual(parse(all), all);
  });

  for (const [contact, words] of [
    ['fb', /contact of channel 1 must be an object/],
    [[], /must be an object/],
    [{}, /name an input, not undefined/],
    [{ input: 'two words' }, /must begin with a letter/],
    [{ input: 'fb', in: 5 }, /has no "in"/],
    [{ input: 'fb', inverted: 'no' }, /inverted \(true\) or not/],
    [{ input: 'fb', within: 0 }, /at most 3000 ms, not 0/],
    [{ input: 'fb', within: 3001 }, /not 3001/],
    [{ input: 'fb', within: '5' }, /not a string/],
  ] as const) {
    it(`is refused: ${words.source}`, () => assert.throws(() => parse(contact), words));
  }

  it('is none of a heartbeat', () => {
    assert.throws(() => parse({ input: 'fb' }, { beat: 500 }), /heartbeat, which no contact follows/);
  });
});

describe('a relay with a contact', () => {
  let clock: FakeClock;
  let driver: SimulatedDriver;
  let inputs: InputDirectory;
  let input: Input;
  let leave: () => void;
  let board: Board;
  let logged: Readonly<Record<string, unknown>>[];

  beforeEach(() => {
    clock = new FakeClock();
    clock.advance(1_000_000);
    inputs = new InputDirectory();
    input = new Input({ id: 'fb', clock, debounce: 0 });
    leave = inputs.add(input);
    logged = [];
  });
  afterEach(async () => {
    await board.close();
    forgetSimulated('contacts');
    assert.equal(clock.pending, 0, 'no timer is left behind');
    assert.equal(inputs.events.count(), 0, 'nobody listens any more');
  });

  const contact = { input: 'fb', within: 300 };
  async function open(channel: object = { contact }, more: object[] = []): Promise<void> {
    driver = new SimulatedDriver('contacts');
    board = new Board({
      name: 'Cabinet',
      channels: parseChannels([{ id: 'a', line: 6, ...channel }, ...more]),
      driver,
      clock,
      log: (entry) => {
        logged.push(entry);
        return Promise.resolve(true);
      },
      contacts: inputs,
    });
    await board.open();
  }
  const shows = (level: boolean): void => input.take({ level, at: clock.now() });
  const ask = (wish: Wish, relay = 'a'): Promise<Result> =>
    board.command(newCommand({ ...wish, relay, by: 'ada', from: 'here', owner: 'hand' }, clock));
  const record = (id = 'a'): RelayRecord => board.records().find((one) => one.id === id)!;
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 6; round++) await turn();
  };
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await settle();
  };
  /** Asks, and lets the contact do what it does after so long. */
  async function after(ms: number, wish: Wish, act: () => void = () => {}): Promise<Result> {
    const answer = ask(wish);
    await settle();
    clock.advance(ms);
    act();
    return answer;
  }

  it('is verified by it once it follows', async () => {
    shows(false);
    await open();
    assert.deepEqual([record().state, record().verified, record().fault], [false, 'contact', undefined]);
    const answer = ask({ action: 'on' });
    await settle();
    assert.deepEqual([record().state, record().verified], [true, 'line'], 'the line is known at once');
    clock.advance(299);
    shows(true);
    const { code, ok, state, verified, reason } = await answer;
    assert.deepEqual([code, ok, state, verified, reason], ['done', true, true, 'contact', undefined]);
    assert.equal(record().verified, 'contact');
    assert.equal((await ask({ action: 'on' })).verified, 'contact', 'unchanged is verified too');
    assert.deepEqual(
      logged.map(({ code: what }) => what),
      ['done', 'unchanged'],
    );
  });

  it('that does not follow is not as it was wanted, and says what it shows', async () => {
    shows(false);
    await open();
    const { code, ok, state, verified, reason } = await after(300, { action: 'on' });
    assert.deepEqual([code, ok, state, verified], ['readback-mismatch', false, true, 'line']);
    assert.match(reason!, /contact "fb" shows it off, but its line reads on/);
    const { fault } = record();
    assert.deepEqual([fault!.code, fault!.since], ['contact', isoTime(clock.now())]);
    assert.equal(fault!.reason, reason);
    assert.equal(qualityOf(record()), 'uncertain');
    assert.deepEqual(
      logged.map(({ code: what }) => what),
      ['done', 'readback-mismatch'],
      'what was done is in the log before it is known whether it helped',
    );
    assert.equal((await ask({ action: 'on' })).code, 'readback-mismatch', 'and again, at once');
    shows(true);
    assert.deepEqual(
      [record().fault, record().verified],
      [undefined, 'contact'],
      'late is better than never',
    );
  });

  it('is at fault when its contact changes by itself, and only while it does', async () => {
    shows(false);
    await open();
    shows(true);
    await pass(299);
    assert.deepEqual(
      [record().fault, record().verified],
      [undefined, 'line'],
      'its line may have been first',
    );
    await pass(1);
    assert.match(record().fault!.reason, /shows it on, but its line reads off/);
    const { since } = record().fault!;
    input.lose('unplugged');
    assert.equal(record().fault!.since, since);
    assert.match(record().fault!.reason, /"fb" is not known: unplugged/);
    shows(false);
    assert.deepEqual([record().fault, record().verified], [undefined, 'contact']);
  });

  it('is verified by its line alone where the contact is not known, and says why', async () => {
    await open();
    await pass(300);
    assert.match(record().fault!.reason, /"fb" is not known: nothing was read/);
    const { code, verified, reason } = await after(300, { action: 'on' });
    assert.deepEqual([code, verified], ['done', 'line']);
    assert.match(reason!, /not known/);
    leave();
    assert.match(record().fault!.reason, /the plant has no such input/);
    inputs.add(input);
    shows(true);
    assert.deepEqual([record().fault, record().verified], [undefined, 'contact']);
  });

  it('has a contact that opens when it closes, if it is set so', async () => {
    shows(true);
    await open({ contact: { ...contact, inverted: true } });
    assert.equal(record().verified, 'contact');
    const answer = await after(10, { action: 'on' }, () => shows(false));
    assert.deepEqual([answer.code, answer.verified], ['done', 'contact']);
    const wrong = await after(300, { action: 'off' });
    assert.match(wrong.reason!, /shows it on, but its line reads off/);
  });

  it('is switched off without waiting for the contact of its on', async () => {
    shows(false);
    await open();
    const on = ask({ action: 'on' });
    await settle();
    clock.advance(10);
    const off = await ask({ action: 'off' });
    assert.deepEqual([off.code, off.state, off.verified], ['done', false, 'contact']);
    const { code, verified, reason } = await on;
    assert.deepEqual([code, verified], ['done', 'line']);
    assert.match(reason!, /no time to follow/);
    await pass(1000);
    assert.equal(record().fault, undefined);
  });

  it('that was locked out says where its contact does not open', async () => {
    shows(true);
    await open({ contact, start: 'on' });
    const welded = await after(300, { action: 'lock', why: 'new belt' });
    assert.deepEqual([welded.code, welded.state], ['readback-mismatch', false]);
    assert.equal(record().locked?.why, 'new belt');
    assert.equal((await ask({ action: 'unlock' })).code, 'done');
  });

  it('whose contact is stuck keeps the others of its interlock off', async () => {
    shows(false);
    const rules = { interlock: 'direction' };
    await open({ contact, rules }, [{ id: 'b', line: 7, rules }]);
    await after(10, { action: 'on' }, () => shows(true));
    assert.equal((await after(300, { action: 'off' })).code, 'readback-mismatch');
    const refused = await ask({ action: 'on' }, 'b');
    assert.equal(refused.code, 'interlocked');
    assert.match(refused.reason!, /a is on/);
    shows(false);
    assert.equal((await ask({ action: 'on' }, 'b')).code, 'done');
  });

  it('is held against what was moved past the board too, and rests with its board', async () => {
    shows(false);
    await open();
    driver.move(6, true);
    await pass(READ_EACH_MS);
    shows(true);
    assert.deepEqual([record().verified, record().fault?.code], ['contact', 'readback-mismatch']);
    shows(false);
    driver.faults.failing.add('read');
    await pass(READ_EACH_MS);
    assert.deepEqual([record().state, record().verified, record().fault], [null, null, undefined]);
    const answer = ask({ action: 'on' });
    assert.equal((await answer).code, 'unavailable');
  });

  it('answers who waits for its contact when its board closes', async () => {
    shows(false);
    await open();
    const answer = ask({ action: 'on' });
    await settle();
    await board.close();
    assert.match((await answer).reason!, /board closed/);
  });
});
