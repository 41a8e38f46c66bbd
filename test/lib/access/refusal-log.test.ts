import assert from 'node:assert/strict';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { MAX_REMEMBERED, MAX_TEXT, RefusalLog, REPEAT_AFTER_MS } from '../../../lib/access/refusal-log.ts';

describe('refusal log', () => {
  const clock = new FakeClock();
  let log: RefusalLog;
  beforeEach(() => (log = new RefusalLog(clock)));
  const one = { address: '192.0.2.1', code: 'forbidden', reason: 'not allowed' };

  it('tells the same once a minute for each address and code', () => {
    assert.deepEqual(log.take(one), { line: 'refused 192.0.2.1 (forbidden): not allowed', times: 1 });
    assert.equal(log.take(one), undefined);
    assert.ok(log.take({ ...one, reason: 'another' }));
    assert.ok(log.take({ ...one, what: 'POST /relays/pump' }), 'a switch does not hide behind a look');
    assert.ok(log.take({ ...one, code: 'limit' }));
    assert.ok(log.take({ ...one, address: '192.0.2.2' }));
    clock.advance(REPEAT_AFTER_MS - 1);
    assert.equal(log.take(one), undefined);
    clock.advance(1);
    assert.equal(log.take(one)?.times, 3, 'with how often it was since then');
  });

  it('tells one person of an address from another', () => {
    assert.equal(
      log.take({ ...one, by: 'Sara' })?.line,
      'refused Sara at 192.0.2.1 (forbidden): not allowed',
    );
    assert.ok(log.take({ ...one, by: 'Reza' }));
    assert.equal(log.take({ ...one, by: 'Sara' }), undefined);
  });

  it('remembers a bounded number, the newest', () => {
    const nth = (index: number): unknown => log.take({ ...one, address: `a${index}` });
    for (let index = 0; index <= MAX_REMEMBERED; index++) assert.ok(nth(index));
    assert.equal(nth(MAX_REMEMBERED), undefined);
    assert.equal(nth(1), undefined);
    assert.ok(nth(0), 'the oldest was forgotten');
  });

  it("keeps a stranger's text short and on one line", () => {
    const line = log.take({ ...one, reason: `x\r\n[error] forged\u001b[31m${'y'.repeat(10_000)}` })!.line;
    assert.ok(line.length <= MAX_TEXT + 1);
    assert.doesNotMatch(line, /\p{Cc}/u);
  });
});
