/** Conditions of relays whose board is not available: what is said then is not said again. */
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { forgetSimulated, SimulatedDriver } from '../../../lib/gpio/simulated.ts';
import { Board } from '../../../lib/relays/board.ts';
import { parseChannels } from '../../../lib/relays/channels.ts';
import { newCommand } from '../../../lib/relays/command.ts';
import type { Action, RelayRecord, Result } from '../../../lib/relays/relay.ts';
import { Sources } from './sources.ts';

const EMPTY = { source: 'topic', id: 'plant/tank', op: 'is', value: 'empty', reason: 'tank empty' };

describe('conditions of a relay whose board is not available', () => {
  let clock: FakeClock;
  let driver: SimulatedDriver;
  let sources: Sources;
  let board: Board;

  beforeEach(() => {
    clock = new FakeClock();
    sources = new Sources();
    driver = new SimulatedDriver('away');
    board = new Board({
      name: 'one',
      channels: parseChannels([{ id: 'a', line: 0, start: 'hold', rules: { trips: [EMPTY] } }]),
      driver,
      clock,
      conditions: sources,
      log: () => Promise.resolve(true),
    });
  });
  afterEach(async () => {
    await board.close();
    forgetSimulated('away');
    assert.deepEqual([clock.pending, sources.watched], [0, 0], 'nothing is left behind');
  });

  const command = (action: Action): Promise<Result> =>
    board.command(
      newCommand({ action, relay: 'a', by: 'ada', from: 'here', owner: 'hand', why: 'work' }, clock),
    );
  const record = (): RelayRecord => board.records()[0]!;
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 8; round++) await turn();
  };
  const lose = async (): Promise<void> => {
    driver.faults.failing.add('read').add('open');
    clock.advance(1000);
    await settle();
    assert.equal(record().available, false);
  };
  const comeBack = async (): Promise<void> => {
    driver.faults.failing.clear();
    clock.advance(5000);
    await settle();
    assert.equal(record().available, true);
  };

  it('trip it once it is back, where the cause has come meanwhile', async () => {
    sources.say('topic plant/tank', 'full');
    await board.open();
    await command('on');
    await lose();
    sources.say('topic plant/tank', 'empty');
    await settle();
    assert.equal(record().tripped?.reason, 'tank empty');
    await comeBack();
    assert.deepEqual([record().state, record().tripped?.causes], [false, ['plant/tank']]);
  });

  it('are latched where the cause has come and gone meanwhile', async () => {
    sources.say('topic plant/tank', 'full');
    await board.open();
    await command('on');
    await lose();
    sources.say('topic plant/tank', 'empty');
    sources.say('topic plant/tank', 'full');
    await settle();
    await comeBack();
    assert.deepEqual([record().state, record().tripped?.reason], [false, 'tank empty']);
    assert.equal((await command('reset')).code, 'done');
  });

  it('do not trip it by a source that is lost and back meanwhile', async () => {
    sources.say('topic plant/tank', 'full');
    await board.open();
    await command('on');
    await lose();
    sources.say('topic plant/tank', null, { reason: 'the broker is away' });
    await settle();
    sources.say('topic plant/tank', 'full');
    await comeBack();
    assert.deepEqual([record().state, record().tripped], [true, undefined]);
  });

  it('are heard before it is opened for the first time', () => {
    board.listen();
    assert.equal(sources.watched, 1);
  });

  for (const [claim, release] of [
    ['lock', 'unlock'],
    ['trip', 'reset'],
  ] as const) {
    it(`make it go off where a ${claim} came and was released meanwhile`, async () => {
      sources.say('topic plant/tank', 'full');
      await board.open();
      assert.equal((await command('on')).code, 'done');
      await lose();
      assert.equal((await command(claim)).code, 'done');
      assert.equal((await command(release)).code, 'done');
      await comeBack();
      const { state, locked, tripped, fault } = record();
      assert.deepEqual({ state, locked, tripped, fault }, STAYS_OFF);
      assert.equal((await command('on')).code, 'done', 'nothing holds it off any more');
    });
  }
});

const STAYS_OFF = { state: false, locked: undefined, tripped: undefined, fault: undefined };
