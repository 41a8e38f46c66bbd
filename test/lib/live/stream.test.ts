import assert from 'node:assert/strict';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import type { Changes, Snapshot, Update } from '../../../lib/live/protocol.ts';
import { MAX_ENTRIES, RetainedTopics } from '../../../lib/live/retained.ts';
import { Stream, URGENT_MS, type From } from '../../../lib/live/stream.ts';
import { parseSubscription } from '../../../lib/live/subscription.ts';
import { WINDOW_MS } from '../../../lib/live/window.ts';

const MAX_WAITING = 5;

describe('the stream of changes', () => {
  let clock: FakeClock;
  let retained: RetainedTopics;
  let stream: Stream;
  let sent: { sessions: readonly string[]; update: Update }[];
  const busy = new Set<string>();
  beforeEach(() => {
    clock = new FakeClock(Date.UTC(2026, 0, 1));
    retained = new RetainedTopics();
    sent = [];
    busy.clear();
    stream = new Stream({
      retained,
      clock,
      maxWaiting: MAX_WAITING,
      maxWaitingEach: 2,
      send: (sessions, update) => sent.push({ sessions, update }),
    });
  });
  afterEach(() => stream.close());

  const set = (topic: string, payload: unknown): void => {
    stream.changed(topic, retained.set(topic, payload));
  };
  const join = (session: string, topics = '', since?: string, fields = false): Update =>
    stream.join(
      session,
      parseSubscription({ topics, fields, ...(since !== undefined && { since }) }),
      () => !busy.has(session),
    );
  const cursor = ({ epoch, seq }: Update): string => `${epoch}.${seq}`;
  /** What was sent since the last look, as who got which changes from where to where. */
  const looked = (): [string, number, number, readonly unknown[]][] =>
    sent.splice(0).map(({ sessions, update }) => {
      const { from, seq, changes } = update as Changes;
      return [sessions.join(' '), from, seq, changes];
    });

  it('begins with all there is, and goes on with what changes', () => {
    set('devices/a', { value: 1 });
    const begun = join('s') as Snapshot;
    assert.deepEqual(
      { ...begun, epoch: '' },
      {
        kind: 'snapshot',
        epoch: '',
        seq: 1,
        state: [['devices/a', { value: 1 }]],
        timestamp: '2026-01-01T00:00:00.000Z',
      },
    );
    set('devices/a', { value: 2 });
    assert.deepEqual(looked(), [['s', 1, 2, [['devices/a', { value: 2 }]]]]);
    assert.equal(begun.epoch, retained.epoch);
  });

  it('tells the first of a burst at once, and the last of each topic once a window, in the order of their change', () => {
    join('s');
    for (let value = 0; value < 5; value++) for (const id of ['a', 'b']) set(`devices/${id}`, { value });
    set('devices/a', null);
    assert.deepEqual(looked(), [['s', 0, 1, [['devices/a', { value: 0 }]]]]);
    clock.advance(WINDOW_MS);
    assert.deepEqual(looked(), [
      [
        's',
        1,
        11,
        [
          ['devices/b', { value: 4 }],
          ['devices/a', null],
        ],
      ],
    ]);
    clock.advance(WINDOW_MS * 3);
    assert.deepEqual(looked(), []);
  });

  it('lets a relay wait for nothing that is measured, and a burst of relays for ten milliseconds', () => {
    join('s');
    set('devices/a', 1);
    set('devices/a', 2);
    looked();
    set('relays/r', true);
    // What was gathered goes along.
    const told = [
      ['devices/a', 2],
      ['relays/r', true],
    ];
    assert.deepEqual(looked(), [['s', 1, 3, told]]);
    set('relays/r', false);
    assert.deepEqual(looked(), []);
    clock.advance(URGENT_MS);
    assert.deepEqual(looked(), [['s', 3, 4, [['relays/r', false]]]]);
    clock.advance(WINDOW_MS);
    assert.deepEqual(looked(), []);
  });

  it('takes what nobody wants for no burst', () => {
    join('s', 'devices/*');
    join('t', 'devices/*');
    stream.leave('t');
    clock.advance(WINDOW_MS);
    set('system/stats', 1);
    assert.equal(clock.pending, 0);
    set('devices/a', 1);
    assert.deepEqual(looked(), [['s', 0, 2, [['devices/a', 1]]]]);
    stream.subscribe('s', parseSubscription({ topics: 'system/*' }));
    clock.advance(WINDOW_MS);
    set('devices/a', 2);
    assert.deepEqual([looked(), clock.pending], [[], 0]);
  });

  it('tells all who are at one place with one update, and each only what it wants', () => {
    for (const session of ['one', 'two']) join(session, 'devices/*');
    join('three', 'relays/*');
    set('devices/a', 1);
    assert.deepEqual(looked(), [['one two', 0, 1, [['devices/a', 1]]]]);
    clock.advance(WINDOW_MS);
    set('relays/r', 1);
    // It was told nothing of the change before, and so is still where it began.
    assert.deepEqual(looked(), [['three', 0, 2, [['relays/r', 1]]]]);
    clock.advance(WINDOW_MS);
    set('devices/a', 2);
    assert.deepEqual(looked(), [['one two', 1, 3, [['devices/a', 2]]]]);
  });

  it('repeats nothing to who joins in the middle of a window', () => {
    join('early');
    clock.advance(WINDOW_MS);
    set('devices/a', 1);
    set('devices/a', 2);
    looked();
    const late = join('late') as Snapshot;
    assert.deepEqual([late.seq, late.state], [2, [['devices/a', 2]]]);
    clock.advance(WINDOW_MS);
    assert.deepEqual(looked(), [['early', 1, 2, [['devices/a', 2]]]]);
    clock.advance(WINDOW_MS);
    set('devices/b', 3);
    assert.deepEqual(looked(), [['early late', 2, 3, [['devices/b', 3]]]]);
  });

  it('passes over who does not read, and tells the last of each topic once that is over', () => {
    join('slow');
    join('fast');
    busy.add('slow');
    for (let value = 0; value < 3; value++) {
      set('devices/a', value);
      clock.advance(WINDOW_MS);
    }
    assert.deepEqual(
      looked().map(([who]) => who),
      ['fast', 'fast', 'fast'],
    );
    busy.clear();
    stream.caughtUp('slow');
    stream.caughtUp('slow');
    stream.caughtUp('fast');
    assert.deepEqual(looked(), [['slow', 0, 3, [['devices/a', 2]]]]);
    set('devices/a', 4);
    assert.deepEqual(looked(), [['slow fast', 3, 4, [['devices/a', 4]]]]);
  });

  it('tells fields of devices to who takes them and has the rest, and whole records to all others', () => {
    set('devices/a', { value: 1, unit: 'V' });
    set('relays/r', { state: false, name: 'R' });
    join('fields', '', undefined, true);
    join('whole');
    clock.advance(WINDOW_MS);
    const told = (): unknown[] =>
      sent.splice(0).map(({ sessions, update }) => {
        const { from, seq, changes, fields } = update as Changes;
        return [sessions.join(' '), from, seq, changes, fields];
      });
    set('devices/a', { value: 2, unit: 'V' });
    assert.deepEqual(told(), [
      ['fields', 2, 3, [], [{ names: ['value'], rows: [['devices/a', 2]] }]],
      ['whole', 2, 3, [['devices/a', { value: 2, unit: 'V' }]], undefined],
    ]);
    set('devices/a', { value: 3, unit: 'A' });
    join('late', '', undefined, true);
    set('devices/a', { value: 4, unit: 'V' });
    set('devices/b', { value: 1 });
    set('relays/r', { state: true, name: 'R' });
    clock.advance(WINDOW_MS);
    const rest = [
      ['devices/b', { value: 1 }],
      ['relays/r', { state: true, name: 'R' }],
    ];
    const whole = [['devices/a', { value: 4, unit: 'V' }], ...rest];
    assert.deepEqual(told(), [
      ['fields', 3, 7, rest, [{ names: ['value'], rows: [['devices/a', 4]] }]],
      ['whole', 3, 7, whole, undefined],
      // Where it joined the unit was another one.
      ['late', 4, 7, whole, undefined],
    ]);
    clock.advance(WINDOW_MS);
    set('devices/a', null);
    assert.deepEqual(told(), [
      ['fields late', 7, 8, [['devices/a', null]], undefined],
      ['whole', 7, 8, [['devices/a', null]], undefined],
    ]);
  });

  it('tells in parts what is too much at once, each once the one before was read', () => {
    const count = 2 * MAX_ENTRIES + 1;
    for (let index = 0; index < count; index++) set(`devices/${index}`, index);
    const first = join('s') as Snapshot;
    assert.deepEqual([first.state.length, first.seq, first.more], [MAX_ENTRIES, MAX_ENTRIES, true]);
    set('devices/0', 'new');
    const [second] = sent.splice(0).map(({ update }) => update as Changes);
    assert.deepEqual(
      [second!.from, second!.changes.length, second!.seq, second!.more],
      [MAX_ENTRIES, MAX_ENTRIES, 2 * MAX_ENTRIES, true],
    );
    stream.caughtUp('s');
    const last: [string, unknown][] = [
      [`devices/${count - 1}`, count - 1],
      ['devices/0', 'new'],
    ];
    assert.deepEqual(looked(), [['s', 2 * MAX_ENTRIES, count + 1, last]]);
    stream.caughtUp('s');
    assert.deepEqual(looked(), []);
  });

  it('tells the rest of what is told in parts though nobody wanted it before', () => {
    join('relays alone', 'relays/*');
    const count = MAX_ENTRIES + 2;
    for (let index = 0; index < count; index++) set(`devices/${index}`, index);
    assert.equal((join('s') as Snapshot).more, true);
    stream.caughtUp('s');
    assert.deepEqual(looked(), [
      [
        's',
        MAX_ENTRIES,
        count,
        [
          [`devices/${count - 2}`, count - 2],
          [`devices/${count - 1}`, count - 1],
        ],
      ],
    ]);
  });

  it('tells who comes back what it missed, what is gone included', () => {
    for (const id of ['a', 'b', 'c']) set(`devices/${id}`, 1);
    const left = join('s');
    stream.leave('s');
    set('devices/b', null);
    set('devices/a', 2);
    const back = join('s', '', cursor(left)) as Changes;
    assert.deepEqual(
      [back.kind, back.from, back.seq, back.changes],
      [
        'changes',
        3,
        5,
        [
          ['devices/b', null],
          ['devices/a', 2],
        ],
      ],
    );
    const again = join('s', '', cursor(back)) as Changes;
    assert.deepEqual([again.kind, again.from, again.seq, again.changes], ['changes', 5, 5, []]);
  });

  it('begins anew for who was elsewhere: another epoch, or a number that never was', () => {
    set('devices/a', 1);
    for (const since of ['other.1', `${retained.epoch}.2`]) {
      const update = join('s', '', since);
      assert.deepEqual([update.kind, update.seq], ['snapshot', 1]);
    }
  });

  it('changes what a session wants', () => {
    const begun = join('s', 'devices/*');
    set('relays/r', 1);
    const wanted = parseSubscription({ topics: 'relays/*', since: cursor(begun) });
    const update = stream.subscribe('s', wanted) as Changes;
    assert.deepEqual([update.from, update.seq, update.changes], [0, 1, [['relays/r', 1]]]);
    clock.advance(WINDOW_MS);
    set('devices/a', 1);
    clock.advance(WINDOW_MS);
    set('relays/r', 2);
    assert.deepEqual(looked(), [['s', 1, 3, [['relays/r', 2]]]]);
    assert.equal(stream.subscribe('nobody', wanted), undefined);
  });

  it('costs nothing where nobody listens, and whoever left is told no more', () => {
    set('devices/a', 1);
    assert.equal(clock.pending, 0);
    join('s');
    stream.leave('s');
    clock.advance(WINDOW_MS);
    set('devices/a', 2);
    assert.equal(clock.pending, 0);
    assert.deepEqual(looked(), []);
  });

  it('tells those who come within a window from one place one thing, and then what came meanwhile', () => {
    set('devices/a', 1);
    const first = join('first', 'devices/*');
    const others = [
      join('elsewhere'),
      join('other topics', 'devices/?'),
      join('back', 'devices/*', cursor(first)),
    ];
    // Nobody wanted it, so it is not among what is recent.
    for (const session of ['first', 'elsewhere', 'other topics', 'back']) stream.leave(session);
    set('devices/a', 2);
    set('devices/b', 1);
    const second = join('second', 'devices/*');
    assert.equal(second, first);
    for (const other of others) assert.notEqual(other, first);
    assert.deepEqual(looked(), []);
    stream.caughtUp('second');
    const news = [
      ['devices/a', 2],
      ['devices/b', 1],
    ];
    assert.deepEqual(looked(), [['second', 1, 3, news]]);
    clock.advance(WINDOW_MS);
    assert.equal(join('third', 'devices/*').seq, 3);
  });

  it('keeps no more for others than it should', () => {
    const all = Array.from({ length: 100 }, (_, index) => `devices/${index}`);
    const begun = all.map((topics) => join('s', topics));
    const again = all.filter((topics, index) => join('s', topics) === begun[index]);
    assert.equal(again.length, 32);
  });

  it('tells those who have read what they had within ten milliseconds together', () => {
    for (const session of ['a', 'b', 'c']) join(session);
    for (const session of ['a', 'b', 'c']) busy.add(session);
    set('devices/a', 1);
    clock.advance(WINDOW_MS);
    busy.clear();
    for (const session of ['a', 'b', 'c']) stream.caughtUp(session);
    assert.deepEqual(looked(), [['a', 0, 1, [['devices/a', 1]]]]);
    clock.advance(URGENT_MS);
    assert.deepEqual(looked(), [['b c', 0, 1, [['devices/a', 1]]]]);
  });

  describe('asked over HTTP', () => {
    const ask = (since: Update | undefined, within: number, topics = '', from?: From): Promise<Update> =>
      stream.next(parseSubscription({ topics, ...(since && { since: cursor(since) }) }), within, from);

    it('answers at once what is new, and otherwise when it is', async () => {
      const first = await ask(undefined, 1000);
      assert.equal(first.kind, 'snapshot');
      const next = ask(first, 1000);
      set('devices/a', 1);
      const second = (await next) as Changes;
      assert.deepEqual([second.from, second.changes], [0, [['devices/a', 1]]]);
      assert.equal(((await ask(first, 1000)) as Changes).seq, 1);
    });

    it('waits for topics that are wanted, and no longer than it should', async () => {
      const first = await ask(undefined, 0);
      const next = ask(first, 1000, 'relays/*');
      set('devices/a', 1);
      clock.advance(999);
      set('devices/a', 2);
      let over = false;
      void next.then(() => (over = true));
      await Promise.resolve();
      assert.equal(over, false);
      clock.advance(1);
      const { seq, changes } = (await next) as Changes;
      assert.deepEqual([seq, changes], [2, []]);
      assert.equal(((await ask(first, 0, 'relays/*')) as Changes).changes.length, 0);
    });

    it('lets no more than its limit wait, and all go when it closes', async () => {
      const first = await ask(undefined, 0);
      const from = (host: number): From => ({
        address: `10.0.0.${host}`,
        signal: new AbortController().signal,
      });
      const all = Array.from({ length: MAX_WAITING }, (_, index) => ask(first, 1000, '', from(index)));
      assert.equal(((await ask(first, 1000)) as Changes).changes.length, 0);
      stream.close();
      assert.equal((await Promise.all(all)).length, MAX_WAITING);
      assert.equal(clock.pending, 0);
    });

    it('lets no address have more places than its part, and takes back those of who is gone', async () => {
      const first = await ask(undefined, 0);
      const leaving = new AbortController();
      const from = { address: '10.0.0.1', signal: leaving.signal };
      const waiting = [ask(first, 1000, '', from), ask(first, 1000, '', from)];
      assert.equal(((await ask(first, 1000, '', from)) as Changes).changes.length, 0);
      leaving.abort();
      await Promise.all(waiting);
      assert.equal(clock.pending, 0);
      const next = ask(first, 1000, '', { ...from, signal: new AbortController().signal });
      set('devices/a', 1);
      assert.equal(((await next) as Changes).changes.length, 1);
    });
  });
});
