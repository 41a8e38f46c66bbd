import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { ClockTrust } from '../../../lib/base/clock-trust.ts';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { DAY_MS } from '../../../lib/plant/audit.ts';
import type { AuditState } from '../../../lib/plant/audit.ts';
import { parseAuditQuery, parseSeal } from '../../../lib/plant/audit-query.ts';
import { Plant } from '../../../lib/plant/plant.ts';
import { parseRetention, RETENTION_DAYS } from '../../../lib/plant/retention.ts';
import type { Configuration } from '../../../lib/plant/settings-changes.ts';
import { MemoryStore } from '../../../lib/store/memory.ts';
import type { SealedEntry } from '../../../lib/store/log.ts';
import { SqliteFile } from '../store/sqlite-file.ts';

const START = Date.UTC(2026, 0, 1);

describe('the audit of a plant', () => {
  const file = new SqliteFile();

  /** A plant whose log was looked through for the first time, with what it told of that. */
  async function start(retention = RETENTION_DAYS): Promise<{ plant: Plant; told: AuditState[] }> {
    const plant = new Plant({ name: 'p', clock: new FakeClock(START), store: file.store(), retention });
    const told: AuditState[] = [];
    plant.events.on('audit', (state) => told.push(state));
    await plant.ready;
    await plant.audit.verify();
    return { plant, told };
  }

  const kinds = async (plant: Plant): Promise<unknown[]> =>
    (await plant.audit.read({})).entries.map(({ kind }) => kind).toReversed();

  it('is in order where nobody was at the file, and says nothing', async () => {
    await (await start()).plant.close();
    const { plant, told } = await start();
    assert.deepEqual(plant.audit.state, { state: 'ok', breaks: [] });
    assert.deepEqual(told, []);
    await plant.close();
  });

  it('tells of a break at each start, and has it in the log once', async () => {
    await (await start()).plant.close();
    file.fillLog(20);
    file.alter('DROP TRIGGER log_is_final; DELETE FROM log WHERE seq = 7');
    for (const found of ['first', 'again']) {
      const { plant, told } = await start();
      assert.equal(plant.audit.state.state, 'broken', found);
      assert.deepEqual(told, [{ state: 'broken', breaks: [{ seq: 7, reason: 'entry 7 is missing' }] }]);
      await plant.audit.verify();
      assert.equal(told.length, 1, 'the same is told of once');
      await plant.close();
    }
    const { plant } = await start();
    const broken = (await plant.audit.read({ kind: 'audit-broken' })).entries;
    assert.deepEqual(
      broken.map(({ broken: where, at }) => [where, at]),
      [[{ seq: 7, reason: 'entry 7 is missing' }, '2026-01-01T00:00:00.000Z']],
    );
    await plant.close();
  });

  it('finds out that entries were made to look old before it drops them', async () => {
    await (await start()).plant.close();
    file.fillLog(5);
    file.alter(`DROP TRIGGER log_is_final; UPDATE log SET entry = '{"at":"1970-01-01T00:00:00.000Z"}'`);
    const { plant } = await start();
    assert.deepEqual(
      plant.audit.state.breaks.map(({ seq }) => seq),
      [1, 2, 3, 4, 5],
    );
    await plant.close();
  });

  it('looks through the log each day, and drops what is too old', async () => {
    const clock = new FakeClock(START);
    const store = new MemoryStore();
    const plant = new Plant({ name: 'p', clock, store, retention: 2 });
    await plant.ready;
    const at = async (): Promise<unknown[]> =>
      (await plant.audit.read({ kind: 'safe-mode' })).entries.map(({ why }) => why).toReversed();
    for (const why of ['first', 'second', 'third']) {
      void plant.log({ kind: 'safe-mode', why });
      clock.advance(DAY_MS);
      await turn();
    }
    assert.deepEqual(await at(), ['second', 'third']);
    const [trimmed] = (await plant.audit.read({ kind: 'trimmed' })).entries;
    assert.deepEqual([trimmed?.['what'], trimmed?.['dropped'], trimmed?.['last']], ['age', 1, 1]);
    await plant.close();
    assert.equal(clock.pending, 0);
  });

  describe('with a clock that is not trusted', () => {
    const entries = async (plant: Plant): Promise<unknown[]> =>
      (await plant.audit.read({})).entries
        .map(({ kind = '', what = '', clock = '' }) => [kind, what, clock].map(String).join(' ').trim())
        .toReversed();
    /** A start at this time, after a log of 20 entries, each a minute after the other, from START on. */
    async function startAt(now: number, trust?: ClockTrust): Promise<{ plant: Plant; clock: FakeClock }> {
      const clock = new FakeClock(now);
      const plant = new Plant({
        name: 'p',
        clock,
        store: file.store(clock),
        retention: 30,
        ...(trust && { trust }),
      });
      await plant.ready;
      await plant.audit.verify();
      return { plant, clock };
    }
    beforeEach(async () => {
      await (await start()).plant.close();
      file.fillLog(20, START);
    });

    it('drops nothing after a leap past the newest entry, and tells of it', async () => {
      const { plant } = await startAt(START + 400 * DAY_MS);
      assert.match(plant.suspicion?.reason ?? '', /400 days ahead/);
      const found = await entries(plant);
      assert.equal(found.length, 21);
      assert.deepEqual(found.at(-1), 'clock suspect suspect');
      await plant.close();
      // Not told twice, and not forgotten: what was kept is the expected time, not that of the clock.
      const again = await startAt(START + 401 * DAY_MS);
      assert.ok(again.plant.suspicion);
      assert.equal((await entries(again.plant)).length, 21);
      await again.plant.close();
      const right = await startAt(START + 2 * DAY_MS);
      assert.equal(right.plant.suspicion, undefined);
      assert.deepEqual((await entries(right.plant)).at(-1), 'clock trusted');
      await right.plant.close();
    });

    it('drops nothing after a jump while it runs', async () => {
      const { plant, clock } = await startAt(START + DAY_MS);
      const told: unknown[] = [];
      plant.events.on('clock', ({ suspicion }) => told.push(suspicion?.off));
      clock.jump(400 * DAY_MS);
      clock.advance(DAY_MS);
      await plant.audit.verify();
      assert.equal((await entries(plant)).length, 21);
      assert.deepEqual(told, [400 * DAY_MS]);
      await plant.close();
    });

    it('is told of at a start before the last stop', async () => {
      const first = await startAt(START + 20 * DAY_MS);
      // Twenty days after its last entry: nobody has said so yet.
      assert.ok(first.plant.suspicion);
      await first.plant.close();
      const { plant } = await startAt(START - 14 * DAY_MS);
      assert.match(plant.suspicion?.reason ?? '', /14 days behind/);
      await plant.close();
    });

    it('believes a person who says that it is right, also at the next start', async () => {
      const trust = new ClockTrust(new FakeClock(START + 400 * DAY_MS));
      const first = await startAt(START + 400 * DAY_MS, trust);
      assert.ok(first.plant.suspicion);
      trust.confirm('sara');
      await first.plant.close();
      const [told] = (await (await startAt(START + 401 * DAY_MS)).plant.audit.read({ kind: 'clock' }))
        .entries;
      assert.deepEqual([told?.['what'], told?.['by']], ['trusted', 'sara']);
    });

    it('is not led astray by entries of a clock that was ahead', async () => {
      await (await startAt(START + DAY_MS)).plant.close();
      file.alter('DELETE FROM log; DELETE FROM log_end');
      file.fillLog(20, START + 500 * DAY_MS);
      const { plant } = await startAt(START + 2 * DAY_MS);
      assert.equal(plant.suspicion, undefined);
      await plant.close();
    });

    it('drops what is too old once it runs in order again', async () => {
      const { plant, clock } = await startAt(START + 40 * DAY_MS);
      assert.ok(plant.suspicion);
      clock.advance(31 * DAY_MS);
      assert.equal(plant.suspicion, undefined);
      let found = await entries(plant);
      while (!found.includes('trimmed age')) {
        clock.advance(1000);
        await turn();
        found = await entries(plant);
      }
      assert.deepEqual(found, ['clock suspect suspect', 'clock trusted', 'trimmed age']);
      await plant.close();
    });
  });

  it('holds the log against what somebody has kept', async () => {
    const { plant } = await start();
    for (const why of ['a', 'b']) await plant.log({ kind: 'safe-mode', why });
    const { head } = await plant.audit.read({});
    await plant.log({ kind: 'safe-mode', why: 'c' });
    assert.equal((await plant.audit.verify(head)).ok, true);
    assert.equal(
      (await plant.audit.verify({ seq: String(head.seq), seal: head.seal.toUpperCase() })).ok,
      true,
    );
    const other = await plant.audit.verify({ ...head, seal: 'f'.repeat(64) });
    assert.deepEqual([other.ok, other.broken?.seq], [false, head.seq]);
    assert.match(other.broken!.reason, /another seal/);
    const beyond = await plant.audit.verify({ ...head, seq: 99 });
    assert.deepEqual([beyond.ok, beyond.broken?.seq], [false, 99]);
    assert.equal(plant.audit.state.state, 'ok', 'who expects something else has changed nothing');
    await plant.close();
  });

  it('finds out that the whole log was made anew, by what somebody has kept', async () => {
    const first = await start();
    await first.plant.log({ kind: 'safe-mode', why: 'the truth' });
    const { head } = await first.plant.audit.read({});
    await first.plant.close();
    file.alter('DROP TRIGGER log_is_final; DELETE FROM log; DELETE FROM log_end');
    file.fillLog(5);
    const { plant } = await start();
    assert.equal((await plant.audit.verify()).ok, true, 'its seals fit');
    assert.equal((await plant.audit.verify(head)).ok, false);
    await plant.close();
  });

  it('says nothing of an entry that is kept no more', async () => {
    await (await start()).plant.close();
    file.fillLog(20, START - 3 * DAY_MS);
    const { plant } = await start(1);
    await plant.log({ kind: 'safe-mode', why: 'x' });
    await assert.rejects(plant.audit.verify({ seq: 3, seal: 'a'.repeat(64) }), {
      code: 'invalid',
      message: /entry 3 is kept no more/,
    });
    await plant.close();
  });

  it('reads page by page', async () => {
    const { plant } = await start();
    for (let n = 0; n < 5; n++) void plant.log({ kind: 'safe-mode', why: String(n) });
    await plant.log({ kind: 'safe-mode', why: 'last' });
    const read: SealedEntry[] = [];
    let next: number | null | undefined;
    let pages = 0;
    while (next !== null) {
      const page = await plant.audit.read({ limit: 4, ...(next && { before: next }) });
      read.push(...page.entries);
      next = page.next;
      pages++;
    }
    assert.deepEqual(
      read.map(({ why }) => why),
      ['last', '4', '3', '2', '1', '0'],
    );
    assert.equal(pages, 2);
    await plant.close();
  });

  describe('of settings', () => {
    const board = (more: Partial<Configuration> = {}): Configuration => ({
      what: 'board',
      name: 'Cabinet',
      settings: { driver: 'simulated', chip: '' },
      channels: { a: { line: 1, rules: { maxOn: null } }, b: { line: 2 } },
      ...more,
    });
    const changes = async (plant: Plant): Promise<unknown[]> =>
      (await plant.audit.read({ kind: 'config' })).entries
        .toReversed()
        .map(({ result, id, name, changed, channels }) => ({
          result,
          id,
          name,
          ...(changed ? { changed } : {}),
          ...(channels ? { channels } : {}),
        }));

    it('has what is other than before, also before a start, and no value of it', async () => {
      const first = await start();
      first.plant.configured('b', board());
      first.plant.configured('b', board());
      await first.plant.close();
      const second = await start();
      second.plant.configured('b', board());
      second.plant.configured(
        'b',
        board({
          name: 'Door',
          settings: { driver: 'chardev', chip: '' },
          channels: { a: { line: 1, rules: { maxOn: 5 } }, c: { line: 3 } },
        }),
      );
      second.plant.unconfigured('b');
      second.plant.unconfigured('never');
      const named = { id: 'b', name: 'Door' };
      await second.plant.close();
      const { plant } = await start();
      assert.deepEqual(await changes(plant), [
        { result: 'added', id: 'b', name: 'Cabinet', channels: { added: ['a', 'b'] } },
        {
          ...named,
          result: 'changed',
          changed: ['driver', 'name'],
          channels: { added: ['c'], removed: ['b'], changed: { a: ['rules'] } },
        },
        { ...named, result: 'removed' },
      ]);
      assert.deepEqual(await kinds(plant), ['config', 'config', 'config']);
      await plant.close();
    });
  });
});

describe('a filter of the audit', () => {
  it('is read from a message or a URL alike', () => {
    const since = '2026-01-01T00:00:00.000Z';
    const query = {
      before: 7,
      limit: 5,
      kinds: ['command', 'write'],
      relay: 'r',
      by: 'ada',
      since,
      until: since,
    };
    const rest = { relay: 'r', by: 'ada' };
    const text = { before: '7', limit: '5', kind: 'command,write', since: String(START), until: since };
    assert.deepEqual(parseAuditQuery({ ...rest, ...text }), query);
    const typed = {
      before: 7,
      limit: 5,
      kind: ['command', 'write'],
      since: START,
      until: '2026-01-01T03:30:00+03:30',
    };
    assert.deepEqual(parseAuditQuery({ ...rest, ...typed }), query);
    for (const nothing of [undefined, null, '', 1_767_225_600_000, true]) {
      assert.deepEqual(parseAuditQuery(nothing), {});
    }
  });

  for (const wrong of [
    [],
    { kinds: 'x' },
    { kind: 'none' },
    { kind: ['command', 7] },
    { kind: '' },
    { limit: 0 },
    { limit: 501 },
    { limit: '1e2' },
    { limit: 1.5 },
    { before: -1 },
    { before: '7x' },
    { before: ['7'] },
    { relay: 7 },
    { by: ['a', 'b'] },
    { since: 'yesterday' },
    { until: '2026-01-01' },
    { since: '1' },
    { callback: 'x' },
  ]) {
    it(`is not ${JSON.stringify(wrong)}`, () => {
      assert.throws(() => parseAuditQuery(wrong), { code: 'invalid' });
    });
  }

  it('names what is wrong with a time', () => {
    assert.throws(() => parseAuditQuery({ since: 'x' }), { message: /^since "x" is not ISO 8601/ });
    assert.throws(() => parseAuditQuery({ by: 'x'.repeat(300) }), { code: 'limit' });
  });

  it('expects nothing, or a number and a seal', () => {
    for (const nothing of [undefined, null, true, {}]) assert.equal(parseSeal(nothing), undefined);
    for (const wrong of [false, 'x', [], { seq: 1 }, { seal: 'a'.repeat(64) }, { seq: 1, seal: 'x' }]) {
      assert.throws(() => parseSeal(wrong), { code: 'invalid' }, JSON.stringify(wrong));
    }
    assert.throws(() => parseSeal({ seq: 1, seal: 'a'.repeat(64), more: 1 }), {
      message: /unknown property "more"/,
    });
  });
});

describe('how long a log is kept', () => {
  it('is a number of days', () => {
    assert.deepEqual([undefined, '', 1, '30', 3650].map(parseRetention), [365, 365, 1, 30, 3650]);
    for (const wrong of [0, -1, 1.5, 3651, 'x', NaN, true, '1 day', []]) {
      assert.throws(
        () => parseRetention(wrong),
        { code: 'config', message: /1 to 3650 days/ },
        String(wrong),
      );
    }
  });
});
