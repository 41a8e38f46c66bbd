/**
 * Toggles with ids, sent until they are answered, to a plant that is killed again and again. By the far end's own record none is
 * executed twice, and nothing that a lock-out holds off goes on.
 */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RelayRecord, Result } from '../../lib/relays/relay.ts';
import { randomOf } from './random.ts';

const SEED = Number(process.env['KILL_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const KILLS = 120;
/** Longer than a toggle takes from its arrival to its result. */
const KILL_WITHIN_MS = 60;
const PROGRAM = join(import.meta.dirname, 'remote-process.ts');

type Said = { kind: 'opened'; records: RelayRecord[] } | { kind: 'result'; result: Result };

describe(`a plant behind messages that is killed ${KILLS} times (KILL_SEED=${SEED})`, function () {
  this.timeout(600_000);
  let folder: string;
  let database: string;
  let far: string;
  let child: ChildProcess | undefined;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'factory-twice-'));
    database = join(folder, 'plant.db');
    far = join(folder, 'far-end');
    writeFileSync(far, '');
  });
  after(() => {
    child?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  /** Returns the levels that were written to a line of the far end, in order. */
  const written = (line: number): number[] =>
    readFileSync(far, 'utf8')
      .split('\n')
      .filter((text) => text.startsWith(`${line} `))
      .map((text) => Number(text.split(' ')[1]));

  it('executes no toggle twice, and holds off what is locked out', async function () {
    const random = randomOf(SEED);
    let kills = 0;
    let sent = 0;
    let cutShort = 0;
    let pending: string | undefined;
    let writesBefore = 0;
    let isLocked = false;
    while (kills < KILLS) {
      const { ask, opened, kill } = await start();
      const locked = opened.find(({ id }) => id === 'locked')!;
      if (isLocked) assert.deepEqual([locked.locked?.by, locked.state], ['hand', false]);
      else {
        const { code, logged } = await ask({
          id: 'lock',
          relay: 'locked',
          action: 'lock',
          why: 'belt',
          owner: 'hand',
        });
        assert.deepEqual([code, logged], ['done', true]);
        isLocked = true;
      }
      // A few that are answered, and one in whose middle it is killed.
      for (let left = Math.floor(random() * 3); ; left--) {
        const id = pending ?? `toggle ${++sent}`;
        if (pending === undefined) writesBefore = written(0).length;
        const isAgain = pending !== undefined;
        pending = id;
        const answer = ask({ id, relay: 'toggled', action: 'toggle', owner: 'hand' });
        if (left <= 0) {
          const ms = random() * KILL_WITHIN_MS;
          const result = await Promise.race([
            answer,
            new Promise<undefined>((resolve) => setTimeout(resolve, ms)),
          ]);
          if (result === undefined) break;
          check(result, isAgain);
          pending = undefined;
          break;
        }
        check(await answer, isAgain);
        pending = undefined;
      }
      await kill();
      kills += 1;
      const now = written(0).length;
      assert.ok(now - writesBefore <= 1, `${pending} was written ${now - writesBefore} times`);
      assert.deepEqual(
        new Set(written(1).slice(written(1).lastIndexOf(0))),
        new Set([0]),
        'nothing holds it on',
      );
    }
    assert.ok(cutShort > 0, 'some were killed in the middle');
    this.test!.title += ` (${sent} toggles, ${cutShort} of them cut short)`;

    function check(result: Result, isAgain: boolean): void {
      const writes = written(0).length - writesBefore;
      if (result.code === 'duplicate') {
        cutShort += 1;
        assert.ok(isAgain && writes <= 1, `${result.id} was written ${writes} times`);
        if (result.ok) assert.equal(writes, 1, `${result.id} is said to be done`);
        return;
      }
      assert.deepEqual([result.code, writes], ['done', 1], result.reason);
    }
  });

  async function start(): Promise<{
    opened: RelayRecord[];
    ask: (ask: object) => Promise<Result>;
    kill: () => Promise<void>;
  }> {
    const process_ = spawn(process.execPath, [PROGRAM, database, far], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child = process_;
    const waiting = new Map<string, (result: Result) => void>();
    const opened = Promise.withResolvers<RelayRecord[]>();
    createInterface({ input: process_.stdout }).on('line', (line) => {
      const said = JSON.parse(line) as Said;
      if (said.kind === 'opened') opened.resolve(said.records);
      else waiting.get(said.result.id)?.(said.result);
    });
    process_.stdin.on('error', () => {});
    return {
      opened: await opened.promise,
      ask: (ask) =>
        new Promise((resolve) => {
          waiting.set((ask as { id: string }).id, resolve);
          process_.stdin.write(`${JSON.stringify(ask)}\n`);
        }),
      kill: async () => {
        const closed = once(process_, 'close');
        process_.kill('SIGKILL');
        await closed;
      },
    };
  }
});
