import assert from 'node:assert/strict';
import { Emitter } from '../../../lib/base/events.ts';
import { FactoryError } from '../../../lib/base/errors.ts';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { Board } from '../../../lib/relays/board.ts';
import { parseChannels } from '../../../lib/relays/channels.ts';
import { newCommand } from '../../../lib/relays/command.ts';
import { RelayDirectory } from '../../../lib/relays/directory.ts';
import type { RelayChange } from '../../../lib/relays/relay.ts';
import { forgetSimulated, SimulatedDriver } from '../../../lib/gpio/simulated.ts';

describe('relay directory', () => {
  const clock = new FakeClock();
  const boards: string[] = [];
  let directory: RelayDirectory;
  let heard: RelayChange[];

  beforeEach(() => {
    directory = new RelayDirectory(clock);
    heard = [];
    directory.events.on('change', (change) => heard.push(change));
  });
  afterEach(() => boards.splice(0).forEach(forgetSimulated));

  function board(name: string, ...ids: string[]): Board {
    boards.push(name);
    return new Board({
      name,
      channels: parseChannels(ids.map((id, line) => ({ id, line }))),
      driver: new SimulatedDriver(name),
      clock,
      log: () => Promise.resolve(true),
    });
  }
  const command = (relay: string) =>
    newCommand({ relay, action: 'on', id: 'c1', by: 'test', from: 'here', owner: 'hand' }, clock);

  it('lists the relays of all boards in the order in which they were added, telling of each', () => {
    directory.add(board('B', 'b1', 'b2'));
    directory.add(board('A', 'a1'));
    assert.deepEqual(
      directory.list().map(({ id, board: on }) => [id, on]),
      [
        ['b1', 'B'],
        ['b2', 'B'],
        ['a1', 'A'],
      ],
    );
    assert.equal(directory.get('a1')?.state, null);
    assert.deepEqual(
      heard.map(({ id, relay, previous }) => [id, relay === directory.get(id), previous]),
      [
        ['b1', true, null],
        ['b2', true, null],
        ['a1', true, null],
      ],
    );
  });

  for (const [form, given, other] of [
    ['composed and decomposed', 'K\u00e4lte', 'Ka\u0308lte'],
    [
      'Arabic and Persian yeh',
      '\u067e\u0645\u067e-\u0622\u0628\u064a',
      '\u067e\u0645\u067e-\u0622\u0628\u06cc',
    ],
    ['Arabic and Persian kaf', '\u062e\u0646\u0643', '\u062e\u0646\u06a9'],
    [
      'with and without a joiner',
      '\u062f\u0645\u0627\u06cc\u200c\u0633\u0627\u0644\u0646',
      '\u062f\u0645\u0627\u06cc\u0633\u0627\u0644\u0646',
    ],
  ] as const) {
    it(`finds a relay by an id in either form: ${form}`, async () => {
      const own = board('A', given);
      const remove = directory.add(own);
      await own.open();
      assert.equal(directory.get(other)?.id, given);
      const result = await directory.command(command(other));
      assert.deepEqual([result.code, result.relay], ['done', given]);
      assert.throws(() => directory.add(board('B', other)), {
        code: 'config',
        message: /already, on the board "A"/,
      });
      assert.throws(() => board('C', given, other), { code: 'config', message: /have the same id/ });
      remove();
      assert.equal(directory.get(other), undefined);
      await own.close();
    });
  }

  it('keeps the composed form of an id', () => {
    directory.add(board('A', 'Ka\u0308lte'));
    assert.deepEqual(
      directory.list().map(({ id }) => id),
      ['K\u00e4lte'],
    );
  });

  it('passes commands to the board of the relay, and its changes on', async () => {
    const one = board('A', 'a1');
    directory.add(one);
    directory.add(board('B', 'b1'));
    await one.open();
    const result = await directory.command(command('a1'));
    assert.equal(result.code, 'done');
    assert.equal(directory.get('a1')?.state, true);
    assert.equal((await directory.command(command('b1'))).reason, 'the board is not open yet');
    const changes = heard.filter(({ previous }) => previous);
    assert.deepEqual(
      changes.map(({ id, relay, previous }) => [id, previous?.state, relay?.state]),
      [
        ['a1', null, false],
        ['a1', false, true],
      ],
    );
  });

  it('answers unavailable for relays whose boards are still to come, until the flows have started', async () => {
    const code = async (id: string): Promise<string> => (await directory.command(command(id))).code;
    directory.expect((id) => id === 'kept');
    const remove = directory.add(board('A', 'a1'));
    assert.deepEqual(
      [await code('kept'), await code('never'), directory.isExpected('a1')],
      ['unavailable', 'unknown-relay', true],
    );
    directory.started();
    assert.deepEqual([await code('kept'), directory.isExpected('a1')], ['unknown-relay', false]);
    remove();
    assert.deepEqual(
      [await code('a1'), directory.isExpected('a1')],
      ['unavailable', true],
      'while it is deployed',
    );
    directory.started();
    assert.deepEqual(
      [await code('a1'), directory.isExpected('a1')],
      ['unknown-relay', false],
      'it was removed',
    );
  });

  it('answers for relays that it does not know, those with names of JavaScript included', async () => {
    directory.add(board('A', 'a1'));
    for (const id of ['nope', '__proto__', 'constructor', '']) {
      assert.equal(directory.get(id), undefined);
      assert.deepEqual(await directory.command(command(id)), {
        id: 'c1',
        ok: false,
        code: 'unknown-relay',
        relay: id,
        state: null,
        verified: null,
        rev: 0,
        at: '2026-01-01T00:00:00.000Z',
        logged: false,
        reason: `there is no relay ${JSON.stringify(id)} in this plant`,
      });
    }
  });

  it('refuses a board with an id that is taken, and adds nothing of it', () => {
    directory.add(board('A', 'a1'));
    assert.throws(
      () => directory.add(board('B', 'b1', 'a1')),
      (error) =>
        error instanceof FactoryError &&
        error.code === 'config' &&
        error.message === 'the plant has a relay "a1" already, on the board "A"',
    );
    assert.deepEqual(
      directory.list().map(({ id }) => id),
      ['a1'],
    );
    assert.equal(heard.length, 1);
  });

  it('takes a board away again, telling of each relay, and hears no more of it', async () => {
    const one = board('A', 'a1', 'a2');
    const remove = directory.add(one);
    directory.add(board('B', 'b1'));
    const before = directory.get('a1');
    heard.length = 0;
    remove();
    assert.deepEqual(heard[0], { id: 'a1', relay: null, previous: before });
    assert.deepEqual(
      heard.map(({ id, relay }) => [id, relay]),
      [
        ['a1', null],
        ['a2', null],
      ],
    );
    await one.open();
    remove();
    assert.equal(heard.length, 2, 'neither a change nor a second removal is told');
    assert.equal(one.events.count('change'), 0);
    assert.deepEqual(
      directory.list().map(({ id }) => id),
      ['b1'],
    );
    directory.add(board('C', 'a1'));
    assert.equal(directory.get('a1')?.board, 'C', 'its id is free again');
  });

  it('takes nothing from a board for a relay that it did not bring', () => {
    const events = new Emitter<{ change: RelayChange }>();
    directory.add(board('A', 'a1'));
    const record = directory.get('a1')!;
    directory.add({
      name: 'rogue',
      events,
      records: () => [],
      command: () => Promise.reject(new Error('no')),
    });
    events.emit('change', { id: 'a1', relay: { ...record, state: true }, previous: record });
    assert.equal(directory.get('a1'), record);
  });
});
