import assert from 'node:assert/strict';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { forgetSimulated, SimulatedDriver } from '../../../lib/gpio/simulated.ts';
import { Board } from '../../../lib/relays/board.ts';
import { parseChannels } from '../../../lib/relays/channels.ts';
import type { CommandEntry } from '../../../lib/relays/command-entry.ts';
import { REOPEN_MS } from '../../../lib/relays/kept-open.ts';
import { newCommand, type Wish } from '../../../lib/relays/command.ts';
import type { KeptRelay, Owner, Result } from '../../../lib/relays/relay.ts';

/** What of an entry says what led to it. */
type Led = Pick<CommandEntry, 'action' | 'by' | 'via' | 'cause'>;

describe('what a relay does by itself', () => {
  const clock = new FakeClock();
  let logged: CommandEntry[];
  let board: Board;
  let driver: SimulatedDriver;
  let heard: (entry: CommandEntry) => void;

  async function open(channel: object, kept?: KeptRelay): Promise<void> {
    logged = [];
    heard = () => {};
    driver = new SimulatedDriver('causes');
    board = new Board({
      name: 'Bench',
      channels: parseChannels([{ id: 'r', line: 1, ...channel }]),
      driver,
      clock,
      stagger: 100,
      log: (entry) => {
        logged.push(entry);
        heard(entry);
        return Promise.resolve(true);
      },
    });
    await board.open(kept ? { kept: new Map([['r', kept]]) } : {});
  }

  const command = (wish: Wish, owner: Owner = 'hand'): Promise<Result> =>
    board.command(newCommand({ ...wish, relay: 'r', by: 'ada', from: 'x', owner, via: 'http' }, clock));
  const ledOf = ({ action, by, via, cause }: CommandEntry): Led => ({
    action,
    by,
    ...(via && { via }),
    ...(cause && { cause }),
  });
  /** What comes into the log next, which `doing` causes. */
  const next = (doing: () => void): Promise<Led> =>
    new Promise((resolve) => {
      heard = (entry) => resolve(ledOf(entry));
      doing();
    });
  const rule = (id: string, armed?: string): Pick<CommandEntry, 'via' | 'cause'> => ({
    via: 'rule',
    cause: [{ kind: 'rule', id, ...(armed !== undefined && { command: armed }) }],
  });

  afterEach(async () => {
    await board.close();
    forgetSimulated('causes');
  });

  it('is not what a person asks for: that names its own way', async () => {
    await open({});
    await command({ action: 'on', id: 'c1' });
    assert.deepEqual(logged.map(ledOf), [{ action: 'on', by: 'ada', via: 'http' }]);
  });

  it('goes back to the command that was for a time', async () => {
    await open({ rules: { maxOn: 60_000 } });
    await command({ action: 'on', id: 'c1' });
    await command({ action: 'on', id: 'c2', for: 1000 });
    assert.deepEqual(await next(() => clock.advance(1000)), {
      action: 'off',
      by: 'pulse',
      ...rule('pulse', 'c2'),
    });
  });

  it('goes back to the command that switched on what was on for too long', async () => {
    await open({ rules: { maxOn: 60_000 } });
    await command({ action: 'on', id: 'c1' });
    await command({ action: 'on', id: 'c2' });
    assert.deepEqual(await next(() => clock.advance(60_000)), {
      action: 'off',
      by: 'max-on',
      ...rule('max-on', 'c1'),
    });
  });

  it('goes back to the force that ends', async () => {
    await open({});
    await command({ action: 'on', id: 'c1', force: true, for: 1000 });
    assert.deepEqual(await next(() => clock.advance(1000)), {
      action: 'auto',
      by: 'force',
      ...rule('force', 'c1'),
    });
  });

  it('goes back to the last word of a flow, where it waited for the next one', async () => {
    await open({ rules: { watchdog: 1000 } });
    await command({ action: 'on', id: 'c1' }, 'auto');
    await command({ action: 'on', id: 'c2' }, 'auto');
    assert.deepEqual(await next(() => clock.advance(1000)), {
      action: 'lock',
      by: 'watchdog',
      ...rule('watchdog', 'c2'),
    });
  });

  it('is told as of the start, where that makes a relay what it was', async () => {
    await open({ start: 'restore' }, { ...KEPT, desired: true });
    assert.equal(logged.length, 0);
    assert.deepEqual(await next(() => clock.advance(0)), {
      action: 'on',
      by: 'restore',
      ...rule('restore'),
      via: 'start',
    });
  });

  it('goes off for a lock-out that came while it could not be moved', async () => {
    await open({});
    await command({ action: 'on', id: 'c1' });
    driver.faults.failing.add('read');
    await command({ action: 'off', id: 'c2' });
    await command({ action: 'lock', id: 'c3', why: 'new belt' });
    driver.faults.failing.clear();
    assert.deepEqual(await next(() => clock.advance(REOPEN_MS)), {
      action: 'off',
      by: 'ada',
      ...rule('lock-out', 'c3'),
      via: 'start',
    });
  });
});

const KEPT: KeptRelay = { state: true, desired: true, hand: null, lock: null, cycles: 1, onFor: 0 };
