import assert from 'node:assert/strict';
import type { Answer } from '../../../lib/api/answer.ts';
import { handle } from '../../../lib/api/handle.ts';
import type { FakeClock } from '../../../lib/base/fake-clock.ts';
import type { OneRelay } from './board.ts';
import { fails, PRINCIPAL, startDesk, type Desk } from './desk.ts';

/** Circumstances of a call, beside its request. */
interface Came {
  readonly arrived?: number;
  readonly waited?: number;
  readonly gone?: () => boolean;
}

describe('a call that was on its way for long', () => {
  let desk: Desk;
  let board: OneRelay;
  let clock: FakeClock;
  beforeEach(async () => {
    desk = await startDesk();
    board = desk.board;
    clock = desk.context.clock as FakeClock;
    clock.advance(60_000);
  });
  const post = (path: string, body: object, came: Came = {}): Promise<Answer> =>
    handle({ method: 'POST', path, body, principal: PRINCIPAL, permit: () => {}, ...came }, desk.context);
  /** Returns the age of the last command, milliseconds. */
  const age = (): number => clock.monotonic() - board.heard.at(-1)!.issued;

  for (const [path, body] of [
    ['/relays/relay1', { action: 'on' }],
    ['/v2/command', { relay: 'relay1', action: 'on' }],
    ['/relays/relay1/mode', { mode: 'hand' }],
    ['/relays/relay1/lock', { locked: false }],
  ] as const) {
    it(`is as old as the client says, else as it may be since it arrived: ${path}`, async () => {
      const now = clock.monotonic();
      const ttl = 2000;
      await post(path, { ...body, id: '1', ttl });
      assert.equal(age(), 0);
      await post(path, { ...body, id: '2', ttl }, { arrived: now - 5000 });
      assert.equal(age(), 5000);
      await post(path, { ...body, id: '3', ttl, issued: now - 700 }, { arrived: now - 5000 });
      assert.equal(age(), 700);
      // Of a process before this one, whose clock was ahead.
      await post(path, { ...body, id: '4', ttl, issued: now + 1e6 }, { arrived: now - 5000 });
      assert.equal(age(), 5000);
      assert.deepEqual(
        board.heard.map(({ id, ttl: valid }) => [id, valid]),
        ['1', '2', '3', '4'].map((id) => [id, ttl]),
      );
    });

    it(`takes along whether somebody waits for its answer: ${path}`, async () => {
      const gone = (): boolean => true;
      await post(path, body, { gone });
      assert.equal(board.heard[0]!.gone, gone);
    });
  }

  it('writes nothing for who has gone while the process did not answer, and says so in the audit', async () => {
    const late = { waited: 5000, gone: () => true };
    fails(await post('/devices/sensor_001/value', { value: 5 }, late), 504, 'timeout', /nothing was written/);
    fails(await post('/devices/sensor_001/status', { status: 'error' }, late), 504, 'timeout');
    const { value, status } = desk.plant.devices.get('sensor_001')!;
    assert.deepEqual([value, status], [21, 'active']);
    const { entries } = await desk.plant.audit.read({ kind: 'write' });
    assert.deepEqual(
      entries.map((entry) => [entry['what'], entry['result']]),
      [
        ['status', 'timeout'],
        ['value', 'timeout'],
      ],
    );
  });

  it('writes for who is there still, and for a board that never waits', async () => {
    await post('/devices/sensor_001/value', { value: 5 }, { waited: 5000, gone: () => false });
    assert.equal(desk.plant.devices.get('sensor_001')!.value, 5);
    await post('/devices/sensor_001/value', { value: 6 }, { waited: 0, gone: () => true });
    assert.equal(desk.plant.devices.get('sensor_001')!.value, 6);
  });
});
