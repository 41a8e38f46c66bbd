import assert from 'node:assert/strict';
import { FactoryError } from '../../../lib/base/errors.ts';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { forgetSimulated, SimulatedDriver } from '../../../lib/gpio/simulated.ts';
import { Board } from '../../../lib/relays/board.ts';
import { parseChannels } from '../../../lib/relays/channels.ts';
import { newCommand } from '../../../lib/relays/command.ts';
import type { Action, Owner, RelayRecord, TrialResult } from '../../../lib/relays/relay.ts';
import { TRIAL_MS, tryChannel } from '../../../lib/relays/trial.ts';
import type { Trial } from '../../../lib/relays/trial.ts';

describe('a trial of a channel', () => {
  const channels = parseChannels([
    { id: 'pump', line: 1 },
    { id: 'burner', line: 2, rules: { minOn: 5000 } },
    { id: 'left', line: 3, rules: { interlock: 'doors' } },
    { id: 'right', line: 4, activeLow: true, rules: { interlock: 'doors' } },
  ]);
  let clock: FakeClock;
  let driver: SimulatedDriver;
  let board: Board;
  let logged: Readonly<Record<string, unknown>>[];
  beforeEach(async () => {
    clock = new FakeClock();
    driver = new SimulatedDriver('trial');
    logged = [];
    const log = (entry: Readonly<Record<string, unknown>>): Promise<boolean> => {
      logged.push(entry);
      return Promise.resolve(true);
    };
    board = new Board({ name: 'Trial', channels, driver, clock, log });
    await board.open();
  });
  afterEach(async () => {
    await board.close();
    forgetSimulated('trial');
  });

  const record = (relay: string): RelayRecord => board.records().find(({ id }) => id === relay)!;
  const attempt = (relay: string, trial: Trial, more: object = {}): Promise<TrialResult> => {
    const { line, activeLow } = channels.find(({ id }) => id === relay) ?? { line: 0, activeLow: false };
    const wish = { relay, line, activeLow, trial, by: 'ada', from: '10.0.0.1', ...more };
    return tryChannel(board, channels, wish, clock);
  };
  const command = (relay: string, action: Action, owner: Owner): Promise<{ code: string }> => {
    const wish = {
      relay,
      action,
      owner,
      by: 'flow',
      from: 'wire',
      ...(action === 'lock' && { why: 'belt' }),
    };
    return board.command(newCommand(wish, clock));
  };
  /** Resolves once the relay is off. */
  const goneOff = async (relay: string): Promise<void> => {
    while (record(relay).state !== false) {
      await new Promise<void>((resolve) => {
        const stop = board.events.on('change', () => {
          stop();
          resolve();
        });
      });
    }
  };
  const refused =
    (words: RegExp) =>
    (error: unknown): boolean =>
      error instanceof FactoryError && error.code === 'invalid' && words.test(error.message);

  it('switches it on for a moment, in the name of who asks, and gives it back to the flows', async () => {
    const { result, hand } = await attempt('pump', 'pulse');
    assert.deepEqual([result.code, result.state, hand], ['done', true, false]);
    assert.equal(record('pump').hand, undefined);
    assert.equal(record('pump').by, 'ada');
    assert.deepEqual(
      logged.map(({ action, by, from }) => [action, by, from]),
      [
        // It begins, and it is done.
        ['on', 'ada', '10.0.0.1'],
        ['on', 'ada', '10.0.0.1'],
        ['auto', 'ada', '10.0.0.1'],
      ],
    );
    clock.advance(TRIAL_MS - 1);
    assert.equal(record('pump').state, true);
    clock.advance(2);
    await goneOff('pump');
    assert.equal((await command('pump', 'on', 'auto')).code, 'done');
  });

  it('has it on for as long as its rules want', async () => {
    assert.equal((await attempt('burner', 'pulse')).result.code, 'done');
    assert.equal(Date.parse(record('burner').off_at!), clock.now() + 5000);
    clock.advance(5001);
    await goneOff('burner');
  });

  it('takes it in hand where it stays on or off', async () => {
    const on = await attempt('pump', 'on');
    assert.deepEqual([on.result.code, on.hand], ['done', true]);
    assert.equal((await command('pump', 'off', 'auto')).code, 'not-in-auto');
    const off = await attempt('pump', 'off');
    assert.deepEqual([off.result.code, off.result.state, off.hand], ['done', false, true]);
  });

  it('leaves in hand what was in hand', async () => {
    await command('pump', 'hand', 'hand');
    assert.equal((await attempt('pump', 'pulse')).hand, true);
    assert.equal(record('pump').hand?.by, 'flow');
  });

  it('holds what is locked out, interlocked, or has to stay as it is', async () => {
    await command('pump', 'lock', 'hand');
    const { result, hand } = await attempt('pump', 'pulse');
    assert.deepEqual([result.ok, result.code, hand], [false, 'locked', false]);
    assert.match(result.reason!, /belt/);
    await attempt('left', 'on');
    assert.equal((await attempt('right', 'pulse')).result.code, 'interlocked');
    await attempt('burner', 'on');
    const early = (await attempt('burner', 'off')).result;
    assert.deepEqual([early.code, early.retry_after], ['min-on', 5000]);
  });

  it('says what the line shows where it does not follow, and gives the relay back', async () => {
    driver.faults.stuck.add(1);
    const { result } = await attempt('pump', 'pulse');
    assert.deepEqual([result.code, result.state], ['readback-mismatch', false]);
    driver.faults.stuck.clear();
    assert.equal((await command('pump', 'on', 'auto')).code, 'done');
  });

  it('does not end by a pulse what is on', async () => {
    await command('pump', 'on', 'auto');
    await assert.rejects(attempt('pump', 'pulse'), refused(/"pump" is on already/));
    assert.equal(record('pump').off_at, undefined);
    assert.equal(record('pump').state, true);
  });

  it('moves nothing where another channel runs than the one that is meant', async () => {
    await assert.rejects(attempt('fan', 'on'), refused(/no relay "fan"/));
    for (const more of [{ line: 9 }, { activeLow: true }, { line: '1' }])
      await assert.rejects(attempt('pump', 'on', more), refused(/other settings/));
    assert.deepEqual(logged, []);
  });
});
