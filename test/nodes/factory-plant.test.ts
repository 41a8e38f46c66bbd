import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { PlantNode } from '../../nodes/common.ts';
import registerPlant from '../../nodes/factory-plant/factory-plant.ts';
import type { Plant } from '../../lib/plant/plant.ts';
import { readDatabase } from '../lib/store/read-database.ts';
import * as helper from './helper.ts';

const require = createRequire(import.meta.url);
const { log } = require('@node-red/util') as { log: LogSource };

interface LogSource {
  INFO: number;
  WARN: number;
  ERROR: number;
  addHandler(handler: object): void;
  removeHandler(handler: object): void;
}
interface LogEntry {
  level: number;
  id?: string;
  msg: unknown;
}

describe('factory-plant', () => {
  let folder: string;
  let file: string;
  const entries: LogEntry[] = [];
  const handler = { emit: (_event: string, entry: LogEntry) => void entries.push(entry) };

  before(helper.start);
  after(helper.stop);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'factory-plant-node-'));
    file = join(folder, 'plant.db');
    entries.length = 0;
    log.addHandler(handler);
  });
  afterEach(async () => {
    log.removeHandler(handler);
    await helper.unload();
    rmSync(folder, { recursive: true });
  });

  const plantOf = async (id = 'p'): Promise<Plant> => {
    const { plant } = helper.nodeById(id) as PlantNode;
    await plant.ready;
    return plant;
  };
  const node = (more: object = {}): helper.FlowNode => ({
    id: 'p',
    type: 'factory-plant',
    name: 'Hall 2',
    storage: 'sqlite',
    file,
    ...more,
  });
  const logged = (level: number): string[] =>
    entries.filter((entry) => entry.id === 'p' && entry.level === level).map(({ msg }) => String(msg));

  it('keeps its devices in its file through a deploy, and its name is the plant’s', async () => {
    await helper.load([registerPlant], [node()]);
    const first = await plantOf();
    assert.equal(first.name, 'Hall 2');
    assert.deepEqual(first.storage, { kind: 'sqlite', state: 'ok' });
    first.devices.write({ id: 'a', value: 1 });
    await helper.redeploy([node()]);
    const second = await plantOf();
    assert.notEqual(second, first);
    assert.equal(second.devices.get('a')?.value, 1);
    await helper.redeploy([]);
    const rows = readDatabase(file, 'SELECT id FROM device');
    assert.deepEqual(
      rows,
      ['a', 'process/clock', 'process/start', 'settings/p'],
      'closed, and the file stays',
    );
    assert.deepEqual(logged(log.ERROR), []);
  });

  it('has its file in the user directory where none is set, or a relative one', async () => {
    await helper.load([registerPlant], [node({ file: '' }), node({ id: 'q', file: 'deep/q.db' })]);
    await plantOf();
    await plantOf('q');
    const { userDir } = helper.settings();
    assert.ok(existsSync(join(userDir, 'factory-iot', 'p.db')));
    assert.ok(existsSync(join(userDir, 'deep', 'q.db')));
  });

  it('keeps its devices in memory through a deploy, and drops them once it is removed', async () => {
    const memory = node({ storage: 'memory' });
    await helper.load([registerPlant], [memory]);
    (await plantOf()).devices.write({ id: 'a', value: 1 });
    await helper.redeploy([memory]);
    const again = await plantOf();
    assert.deepEqual(again.storage, { kind: 'memory', state: 'ok' });
    assert.equal(again.devices.get('a')?.value, 1);
    await helper.redeploy([]);
    await helper.redeploy([memory]);
    assert.equal((await plantOf()).devices.size, 0);
    assert.equal(existsSync(file), false);
  });

  it('drops what was in memory when it is set to a file', async () => {
    await helper.load([registerPlant], [node({ storage: 'memory' })]);
    (await plantOf()).devices.write({ id: 'a' });
    await helper.redeploy([node()]);
    await helper.redeploy([node({ storage: 'memory' })]);
    assert.equal((await plantOf()).devices.size, 0);
  });

  it('says once in the log why its file cannot be used and what to do, and works on', async () => {
    writeFileSync(file, 'not a database'.repeat(400));
    await helper.load([registerPlant], [node()]);
    const plant = await plantOf();
    plant.devices.write({ id: 'a', value: 1 });
    await plant.log({ kind: 'safe-mode', why: 'x' });
    assert.equal(plant.devices.size, 1);
    const [text, ...more] = logged(log.ERROR);
    assert.match(text!, /works in memory only: .*plant\.db is not a database.*Move the file away/);
    assert.deepEqual(more, []);
  });

  it('says where its log was changed past it, what that means and what to do', async () => {
    await helper.load([registerPlant], [node()]);
    await (await plantOf()).audit.verify();
    await helper.redeploy([]);
    const db = new DatabaseSync(file);
    db.exec(`DROP TRIGGER log_is_final; UPDATE log SET entry = '{}' WHERE seq = 1`);
    db.close();
    await helper.redeploy([node()]);
    const plant = await plantOf();
    await plant.audit.verify();
    assert.equal(plant.audit.state.state, 'broken');
    const [text, ...more] = logged(log.ERROR);
    assert.match(
      text!,
      /not as it was written: entry 1 was changed.*no proof any more\. Keep a copy of the file/,
    );
    assert.deepEqual(more, []);
  });

  it('keeps its log as long as it otherwise does where its setting is none, and says so', async () => {
    await helper.load([registerPlant], [node({ retention: 'for ever' })]);
    await plantOf();
    assert.match(logged(log.ERROR)[0]!, /1 to 3650 days.*Open the plant/);
  });

  it('has what it was set to in its log, once', async () => {
    const configs = async (): Promise<unknown[]> =>
      (await (await plantOf()).audit.read({ kind: 'config' })).entries
        .toReversed()
        .map(({ what, result, changed }) => [what, result, changed]);
    await helper.load([registerPlant], [node()]);
    await plantOf();
    await helper.redeploy([node()]);
    await plantOf();
    await helper.redeploy([node({ name: 'Hall 3', retention: '30' })]);
    assert.deepEqual(await configs(), [
      ['plant', 'added', undefined],
      ['plant', 'changed', ['retention', 'name']],
    ]);
  });

  it('says in the log when its storage fails while it runs, and when it works again', async () => {
    await helper.load([registerPlant], [node()]);
    const plant = await plantOf();
    const failed = new Promise((resolve) => plant.events.on('storage', resolve));
    // What JSON cannot express fails its commit.
    const odd = { id: 'a', value: 1n } as never;
    plant.devices.events.emit('change', { id: 'a', device: odd, previous: null });
    await failed;
    assert.match(logged(log.ERROR).join(), /^storage failed, the plant works in memory only: .*BigInt/);
    // The store itself tries again 10 s later only.
    plant.events.emit('storage', { kind: 'sqlite', state: 'ok' });
    assert.deepEqual(logged(log.INFO), ['storage works again; everything is kept']);
  });

  it('warns once its storage is late', async () => {
    await helper.load([registerPlant], [node()]);
    const plant = await plantOf();
    plant.events.emit('storage', { kind: 'sqlite', state: 'late', detail: 'plant.db: nothing is written' });
    assert.deepEqual(logged(log.WARN), [
      'storage is late, commands are carried out but not logged yet: plant.db: nothing is written',
    ]);
  });

  it('does not trust the clock at a start before the last stop, until a person says that it is right', async () => {
    await helper.load([registerPlant], [node()]);
    await plantOf();
    await helper.redeploy([]);
    const tomorrow = Date.now() + 86_400_000;
    const db = new DatabaseSync(file);
    db.prepare(`UPDATE device SET record = ? WHERE id = 'process/clock'`).run(
      JSON.stringify({ id: 'process/clock', at: tomorrow, suspect: false }),
    );
    db.close();
    await helper.redeploy([node()]);
    const plant = await plantOf();
    try {
      assert.match(
        logged(log.WARN).at(-1)!,
        /the clock is not trusted: .* (24 hours|1 days) behind .*Set it/,
      );
      const { body } = (await helper.admin().get('/factory-iot/clock')) as { body: Record<string, unknown> };
      assert.equal(body['trusted'], false);
      assert.ok(Math.abs(Date.parse(String(body['expected'])) - tomorrow) < 60_000);
    } finally {
      const confirmed = await helper.admin().post('/factory-iot/clock').send({ trusted: true });
      assert.equal((confirmed.body as { trusted: boolean }).trusted, true);
    }
    assert.equal(plant.suspicion, undefined);
    const { entries: told } = await plant.audit.read({ kind: 'clock' });
    assert.deepEqual(
      told.map(({ what, by, clock }) => [what, by, clock]),
      [
        ['trusted', 'editor', undefined],
        ['suspect', undefined, 'suspect'],
      ],
    );
    assert.equal((await helper.admin().post('/factory-iot/clock').send({})).status, 400);
  });

  it('refuses a file that another plant of this Node-RED has', async () => {
    await helper.load([registerPlant], [node(), node({ id: 'q' })]);
    const states = [(await plantOf()).storage, (await plantOf('q')).storage];
    assert.deepEqual(states.map(({ state }) => state).toSorted(), ['failed', 'ok']);
    assert.match(states.map(({ detail }) => detail ?? '').join(''), /used by another plant/);
  });

  it('leaves no thread behind in 20 deploys', async function () {
    this.timeout(20_000);
    await helper.load([registerPlant], [node()]);
    await plantOf();
    const threads = (): number =>
      process.getActiveResourcesInfo().filter((name) => name === 'MessagePort' || name === 'Worker').length;
    const before = threads();
    assert.ok(before > 0, 'the thread of the plant is counted');
    for (let i = 0; i < 20; i++) {
      await helper.redeploy([node()]);
      await plantOf();
    }
    assert.equal(threads(), before);
  });
});
