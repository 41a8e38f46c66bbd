import assert from 'node:assert/strict';
import { readAdvice } from '../../scripts/test/advisories.ts';

describe('what npm audit says', () => {
  const report = (severity: string): string =>
    JSON.stringify({ vulnerabilities: { ws: { severity, range: '<8.21.0' } }, metadata: {} });

  it('is a finding where it is high or critical', () => {
    for (const severity of ['high', 'critical']) {
      assert.deepEqual(readAdvice(report(severity)), {
        kind: 'found',
        packages: [`ws <8.21.0 (${severity})`],
      });
    }
    for (const severity of ['info', 'low', 'moderate']) {
      assert.deepEqual(readAdvice(report(severity)), { kind: 'none' });
    }
    assert.deepEqual(readAdvice('{"vulnerabilities":{},"metadata":{}}'), { kind: 'none' });
  });

  it('is no answer, and so no finding and no all-clear, where the registry gives none', () => {
    for (const output of ['', 'null', '{}', '[]', '<html>', '{"vulnerabilities":{}}']) {
      assert.equal(readAdvice(output).kind, 'no answer', output);
    }
    const failed =
      '{"message":"405 Method Not Allowed - POST https://registry.example/x","error":{"summary":""}}';
    assert.deepEqual(readAdvice(failed), {
      kind: 'no answer',
      reason: '405 Method Not Allowed - POST …',
    });
  });
});
