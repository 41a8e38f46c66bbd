import assert from 'node:assert/strict';
import type { ErrorCode } from '../../../lib/base/errors.ts';
import { FactoryError } from '../../../lib/base/errors.ts';
import { named, parseLineTopic, tableTopic } from '../../../lib/gpio/line-topic.ts';

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
    ['', 'read', /is empty/],
    ['', 'write', /is empty/],
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

describe('topics of single relays', () => {
  it('may be one topic without a place, where the board has one relay', () => {
    const fixed = parseLineTopic('stat/x/POWER', 'read');
    const [pump] = LINES;
    assert.equal(fixed.find('stat/x/POWER', [pump!])?.id, 'pump');
    assert.equal(fixed.find('stat/y/POWER', [pump!]), undefined);
    assert.equal(fixed.find('stat/x/POWER', LINES), undefined, 'of which of three?');
  });

  it('may be a table, beside the form of the others', () => {
    const rows = new Map([['fan', parseLineTopic('hall/ventilator/state', 'read')]]);
    const topic = tableTopic(rows, parseLineTopic('stat/{id}', 'read'))!;
    assert.equal(topic.find('hall/ventilator/state', LINES)?.id, 'fan');
    assert.equal(topic.find('stat/pump', LINES)?.id, 'pump');
    assert.equal(topic.find('stat/fan', LINES), undefined);
    assert.deepEqual(
      LINES.map((line) => topic.fill(line)),
      ['stat/pump', 'hall/ventilator/state', 'stat/7'],
    );
    const alone = tableTopic(rows, undefined)!;
    assert.equal(alone.find('hall/ventilator/state', LINES)?.id, 'fan');
    assert.equal(tableTopic(new Map(), undefined), undefined);
  });

  it('name a relay in whichever form its id is written', () => {
    const lines = [{ id: 'دمای\u200cسالن', line: 3 }];
    const arabic = 'دما\u064aسالن';
    assert.equal(parseLineTopic('stat/{id}', 'read').find(`stat/${arabic}`, lines)?.line, 3);
    assert.equal(named(arabic, lines)?.line, 3);
    const composed = [{ id: 'L\u00e4ufer', line: 4 }];
    assert.equal(named('La\u0308ufer', composed)?.line, 4);
  });
});
