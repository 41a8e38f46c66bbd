import assert from 'node:assert/strict';
import { because, MAX_STEP_TEXT, MAX_STEPS, readCause, type Step } from '../../../lib/base/cause.ts';

describe('what led to something', () => {
  it('is read of what is a cause, and of nothing else', () => {
    for (const value of [undefined, null, 'x', {}, { kind: 'node' }, 7])
      assert.deepEqual(readCause(value), []);
    assert.deepEqual(
      readCause([
        { kind: 'client', id: 's1', by: 'ada', from: '10.0.0.1', password: 'x', seal: 'y' },
        { kind: 'god', id: 'x' },
        null,
        'node',
        { kind: 'node', id: 7, name: '' },
      ]),
      [{ kind: 'client', id: 's1', by: 'ada', from: '10.0.0.1' }, { kind: 'node' }],
    );
  });

  it('is cut to what a log can hold, and keeps who began it', () => {
    const node = (n: number): Step => ({ kind: 'node', id: `n${n}` });
    let cause = because([], { kind: 'client', id: 'x'.repeat(1000) });
    assert.equal(cause[0]!.id!.length, MAX_STEP_TEXT);
    for (let n = 1; n <= 20; n++) cause = because(cause, node(n));
    assert.equal(cause.length, MAX_STEPS);
    assert.deepEqual([cause[0]!.kind, cause[1]!.id, cause.at(-1)!.id], ['client', 'n14', 'n20']);
    const many = readCause([{ kind: 'input', id: 'i' }, ...Array.from({ length: 5000 }, (_, n) => node(n))]);
    assert.deepEqual([many.length, many[0]!.id, many.at(-1)!.id], [MAX_STEPS, 'i', 'n4999']);
  });
});
