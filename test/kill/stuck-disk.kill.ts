/** A disk that takes no writes for a while, as a worn memory card does: nobody who wants a relay off waits for it. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { systemClock as clock } from '../../lib/base/clock.ts';
import { Plant } from '../../lib/plant/plant.ts';
import { Board } from '../../lib/relays/board.ts';
import { parseChannels } from '../../lib/relays/channels.ts';
import { newCommand } from '../../lib/relays/command.ts';
import type { Move, Owner, Result } from '../../lib/relays/relay.ts';
import { SqliteStore } from '../../lib/store/sqlite.ts';
import type { StorageState } from '../../lib/store/store.ts';
import { post, request } from '../integration/clients.ts';
import { coreFlow } from '../integration/core-flow.ts';
import { startNodeRed, type NodeRed } from '../integration/harness.ts';
import { PinsInAFile } from './pins-in-a-file.ts';
import { StuckDisk } from './stuck-disk.ts';

describe('a disk that is stuck', function () {
  this.timeout(60_000);
  let folder: string;
  let disk: StuckDisk;

  before(function () {
    folder = mkdtempSync(join(tmpdir(), 'factory-stuck-'));
    // With less room health would say that the disk is nearly full.
    const made = StuckDisk.make(folder, '256M');
    if (made instanceof StuckDisk) disk = made;
    else {
      console.log(`    skipped: this machine gives us no disk that can be frozen (${made})`);
      this.skip();
    }
  });
  afterEach(() => disk?.thaw());
  after(() => {
    disk?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('holds up no relay: off by hand and for safety are on the line while the write hangs; the log gets it all later', async () => {
    const file = join(disk.folder, 'plant.db');
    const pins = join(folder, 'pins');
    writeFileSync(pins, '00');
    const plant = new Plant({ name: 'Hall', clock, store: new SqliteStore({ file, clock }) });
    const board = new Board({
      name: 'Board',
      channels: parseChannels([
        { id: 'a', line: 0 },
        { id: 'b', line: 1 },
      ]),
      driver: new PinsInAFile(pins),
      clock,
      log: (entry) => plant.log(entry),
      keep: (id, kept) => plant.keepRelay(id, kept),
    });
    plant.relays.add(board);
    await plant.ready;
    await board.open(plant.past);
    const ids: string[] = [];
    const ask = (relay: string, action: Move, owner: Owner): Promise<Result> => {
      const command = newCommand({ relay, action, owner, by: owner, from: 'test' }, clock);
      ids.push(command.id);
      return board.command(command);
    };
    for (const relay of ['a', 'b']) {
      assert.equal((await ask(relay, 'on', 'hand')).code, 'done');
    }
    assert.equal(readFileSync(pins, 'latin1'), '11');

    const states: StorageState['state'][] = [];
    const [late, well] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    plant.events.on('storage', ({ state }) => {
      states.push(state);
      (state === 'late' ? late : well).resolve();
    });
    await disk.freeze();
    let answers = 0;
    const off = new Promise<number>((resolve) => {
      board.events.on('change', () => {
        if (readFileSync(pins, 'latin1') === '00') resolve(answers);
      });
    });
    const results = [ask('a', 'off', 'hand'), ask('b', 'off', 'safety')];
    for (const result of results) void result.then(() => (answers += 1));
    assert.equal(await off, 0, 'both lines are off before anything is answered');
    for (const { code, state, logged } of await Promise.all(results)) {
      assert.deepEqual({ code, state, logged }, { code: 'done', state: false, logged: false });
    }

    await late.promise;
    assert.equal(plant.storage.state, 'late');
    assert.match(plant.storage.detail!, /plant\.db: nothing is written since 2\d+-.*Z\. Check the disk/);
    const again = await Promise.all(['on', 'off', 'on'].map((move) => ask('a', move as Move, 'hand')));
    assert.deepEqual(
      again.map(({ state, logged }) => ({ state, logged })),
      [true, false, true].map((state) => ({ state, logged: false })),
      'it goes on like that',
    );

    await disk.thaw();
    await well.promise;
    assert.equal((await ask('b', 'on', 'hand')).code, 'done');
    await board.close();
    await plant.close();
    assert.deepEqual(states, ['late', 'ok']);
    const db = new DatabaseSync(file, { readOnly: true });
    const log = db.prepare('SELECT entry FROM log ORDER BY seq').all();
    db.close();
    assert.deepEqual(
      log.map(({ entry }) => (JSON.parse(String(entry)) as { id: string }).id),
      ids,
      'everything is in the log, in order',
    );
  });

  describe('under Node-RED', () => {
    let red: NodeRed;
    before(async () => {
      red = await startNodeRed();
    });
    after(() => red?.stop());

    it('is seen in the results, by GET /api/health and in the log, until it writes again', async () => {
      const file = join(disk.folder, 'red.db');
      await red.deploy(coreFlow().map((node) => (node.type === 'factory-plant' ? { ...node, file } : node)));
      const health = async (): Promise<unknown[]> => {
        const { body } = await request(`${red.url}/api/health`);
        return [body['status'], body['storage']];
      };
      const ask = async (action: string): Promise<unknown[]> => {
        const { ok, state, logged } = (await post(`${red.url}/api/relays/relay1`, { action })).body;
        return [ok, state, logged];
      };
      await until(health, ['healthy', undefined]);
      await until(() => ask('on'), [true, true, true]);
      const before = red.log.length;

      await disk.freeze();
      assert.deepEqual(await ask('off'), [true, false, false]);
      await until(health, ['degraded', 'late']);
      assert.match(
        red.log.slice(before).join('\n'),
        /^factory-plant.*storage is late.*not logged yet: .*red\.db/,
      );
      assert.equal(red.log.length, before + 1, 'once');

      await disk.thaw();
      await until(health, ['healthy', undefined]);
      await until(() => ask('on'), [true, true, true]);
    });
  });
});

/** Asks until it is so; the test's own limit ends it. */
async function until(ask: () => Promise<unknown[]>, wanted: readonly unknown[]): Promise<void> {
  while (!isDeepStrictEqual(await ask(), wanted)) await delay(20);
}
