import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { systemClock } from '../../../lib/base/clock.ts';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { Plant } from '../../../lib/plant/plant.ts';
import {
  MAX_EARLY_DEATHS,
  nextStart,
  SETTLED_MS,
  unsafeStart,
  type Start,
} from '../../../lib/plant/starts.ts';
import { MemoryStore } from '../../../lib/store/memory.ts';
import { SqliteStore } from '../../../lib/store/sqlite.ts';

describe('starts that end early', () => {
  /** What becomes of starts of processes, each of which ends so. */
  function run(...ends: Partial<Start>[]): { start: Start; unsafe: string | undefined } {
    let last: Start | undefined;
    for (const [index, end] of ends.entries()) last = { ...nextStart(last, `p${index}`), ...end };
    const start = nextStart(last, 'now');
    return { start, unsafe: unsafeStart(last, start) };
  }
  const died = {};

  it('are not safe to follow after some in a row', () => {
    assert.equal(run().unsafe, undefined);
    const deaths = Array.from({ length: MAX_EARLY_DEATHS }, () => died);
    assert.equal(run(...deaths.slice(1)).unsafe, undefined);
    assert.match(run(...deaths).unsafe!, /died 3 times in a row within 60 s of its start/);
    assert.match(run(...deaths, died).unsafe!, /died 4 times/);
  });

  it('count anew after one that lasted, or that ended in order', () => {
    for (const end of [{ settled: true }, { ended: true }]) {
      assert.equal(run(died, died, end, died).unsafe, undefined);
    }
  });

  it('are not those of a deploy', () => {
    const first = nextStart(undefined, 'p');
    const again = nextStart({ ...first, deaths: 9, ended: true }, 'p');
    assert.deepEqual(again, { ...first, deaths: 9, ended: false });
    assert.equal(unsafeStart({ ...first, deaths: 9 }, again), undefined);
  });

  it('are counted by the plant, which says why nothing must start', async () => {
    const store = new MemoryStore();
    const clock = new FakeClock();
    const begin = async (process: string): Promise<Plant> => {
      const plant = new Plant({ name: 'p', clock, store, process });
      await plant.ready;
      return plant;
    };
    for (const process of ['1', '2', '3']) assert.equal((await begin(process)).past.unsafe, undefined);
    const fourth = await begin('4');
    assert.match(fourth.past.unsafe!, /died 3 times/);
    clock.advance(SETTLED_MS);
    assert.equal((await begin('5')).past.unsafe, undefined, 'the fourth one lasted');
    await (await begin('6')).close();
    assert.equal((await begin('7')).past.unsafe, undefined);
  });

  it('know that a command had begun, and not what came of it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'factory-starts-'));
    try {
      const file = join(folder, 'plant.db');
      const begin = async (process: string): Promise<Plant> => {
        const store = new SqliteStore({ file, clock: systemClock });
        const plant = new Plant({ name: 'p', clock: systemClock, store, process });
        await plant.ready;
        return plant;
      };
      const first = await begin('1');
      const entry = { kind: 'command', relay: 'a', action: 'toggle', by: 'ada', from: 'test' } as const;
      await first.log({ ...entry, id: 'cut short', code: 'begun', state: false });
      await first.log({ ...entry, id: 'over', code: 'begun', state: false });
      await first.log({ ...entry, id: 'over', code: 'done', state: true });
      await first.close();
      const second = await begin('2');
      const answers = second.past.answered!('a');
      const { ok, code, state, reason } = answers.get('cut short')!;
      assert.deepEqual([ok, code, state], [false, 'unavailable', null]);
      assert.match(reason!, /ended while this command was carried out.*another id/);
      assert.deepEqual([answers.get('over')!.ok, answers.get('over')!.state], [true, true]);
      await second.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('find the commands that were answered before them in the log', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'factory-starts-'));
    const clock = new FakeClock();
    try {
      const begin = async (process: string): Promise<Plant> => {
        const store = new SqliteStore({ file: join(folder, 'plant.db'), clock });
        const plant = new Plant({ name: 'p', clock, store, process });
        await plant.ready;
        return plant;
      };
      const first = await begin('1');
      const entry = {
        kind: 'command',
        id: 'x',
        relay: 'a',
        action: 'on',
        by: 'ada',
        from: 'test',
        code: 'done',
        state: true,
      } as const;
      const logged = [
        first.log(entry),
        first.log({ ...entry, id: 'refused', code: 'min-off', state: false }),
        first.log({ ...entry, id: 'no command', action: null, code: 'invalid' }),
        first.log({ kind: 'safe-mode', why: 'z' }),
      ];
      clock.advance(10);
      assert.deepEqual(await Promise.all(logged), [true, true, true, true]);
      await first.close();
      const second = await begin('2');
      const answers = second.past.answered!('a');
      assert.deepEqual(Array.from(answers.keys()), ['x', 'refused']);
      const { ok, code, state, logged: isLogged } = answers.get('x')!;
      assert.deepEqual([ok, code, state, isLogged], [true, 'done', true, true]);
      assert.equal(answers.get('refused')!.ok, false);
      assert.equal(second.past.answered!('b').size, 0);
      await second.close();
      // The clock is set, and others write: none of that makes them older.
      clock.jump(14 * 86_400_000);
      const third = await begin('3');
      const others = Array.from({ length: 1500 }, (_, n) =>
        third.log({ ...entry, id: `flood ${n}`, by: 'a device token' }),
      );
      clock.advance(10);
      await Promise.all(others);
      await third.close();
      clock.jump(-86_400_000);
      const fourth = await begin('4');
      assert.equal(fourth.past.answered!('a').get('x')?.code, 'done');
      // It has moved on for long enough where the same client went on asking.
      for (let n = 0; n < 23; n++) {
        const later = fourth.log({ ...entry, id: `later ${n}` });
        clock.advance(30_000);
        await later;
      }
      await fourth.close();
      const fifth = await begin('5');
      assert.equal(fifth.past.answered!('a').has('x'), false, 'too long ago');
      assert.equal(fifth.past.answered!('a').has('later 22'), true);
      await fifth.close();
      await turn();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
