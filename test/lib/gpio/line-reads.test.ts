import assert from 'node:assert/strict';
import type { ErrorCode } from '../../../lib/base/errors.ts';
import { FactoryError } from '../../../lib/base/errors.ts';
import {
  parseFarMessage,
  type FarMessage,
  type FarReport,
  type ReadForm,
} from '../../../lib/gpio/line-reads.ts';
import { parseLineTopic } from '../../../lib/gpio/line-topic.ts';

const LINES = [
  { id: 'pump', line: 0 },
  { id: 'fan', line: 1 },
  { id: '7', line: 2 },
];
const failing =
  (code: ErrorCode, message: RegExp) =>
  (error: unknown): boolean =>
    error instanceof FactoryError && error.code === code && message.test(error.toString());

describe('messages of the far end', () => {
  const stat = parseLineTopic('stat/{id}/POWER', 'read');
  const report = (message: FarMessage, more: Partial<ReadForm> = {}): FarReport =>
    parseFarMessage(message, LINES, { topic: stat, first: 0, ...more });
  const read = (message: FarMessage, more: Partial<ReadForm> = {}): unknown =>
    Object.fromEntries(report(message, more).levels);

  it('name one line by topic: by pattern, by relay, by number', () => {
    for (const [topic, line] of [
      ['stat/fan/POWER', 1],
      ['fan', 1],
      ['1', 1],
      [1, 1],
      ['7', 2],
    ] as const)
      assert.deepEqual(read({ topic, payload: true }), { [line]: true }, String(topic));
  });

  it('name it by what they answer, or not at all where there is one alone', () => {
    assert.deepEqual(read({ topic: 'elsewhere', payload: 1, factory: { line: 2 } }), { 2: true });
    const [only] = LINES;
    const alone = parseFarMessage({ payload: 'on' }, [only!], { topic: undefined, first: 0 });
    assert.deepEqual(alone.levels, new Map([[0, true]]));
    assert.throws(
      () => parseFarMessage({ topic: 'other', payload: 'on' }, [only!], { topic: undefined, first: 0 }),
      failing('unknown-relay', /the topic "other" names no relay/),
    );
  });

  it('write levels as devices do', () => {
    for (const [payload, level] of [
      [true, true],
      [1, true],
      ['ON', true],
      ['on ', true],
      ['1', true],
      ['true', true],
      [false, false],
      [0, false],
      ['OFF', false],
      ['0', false],
    ] as const)
      assert.deepEqual(read({ topic: 'pump', payload }), { 0: level }, JSON.stringify(payload));
  });

  it('are arrays from a line on, in which more is of no account', () => {
    const coils = [true, false, true, false, false, false, false, false];
    assert.deepEqual(read({ payload: coils }), { 0: true, 1: false, 2: true });
    assert.deepEqual(read({ payload: [1] }, { first: 2 }), { 2: true });
    assert.throws(
      () => read({ payload: [1] }, { first: 100 }),
      failing('invalid', /from line 100 on.*Set with which/),
    );
    assert.throws(() => read({ payload: [] }), failing('invalid', /none of 0 levels/));
  });

  it('are objects by relay or line', () => {
    assert.deepEqual(read({ payload: { pump: 'ON', 1: false } }), { 0: true, 1: false });
    const mixed = report({ payload: { pump: 1, temperature: 20 } });
    assert.deepEqual([mixed.levels, mixed.unknown], [new Map([[0, true]]), ['temperature']]);
    assert.throws(() => read({ payload: { lamp: 1 } }), failing('unknown-relay', /"lamp" names no relay/));
    assert.throws(() => read({ payload: {} }), failing('unknown-relay', /the empty object names no/));
    assert.throws(
      () => read({ payload: { __proto__: null, constructor: 1 } }),
      failing('unknown-relay', /constr/),
    );
  });

  it('are Buffers of bytes, or of bits, the lowest first, or a word of one line', () => {
    assert.deepEqual(read({ payload: Buffer.from([1, 0, 1, 0]) }), { 0: true, 1: false, 2: true });
    assert.deepEqual(read({ payload: Buffer.from([0b101]) }, { buffer: 'bits' }), {
      0: true,
      1: false,
      2: true,
    });
    const nine = [{ id: 'last', line: 8 }];
    const bits = parseFarMessage({ payload: Buffer.from([0, 1]) }, nine, {
      topic: undefined,
      first: 0,
      buffer: 'bits',
    });
    assert.deepEqual(bits.levels, new Map([[8, true]]));
    assert.deepEqual(read({ topic: 'fan', payload: Buffer.from('ON\n') }), { 1: true });
    assert.deepEqual(read({ topic: 'fan', payload: Buffer.from([0]) }, { buffer: 'bits' }), { 1: false });
    const strange = report({ payload: Buffer.from([1, 7, 0]) });
    assert.deepEqual(
      strange.levels,
      new Map([
        [0, true],
        [2, false],
      ]),
    );
    assert.match(strange.failed.get(1)!, /it says "7"/);
  });

  it('are in the far end’s own words alone, where it has some', () => {
    const words = { on: 'Aan', off: 'Uit' };
    assert.deepEqual(read({ topic: 'pump', payload: 'uit\n' }, { words }), { 0: false });
    assert.match(report({ topic: 'pump', payload: 'on' }, { words }).failed.get(0)!, /it says "on"/);
    assert.deepEqual(read({ payload: [1, 2, true] }, { words: { on: 1, off: 2 } }), {
      0: true,
      1: false,
      2: true,
    });
    const coil = { on: 65_280, off: 0 };
    assert.deepEqual(read({ payload: { pump: 65_280, fan: 0 } }, { words: coil }), { 0: true, 1: false });
  });

  const strange: [string, FarMessage, readonly number[], RegExp][] = [
    ['a word', { topic: 'stat/pump/POWER', payload: 'overpower' }, [0], /^it says "overpower", which is/],
    ['a number', { topic: 'pump', payload: 65_280 }, [0], /"65280"/],
    ['no value', { topic: 'pump' }, [0], /undefined/],
    ['an empty text', { topic: 'pump', payload: '' }, [0], /it says ""/],
    ['NaN', { topic: 'pump', payload: NaN }, [0], /"NaN"/],
    ['one of an array', { payload: [true, 2, true] }, [1], /it says "2"/],
    ['a gap in an array', { payload: [true, null, true] }, [1], /it says null/],
    ['one of an object', { payload: { pump: 'overpower', fan: 'on' } }, [0], /"overpower"/],
    ['an object', { topic: 'pump', payload: { state: 'ON' } }, [0], /it says "\{/],
    ['a word for all lines', { payload: 'overpower' }, [0, 1, 2], /"overpower"/],
  ];
  for (const [what, message, lines, reason] of strange) {
    it(`fail the lines whose level is not understood: ${what}`, () => {
      const { failed, levels } = report(message);
      assert.deepEqual([...failed.keys()], lines);
      for (const why of failed.values()) assert.match(why, reason);
      for (const line of lines) assert.equal(levels.has(line), false);
    });
  }

  it('fail the only line of a board, which needs no topic', () => {
    const [only] = LINES;
    const { failed } = parseFarMessage({ payload: 'overpower' }, [only!], { topic: undefined, first: 0 });
    assert.match(failed.get(0)!, /"overpower"/);
  });

  it('are about something else on topics that name no line, where topics have a form', () => {
    for (const payload of ['Online', 'ON', 7, { POWER1: 'ON' }, '']) {
      const { levels, failed, foreign } = report({ topic: 'stat/RESULT', payload });
      assert.deepEqual([levels.size, failed.size, foreign], [0, 0, 'stat/RESULT'], JSON.stringify(payload));
    }
  });

  it('fail for no error of a message about something else, as a Catch node for a whole tab brings it', () => {
    const error = { message: 'no weather' };
    const other = report({ topic: 'weather', payload: 7, error });
    assert.deepEqual([other.failed.size, other.foreign], [0, 'weather']);
    const formless = report({ topic: 'weather', error }, { topic: undefined });
    assert.equal(formless.failed.size, 3, 'without a form of topics nobody knows what it is about');
    const together = report({ topic: 'coils', error, factory: { board: 'Remote' } }, { board: 'Remote' });
    assert.equal(together.failed.size, 3, 'it is about a message of ours for all lines');
    assert.equal(report({ error }).failed.size, 3);
  });

  it('are replayed where a broker has kept them, unless the node takes them', () => {
    const kept = { topic: 'pump', payload: 'ON', retain: true };
    assert.equal(report(kept).isReplayed, true);
    assert.equal(report({ ...kept, retain: false }).isReplayed, false);
    assert.equal(report(kept, { takeRetained: true }).isReplayed, false);
    assert.equal(report({ ...kept, error: 'no route' }).isReplayed, false, 'an error is raised now');
  });

  it('say nothing where they fail for another board', () => {
    const { failed, levels } = report(
      { topic: 'cmnd/x', error: 'no route', factory: { board: 'Other', line: 1 } },
      { board: 'Remote' },
    );
    assert.deepEqual([failed.size, levels.size], [0, 0]);
    const own = report({ error: 'no route', factory: { board: 'Remote', line: 1 } }, { board: 'Remote' });
    assert.deepEqual([...own.failed.keys()], [1]);
  });

  const failures: [string, FarMessage, readonly number[], RegExp][] = [
    [
      'an error of a Catch node',
      { topic: 'fan', payload: 1, error: { message: 'Timed out' } },
      [1],
      /^Timed out$/,
    ],
    ['an error as text', { payload: [], error: 'Port not open' }, [0, 1, 2], /^Port not open$/],
    ['an error as something else', { error: { code: 7 } }, [0, 1, 2], /"code":7/],
    ['a write of ours that failed', { topic: 'cmnd/7', error: 'x', factory: { line: 2 } }, [2], /^x$/],
    ['null', { topic: 'stat/pump/POWER', payload: null }, [0], /knows nothing/],
    ['null without a topic', { payload: null }, [0, 1, 2], /knows nothing/],
    ['bad quality', { payload: [true], quality: 'bad' }, [0, 1, 2], /quality .* is bad/],
    [
      'bad quality of ours',
      { topic: 'pump', payload: 1, factory: { quality: 'bad' } },
      [0],
      /quality .* is bad/,
    ],
    ['a long reason', { error: 'x'.repeat(300) }, [0, 1, 2], /^x{200}$/],
  ];
  for (const [what, message, lines, reason] of failures) {
    it(`tell of a failure by ${what}`, () => {
      const { failed } = report(message);
      assert.deepEqual([...failed.keys()], lines);
      for (const why of failed.values()) assert.match(why, reason);
    });
  }

  it('tell whether the far end is there, and by which topic', () => {
    const lwt = { topic: 'tele/x/LWT', payload: 'Offline' };
    assert.deepEqual(report({ ...lwt, online: false }).presence, {
      isThere: false,
      lines: [0, 1, 2],
      source: 'tele/x/LWT',
    });
    assert.deepEqual(report({ topic: 'pump', online: true }).presence, {
      isThere: true,
      lines: [0],
      source: 'pump',
    });
    assert.equal(report({ online: true }).presence?.source, '');
  });

  it('are refused where they say nothing of an output', () => {
    assert.throws(() => read({}), failing('unknown-relay', /nothing names no relay/));
    assert.throws(
      () => read({ payload: true }),
      failing('unknown-relay', /nothing names no relay.*Let the topic/),
    );
    assert.throws(
      () => read({ topic: 'lamp', payload: 'dimmed' }, { topic: undefined }),
      failing('unknown-relay', /the topic "lamp" names no relay/),
    );
  });
});
