import assert from 'node:assert/strict';
import type { ErrorCode } from '../../../lib/base/errors.ts';
import { FactoryError } from '../../../lib/base/errors.ts';
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
    ['own', ['Aan', 2]],
  ];
  for (const [notation, payloads] of notations) {
    it(`say ${payloads.join(' and ')}`, () => {
      assert.equal(parseNotation(notation), notation);
      const words = { on: 'Aan', off: 2 };
      const written = writeMessages(LINES, all, all, form({ notation, words }));
      assert.deepEqual(
        written.slice(0, 2).map(({ payload }) => payload),
        payloads,
      );
    });
  }

  it('say nothing else', () => {
    assert.equal(parseNotation(undefined), 'boolean');
    assert.throws(() => parseNotation('yes'), failing('config', /"boolean", "number", "ON", "on", "own"/));
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

  it('ask with the payload that is set, or not at all', () => {
    const question = '{"state":""}';
    assert.deepEqual(askMessages(LINES, [1], form({ question })), [
      { topic: 'fan', payload: question, relay: 'fan', line: 1 },
    ]);
    assert.deepEqual(askMessages(LINES, [0, 1], form({ question: undefined })), []);
    assert.deepEqual(askMessages(LINES, [0, 1], form({ together: true, question: undefined })), []);
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
