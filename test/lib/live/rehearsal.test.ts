import assert from 'node:assert/strict';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { DEFAULT_HOLD_S, parseWish, Rehearsal } from '../../../lib/live/rehearsal.ts';
import { RETURN_WITHIN_S, type Cuttable } from '../../../lib/live/rehearsal-report.ts';
import type { RehearsalReport } from '../../../lib/live/rehearsed.ts';
import type { Update } from '../../../lib/live/protocol.ts';

const CHANGES: Update = {
  kind: 'changes',
  epoch: 'e',
  from: 1,
  seq: 3,
  changes: [
    ['devices/a', {}],
    ['devices/b', null],
  ],
  timestamp: '',
};
const SNAPSHOT: Update = { kind: 'snapshot', epoch: 'f', seq: 0, state: [], timestamp: '' };

interface Who {
  readonly client?: string;
  readonly address?: string;
  readonly grant?: string;
  readonly protocol?: 1 | 2;
}

describe('rehearsal', () => {
  let clock: FakeClock;
  let sessions: Cuttable[];
  let cut: string[];
  let rehearsal: Rehearsal;
  beforeEach(() => {
    clock = new FakeClock();
    sessions = [];
    cut = [];
    rehearsal = new Rehearsal(clock, () => sessions);
  });

  const sessionOf = (
    id: string,
    { client, address = '10.0.0.1', grant, protocol = 2 }: Who = {},
  ): Cuttable => ({
    id,
    client,
    peer: { address },
    principal: grant === undefined ? {} : { grant },
    info: { principal: 'ada', protocol, transport: 'websocket' },
    cut: () => {
      cut.push(id);
      sessions = sessions.filter((one) => one.id !== id);
    },
  });
  const add = (id: string, who?: Who): void => void sessions.push(sessionOf(id, who));
  const comesBack = (id: string, who: Who, update?: Update): void => {
    add(id, who);
    rehearsal.joined(sessions.at(-1)!, update);
  };
  const isRefused = (client: string | undefined, address = '10.0.0.1'): boolean =>
    rehearsal.refuses({ client, address }) !== undefined;

  it('cuts everybody, keeps everybody off for a while, and times both ways', async () => {
    add('s1', { client: 'screen-one' });
    add('s2', { client: 'screen-two' });
    const ended = rehearsal.start({});
    assert.deepEqual(cut, ['s1', 's2']);
    assert.equal(rehearsal.report!.state, 'running');
    assert.ok(isRefused('screen-one') && isRefused('somebody-new'));
    const refusal = rehearsal.refuses({ client: undefined, address: '' })!;
    assert.deepEqual([refusal.status, refusal.code], [503, 'unavailable']);
    assert.match(refusal.reason, /^rehearsal: /);

    clock.advance(40);
    rehearsal.visited({ client: 'screen-one', address: '10.0.0.1' });
    rehearsal.told({ client: 'screen-one' }, CHANGES);
    clock.advance(60);
    rehearsal.visited({ client: 'screen-two', address: '10.0.0.9' });
    // Only the first one counts.
    rehearsal.visited({ client: 'screen-one', address: '10.0.0.1' });
    clock.advance(DEFAULT_HOLD_S * 1000 - 101);
    assert.ok(isRefused('screen-one'));
    clock.advance(1);
    assert.ok(!isRefused('screen-one'));
    clock.advance(500);
    comesBack('s3', { client: 'screen-two' }, SNAPSHOT);
    assert.equal(rehearsal.report!.returned, 1);
    clock.advance(100);
    comesBack('s4', { client: 'screen-one' }, CHANGES);

    const report = await ended;
    assert.deepEqual(rehearsal.report, report);
    const { clients, ...sum } = report;
    assert.deepEqual(sum, {
      state: 'returned',
      began: '2026-01-01T00:00:00.000Z',
      of: 'all',
      hold: 5,
      within: 35,
      cut: 2,
      fellBack: 2,
      unknown: 0,
      returned: 2,
      worst: { toHttp: 100, back: 5600 },
    });
    const who = {
      address: '10.0.0.1',
      principal: 'ada',
      protocol: 2,
      transport: 'websocket',
      match: 'client',
    };
    assert.deepEqual(clients, [
      { ...who, session: 's1', toHttp: 40, back: 5600, resumed: 'changes', told: { http: 2, back: 2 } },
      { ...who, session: 's2', toHttp: 100, back: 5500, resumed: 'snapshot', told: { http: 0, back: null } },
    ]);
    assert.equal(clock.pending, 0);
  });

  it('cuts one, and keeps nobody else off', async () => {
    add('s1', { client: 'screen-one' });
    add('s2', { client: 'screen-two' });
    const ended = rehearsal.start({ session: 's2', hold: '0.5' });
    assert.deepEqual(cut, ['s2']);
    assert.deepEqual(
      [isRefused('screen-one'), isRefused('screen-two'), isRefused(undefined)],
      [false, true, false],
    );
    clock.advance(500);
    assert.ok(!isRefused('screen-two'));
    comesBack('s3', { client: 'screen-two' }, CHANGES);
    const { of, hold, cut: count, fellBack } = await ended;
    assert.deepEqual([of, hold, count, fellBack], ['one', 0.5, 1, 0]);
  });

  it('keeps one without a name off by its address', () => {
    add('s1', { protocol: 1 });
    void rehearsal.start({ session: 's1' });
    assert.deepEqual(
      [isRefused(undefined), isRefused(undefined, '10.0.0.2'), isRefused('screen-one')],
      [true, false, false],
    );
  });

  it('knows one without a name by its address, and does not guess among several', async () => {
    add('s1', { address: '10.0.0.1', protocol: 1 });
    add('s2', { address: '10.0.0.2', protocol: 1 });
    add('s3', { address: '10.0.0.2', protocol: 1 });
    add('s4', { address: '10.0.0.2', protocol: 1, grant: 'g' });
    const ended = rehearsal.start({ hold: 0 });
    for (const address of ['10.0.0.1', '10.0.0.2', '10.0.0.3']) {
      clock.advance(10);
      rehearsal.visited({ client: undefined, address });
    }
    for (const [id, address] of Object.entries({
      s5: '10.0.0.2',
      s6: '10.0.0.1',
      s7: '10.0.0.2',
      s8: '10.0.0.2',
    })) {
      clock.advance(10);
      comesBack(id, { address, protocol: 1 });
    }
    assert.equal(rehearsal.report!.state, 'running', 'the one with a grant is not back');
    comesBack('s9', { address: '10.0.0.2', protocol: 1, grant: 'g' });
    const { clients, fellBack, unknown, returned } = await ended;
    assert.deepEqual(
      clients.map(({ session, match, toHttp, back, resumed }) => [session, match, toHttp, back, resumed]),
      [
        ['s1', 'address', 10, 50, 'lists'],
        ['s2', 'shared', null, 40, 'lists'],
        ['s3', 'shared', null, 60, 'lists'],
        ['s4', 'address', null, 70, 'lists'],
      ],
    );
    assert.deepEqual([fellBack, unknown, returned], [1, 2, 4]);
  });

  it('takes two connections of one client, of which one was dead, for one that returns', async () => {
    add('s1', { client: 'screen-one' });
    add('s2', { client: 'screen-one' });
    const ended = rehearsal.start({ hold: 0 });
    clock.advance(5);
    comesBack('s3', { client: 'screen-one' }, CHANGES);
    const { state, returned } = await ended;
    assert.deepEqual([state, returned], ['returned', 2]);
  });

  it('ends by itself where somebody does not return, and says so', async () => {
    add('s1', { client: 'screen-one' });
    const ended = rehearsal.start({ hold: 60 });
    clock.advance((60 + RETURN_WITHIN_S) * 1000);
    const { state, cut: count, returned, worst, clients } = await ended;
    assert.deepEqual([state, count, returned, worst.back], ['timeout', 1, 0, null]);
    assert.deepEqual([clients[0]!.back, clients[0]!.resumed], [null, null]);
    // Who comes later is no part of it, and the next one may begin.
    comesBack('s2', { client: 'screen-one' }, CHANGES);
    assert.equal(rehearsal.report!.returned, 0);
    void rehearsal.start({});
    assert.equal(rehearsal.report!.state, 'running');
  });

  it('keeps everybody off for its time and no longer, however the wall clock is set', () => {
    for (const jump of [86_400_000, -86_400_000]) {
      add('s1', { client: 'screen-one' });
      void rehearsal.start({ hold: 5 });
      clock.jump(jump);
      assert.ok(isRefused('screen-one'));
      clock.advance(4999);
      assert.ok(isRefused('screen-one'));
      clock.advance(1);
      assert.ok(!isRefused('screen-one'));
      comesBack('s2', { client: 'screen-one' });
      sessions = [];
    }
    add('s3', { client: 'screen-one' });
    void rehearsal.start({ hold: 5 });
    rehearsal.close();
    assert.ok(!isRefused('screen-one'), 'a server that closes holds nobody');
  });

  it('ends with its server, and leaves no timer', async () => {
    add('s1');
    const ended = rehearsal.start({});
    rehearsal.close();
    assert.equal((await ended).state, 'closed');
    assert.equal(clock.pending, 0);
    assert.ok(!isRefused(undefined));
  });

  it('tells a report that does not change under whoever has it', () => {
    add('s1', { client: 'screen-one' });
    void rehearsal.start({});
    const before: RehearsalReport = rehearsal.report!;
    const copy = structuredClone(before);
    rehearsal.visited({ client: 'screen-one', address: '' });
    rehearsal.told({ client: 'screen-one' }, CHANGES);
    assert.deepEqual(before, copy);
    assert.notDeepEqual(rehearsal.report, copy);
  });

  it('runs one at a time', () => {
    add('s1');
    void rehearsal.start({});
    add('s2');
    assert.throws(() => rehearsal.start({}), { code: 'unavailable', message: /running already/ });
    assert.deepEqual(cut, ['s1']);
  });

  it('cuts nobody where it is wished wrongly', () => {
    assert.throws(() => rehearsal.start({}), { code: 'invalid', message: /no client is connected/ });
    add('s1');
    for (const hold of [-1, 60.1, 'long', Number.NaN, {}, true])
      assert.throws(() => rehearsal.start({ hold }), { code: 'invalid', message: /0 to 60 seconds/ });
    for (const session of ['s2', null, 7, {}, ['s1']])
      assert.throws(() => rehearsal.start({ session }), { code: 'invalid', message: /no client has/ });
    assert.deepEqual([cut, rehearsal.report, clock.pending], [[], undefined, 0]);
  });

  it('takes of a message what it understands in full, so that a slip of the pen does not cut everybody', () => {
    for (const payload of [undefined, null, '', {}]) assert.deepEqual(parseWish(payload), {});
    assert.deepEqual(parseWish({ session: 's1', hold: 2 }), { session: 's1', hold: 2 });
    for (const payload of [{ sesion: 's1' }, 's1', 1_767_225_600_000, true, ['s1']])
      assert.throws(() => parseWish(payload), { code: 'invalid' });
  });
});
