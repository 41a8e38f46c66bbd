import assert from 'node:assert/strict';
import {
  MAX_ENTRIES,
  MAX_GONE,
  MAX_TOPIC_LENGTH,
  MAX_TOPICS,
  RetainedTopics,
} from '../../../lib/live/retained.ts';

describe('retained topics', () => {
  it('keep the last payload of each topic, in the order first seen', () => {
    const retained = new RetainedTopics();
    retained.set('devices/b', 1);
    retained.set('devices/a', 2);
    retained.set('relays/a', 3);
    retained.set('devices/b', 4);
    assert.equal(retained.get('devices/b'), 4);
    assert.deepEqual(retained.under('devices/'), [4, 2]);
    assert.equal(retained.get('devices/'), undefined);
  });

  for (const nothing of [null, undefined]) {
    it(`forget a topic that is set to ${nothing}`, () => {
      const retained = new RetainedTopics();
      retained.set('devices/a', 1);
      retained.set('devices/a', nothing);
      assert.deepEqual(retained.under(''), []);
      assert.equal(retained.size, 0);
    });
  }

  it('keep false, 0 and empty text, which are payloads like any other', () => {
    const retained = new RetainedTopics();
    for (const [index, payload] of [false, 0, ''].entries()) retained.set(`own/${index}`, payload);
    assert.deepEqual(retained.under('own/'), [false, 0, '']);
  });

  it('know no topics that nobody set, whatever they are called', () => {
    const retained = new RetainedTopics();
    for (const topic of ['__proto__', 'constructor', 'toString']) {
      assert.equal(retained.get(topic), undefined);
      retained.set(topic, topic);
      assert.equal(retained.get(topic), topic);
    }
    assert.equal(({} as Record<string, unknown>)['devices'], undefined);
  });

  it('refuse a topic that is no text, empty or too long', () => {
    const retained = new RetainedTopics();
    for (const topic of ['', 5, null, {}]) {
      assert.throws(() => retained.set(topic as string, 1), { code: 'invalid' });
    }
    retained.set('x'.repeat(MAX_TOPIC_LENGTH), 1);
    assert.throws(() => retained.set('x'.repeat(MAX_TOPIC_LENGTH + 1), 1), { code: 'limit' });
  });

  it('refuse one topic too many, and still take what is kept already', () => {
    const retained = new RetainedTopics();
    for (let index = 0; index < MAX_TOPICS; index++) retained.set(`own/${index}`, index);
    assert.throws(() => retained.set('one/more', 1), { code: 'limit' });
    retained.set('own/0', 'new');
    retained.set('own/1', null);
    retained.set('one/more', 1);
    assert.equal(retained.get('one/more'), 1);
  });

  it('number each change, and tell which topics are other than at a number', () => {
    const retained = new RetainedTopics();
    const all = (): boolean => true;
    retained.set('a', 1);
    retained.set('b', 1);
    retained.set('a', 2);
    retained.set('none', null);
    assert.equal(retained.seq, 3);
    const changes = (seq: number, among?: string[]): readonly unknown[] =>
      retained.changes(seq, all, among).entries;
    assert.deepEqual(changes(0), [
      ['b', 1],
      ['a', 2],
    ]);
    assert.deepEqual(changes(2), [['a', 2]]);
    retained.set('b', null);
    assert.deepEqual(changes(2), [
      ['a', 2],
      ['b', null],
    ]);
    assert.deepEqual(changes(0, ['b', 'unknown']), [['b', null]]);
    retained.set('b', 5);
    assert.deepEqual(changes(4), [['b', 5]]);
    assert.deepEqual(
      retained.state((topic) => topic === 'a'),
      { entries: [['a', 2]], seq: 5, more: false },
    );
    assert.notEqual(new RetainedTopics().epoch, retained.epoch);
  });

  it('remember so many that are gone, and say from where on they know', () => {
    const retained = new RetainedTopics();
    for (let index = 0; index <= MAX_GONE; index++) {
      retained.set('x' + index, 1);
      retained.set('x' + index, null);
    }
    // The first to go, with number 2, is forgotten.
    assert.deepEqual(
      [0, 1, 2, retained.seq, retained.seq + 1].map((seq) => retained.reaches(seq)),
      [false, false, true, true, false],
    );
    const { entries, more } = retained.changes(2, () => true);
    assert.deepEqual([entries.length, more], [MAX_ENTRIES, true]);
  });

  it('tell no more at once than their limit, and go on from there', () => {
    const retained = new RetainedTopics();
    const count = 2 * MAX_ENTRIES + 2;
    for (let index = 0; index < count; index++) retained.set(`x${index}`, index);
    retained.set('x0', 'new');
    retained.set('x1', null);
    const all = (): boolean => true;
    const first = retained.state(all);
    assert.deepEqual([first.entries[0], first.seq, first.more], [['x2', 2], MAX_ENTRIES + 2, true]);
    const second = retained.changes(first.seq, all);
    assert.deepEqual([second.entries.length, second.more], [MAX_ENTRIES, true]);
    const third = retained.changes(second.seq, all);
    assert.deepEqual(third, {
      entries: [
        ['x0', 'new'],
        ['x1', null],
      ],
      seq: retained.seq,
      more: false,
    });
    const few = retained.state((topic) => topic === 'x0');
    assert.deepEqual([few.entries.length, few.seq, few.more], [1, retained.seq, false]);
    const among = Array.from({ length: count }, (_, index) => `x${index}`);
    assert.deepEqual(retained.changes(0, all, among), retained.changes(0, all));
  });
});
