import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { MAX_REMEMBERED, MAX_REMEMBERED_IDS, REMEMBER_MS } from '../../../lib/relays/limits.ts';
import type { Result } from '../../../lib/relays/relay.ts';
import { Remembered } from '../../../lib/relays/remembered.ts';

describe('ids of executed commands', () => {
  let clock: FakeClock;
  let remembered: Remembered;
  const answer = Promise.resolve({ ok: true } as Result);

  beforeEach(() => {
    clock = new FakeClock();
    remembered = new Remembered(clock);
  });
  const has = (id: string): boolean => remembered.get(id) !== undefined;

  it('are not pushed out by those of another client, however many it sends', async () => {
    remembered.add('mine', answer, 'ada');
    remembered.add('before the start', answer, null);
    await turn();
    for (let n = 0; n < 3 * MAX_REMEMBERED; n++) {
      remembered.add(`other ${n}`, answer, 'a device token');
      if (n % 100 === 0) await turn();
    }
    assert.deepEqual([has('mine'), has('before the start')], [true, true]);
    assert.deepEqual([has('other 0'), has(`other ${3 * MAX_REMEMBERED - 1}`)], [false, true]);
  });

  it('are bounded in all, at the cost of the client that has most of them', async () => {
    remembered.add('mine', answer, 'ada');
    const clients = MAX_REMEMBERED_IDS / MAX_REMEMBERED;
    for (let client = 0; client < clients; client++) {
      for (let n = 0; n < MAX_REMEMBERED; n++) remembered.add(`${client}/${n}`, answer, `client ${client}`);
      await turn();
    }
    remembered.add('last', answer, 'grace');
    assert.deepEqual([has('mine'), has('last'), has('0/0')], [true, true, false]);
  });

  it('last by the monotonic clock, whatever the wall clock does', async () => {
    remembered.add('x', answer, 'ada');
    await turn();
    clock.jump(30 * 86_400_000);
    clock.advance(REMEMBER_MS - 1);
    assert.equal(has('x'), true);
    clock.advance(1);
    assert.equal(has('x'), false);
  });

  it('stay while they wait for their answer', async () => {
    const slow = Promise.withResolvers<Result>();
    remembered.add('slow', slow.promise, 'ada');
    await turn();
    for (let n = 0; n < MAX_REMEMBERED + 5; n++) remembered.add(`${n}`, answer, 'ada');
    clock.advance(2 * REMEMBER_MS);
    assert.equal(has('slow'), true);
  });
});
