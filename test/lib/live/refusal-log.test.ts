import assert from 'node:assert/strict';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { MAX_REMEMBERED, MAX_TEXT, RefusalLog, REPEAT_AFTER_MS } from '../../../lib/live/refusal-log.ts';

describe('refusal log', () => {
  const clock = new FakeClock();
  let log: RefusalLog;
  beforeEach(() => (log = new RefusalLog(clock)));
  const one = { address: '192.0.2.1', code: 'forbidden', reason: 'not allowed' };

  it('tells the same once a minute for each address and code', () => {
    assert.equal(log.take(one), 'refused 192.0.2.1 (forbidden): not allowed');
    assert.equal(log.take({ ...one, reason: 'another' }), undefined);
    assert.ok(log.take({ ...one, code: 'limit' }));
    assert.ok(log.take({ ...one, address: '192.0.2.2' }));
    clock.advance(REPEAT_AFTER_MS - 1);
    assert.equal(log.take(one), undefined);
    clock.advance(1);
    assert.ok(log.take(one));
  });

  it('remembers a bounded number, the newest', () => {
    const nth = (index: number): string | undefined => log.take({ ...one, address: `a${index}` });
    for (let index = 0; index <= MAX_REMEMBERED; index++) assert.ok(nth(index));
    assert.equal(nth(MAX_REMEMBERED), undefined);
    assert.equal(nth(1), undefined);
    assert.ok(nth(0), 'the oldest was forgotten');
  });

  it("keeps a stranger's text short and on one line", () => {
    const line = log.take({ ...one, reason: `x\r\n[error] forged\u001b[31m${'y'.repeat(10_000)}` })!;
    assert.ok(line.length <= MAX_TEXT + 1);
    assert.doesNotMatch(line, /\p{Cc}/u);
  });
});
