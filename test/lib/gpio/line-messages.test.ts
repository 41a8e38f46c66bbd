import assert from 'node:assert/strict';
import type { ErrorCode } from '../../../lib/base/errors.ts';
import { FactoryError } from '../../../lib/base/errors.ts';
import { parseFarMessage, type FarMessage } from '../../../lib/gpio/line-reads.ts';
import { parseLineTopic } from '../../../lib/gpio/line-topic.ts';
import {
  askMessages,
  parseNotation,
  writeMessages,
  type Notation,
  type WriteForm,
} from '../../../lib/gpio/line-writes.ts';

const LINES = [
  { id: 'pump', line: 0 },
  { id: 'fan', line: 1 },
  { id: '7', line: 2 },
];
const failing =
  (code: ErrorCode, message: RegExp) =>
  (error: unknown): boolean =>
    error instanceof FactoryError && error.code === code && message.test(error.toString());

describe('topics of lines', () => {
  it('have the relay or the line in the place for it', () => {
    const fan = LINES[1]!;
    assert.equal(parseLineTopic('cmnd/{id}/POWER', 'write').fill(fan), 'cmnd/fan/POWER');
    assert.equal(parseLineTopic('shelly/relay/{line}/command', 'write').fill(fan), 'shelly/relay/1/command');
    assert.equal(parseLineTopic('out{line}', 'write').fill(fan), 'out1');
    const fixed = parseLineTopic('all', 'write');
    assert.deepEqual([fixed.fill(fan), fixed.isOfLine], ['all', false]);
  });

  it('tell whose they are, level by level', () => {
    const topic = parseLineTopic('+/stat/{id}/POWER', 'read');
    assert.equal(topic.find('hall1/stat/pump/POWER', LINES)?.line, 0);
    for (const other of ['stat/pump/POWER', '/stat/pump/POWER', 'a/stat/pumps/POWER', 'a/stat/pump/POWER/x'])
      assert.equal(topic.find(other, LINES), undefined, other);
    assert.equal(parseLineTopic('relay{line}', 'read').find('relay2', LINES)?.id, '7');
  });

  const wrong: [string, 'read' | 'write', RegExp][] = [
    ['stat/POWER', 'read', /says nowhere/],
    ['', 'read', /says nowhere/],
    ['{id}/{line}', 'write', /braces other than one/],
    ['{name}', 'write', /braces other than one/],
    ['a/+/{id}', 'write', /\+ or # where it cannot be/],
    ['a+/{id}', 'read', /\+ or # where it cannot be/],
    ['{id}/#', 'read', /\+ or # where it cannot be/],
    ['x'.repeat(257), 'write', /at most 256 characters/],
  ];
  for (const [text, use, message] of wrong) {
    it(`cannot be ${JSON.stringify(text.slice(0, 20))} to ${use}`, () => {
      assert.throws(() => parseLineTopic(text, use), failing('config', message));
    });
  }
});

describe('messages to the far end', () => {
  const form = (more: Partial<WriteForm> = {}): WriteForm => ({
    together: false,
    topic: parseLineTopic('{id}', 'write'),
    notation: 'boolean',
    first: 0,
    ...more,
  });
  const all = new Map([
    [0, true],
    [1, false],
    [2, true],
  ]);

  it('are one for each line that is asked for', () => {
    const levels = new Map([
      [2, true],
      [0, false],
    ]);
    assert.deepEqual(writeMessages(LINES, levels, all, form()), [
      { topic: 'pump', payload: false, relay: 'pump', line: 0 },
      { topic: '7', payload: true, relay: '7', line: 2 },
    ]);
  });

  const notations: [Notation, unknown[]][] = [
    ['boolean', [true, false]],
    ['number', [1, 0]],
    ['ON', ['ON', 'OFF']],
    ['on', ['on', 'off']],
  ];
  for (const [notation, payloads] of notations) {
    it(`say ${payloads.join(' and ')}`, () => {
      assert.equal(parseNotation(notation), notation);
      const written = writeMessages(LINES, all, all, form({ notation }));
      assert.deepEqual(
        written.slice(0, 2).map(({ payload }) => payload),
        payloads,
      );
    });
  }

  it('say nothing else', () => {
    assert.equal(parseNotation(undefined), 'boolean');
    assert.throws(() => parseNotation('yes'), failing('config', /"boolean", "number", "ON", "on"/));
  });

  it('are one array for all lines, where that is wanted', () => {
    const together = form({ together: true, notation: 'number' });
    assert.deepEqual(writeMessages(LINES, new Map([[1, false]]), all, together), [
      { topic: '', payload: [1, 0, 1] },
    ]);
    const topic = parseLineTopic('coils', 'write');
    assert.equal(writeMessages(LINES, all, all, form({ together: true, topic }))[0]?.topic, 'coils');
    assert.deepEqual(writeMessages([], all, all, together), []);
  });

  it('are no array that would move what is nobody’s, or nobody knows', () => {
    const together = form({ together: true });
    const hole = [LINES[0]!, LINES[2]!, { id: 'far', line: 65_000 }];
    assert.throws(
      () => writeMessages(hole, all, all, together),
      failing('unavailable', /Let the board have/),
    );
    const gap = [LINES[0]!, { id: 'x', line: 2 }];
    assert.throws(
      () => writeMessages(gap, all, all, together),
      failing('unavailable', /every line from 0 on/),
    );
    const later = form({ together: true, first: 1 });
    assert.throws(
      () => writeMessages(LINES, all, all, later),
      failing('unavailable', /what line 0 is to be/),
    );
    const unknown = new Map([[0, true]]);
    assert.throws(() => writeMessages(LINES, unknown, unknown, together), failing('unavailable', /line 1/));
  });

  it('ask with an empty payload', () => {
    const topic = parseLineTopic('cmnd/{id}/POWER', 'write');
    assert.deepEqual(askMessages(LINES, [1], form({ topic })), [
      { topic: 'cmnd/fan/POWER', payload: '', relay: 'fan', line: 1 },
    ]);
    assert.deepEqual(askMessages(LINES, [0, 1, 2], form({ together: true })), [{ topic: '', payload: '' }]);
    assert.deepEqual(askMessages(LINES, [], form({ together: true })), []);
  });
});

describe('messages of the far end', () => {
  const stat = parseLineTopic('stat/{id}/POWER', 'read');
  const read = (message: FarMessage, first = 0): unknown => {
    const report = parseFarMessage(message, LINES, { topic: stat, first });
    return 'levels' in report ? Object.fromEntries(report.levels) : report;
  };

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
    assert.deepEqual(alone, { levels: new Map([[0, true]]) });
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
    assert.deepEqual(read({ payload: [1] }, 2), { 2: true });
    assert.throws(() => read({ payload: [1] }, 100), failing('invalid', /from line 100 on.*Set with which/));
    assert.throws(() => read({ payload: [] }), failing('invalid', /none of 0 levels/));
    assert.throws(
      () => read({ payload: [true, 7] }),
      failing('invalid', /element 1 is "7", which is no level/),
    );
  });

  it('are objects by relay or line', () => {
    assert.deepEqual(read({ payload: { pump: 'ON', 1: false } }), { 0: true, 1: false });
    assert.throws(
      () => read({ payload: { pump: 1, temperature: 20 } }),
      failing('unknown-relay', /"temperature"/),
    );
    assert.throws(() => read({ payload: {} }), failing('invalid', /names no relay/));
    assert.throws(
      () => read({ payload: { __proto__: null, constructor: 1 } }),
      failing('unknown-relay', /constr/),
    );
  });

  const failed: [string, FarMessage, readonly number[], RegExp][] = [
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
    ['being offline', { payload: 'Offline', online: false }, [0, 1, 2], /^it is offline$/],
    ['a long reason', { error: 'x'.repeat(300) }, [0, 1, 2], /^x{200}$/],
  ];
  for (const [what, message, lines, reason] of failed) {
    it(`tell of a failure by ${what}`, () => {
      const report = parseFarMessage(message, LINES, { topic: stat, first: 0 });
      assert.ok('failed' in report);
      assert.deepEqual(report.failed, lines);
      assert.match(report.reason, reason);
    });
  }

  it('tell that the far end is there', () => {
    assert.deepEqual(read({ topic: 'tele/x/LWT', payload: 'Online', online: true }), { back: true });
  });

  it('are refused where they say nothing of an output', () => {
    assert.throws(
      () => read({ topic: 'pump', payload: 'dimmed' }),
      failing('invalid', /"dimmed".*true and false/),
    );
    assert.throws(() => read({ topic: 'pump' }), failing('invalid', /the payload is undefined/));
    assert.throws(() => read({ topic: 'pump', payload: 2 }), failing('invalid', /"2"/));
    assert.throws(
      () => read({ payload: true }),
      failing('unknown-relay', /nothing names no relay|nothing names/),
    );
  });
});
