import assert from 'node:assert/strict';
import { problem, problemOf, refusal } from '../../../lib/api/answer.ts';
import type { Problem } from '../../../lib/api/answer.ts';
import { answerOfError } from '../../../lib/api/http-errors.ts';
import { FactoryError } from '../../../lib/base/errors.ts';
import type { ErrorCode } from '../../../lib/base/errors.ts';
import type { Result, ResultCode } from '../../../lib/relays/relay.ts';

describe('answers that are no success', () => {
  it('tell what, why and what to do', () => {
    assert.deepEqual(problem(400, 'invalid', 'that is wrong', 'Do it so'), {
      status: 400,
      body: { error: 'that is wrong. Do it so', code: 'invalid', reason: 'that is wrong' },
    });
    assert.equal((problem(400, 'invalid', 'that is wrong').body as Problem).error, 'that is wrong');
  });

  const statuses: [ErrorCode, number][] = [
    ['invalid', 400],
    ['limit', 400],
    ['unknown-device', 404],
    ['unknown-relay', 404],
    ['stale', 409],
    ['forbidden', 403],
    ['unavailable', 503],
    ['config', 503],
    ['timeout', 504],
  ];
  for (const [code, status] of statuses) {
    it(`is ${status} for ${code}`, () => {
      const answer = problemOf(new FactoryError(code, 'why'));
      assert.deepEqual(
        [answer.status, (answer.body as Problem).code, answer.cause],
        [status, code, undefined],
      );
    });
  }

  it('keep to themselves what was not foreseen', () => {
    const thrown = new Error('/etc/secret');
    const answer = problemOf(thrown);
    assert.equal(answer.status, 500);
    assert.equal(answer.cause, thrown);
    assert.doesNotMatch(JSON.stringify(answer.body), /secret/);
  });

  describe('of commands', () => {
    const result = (code: ResultCode): Result => ({
      id: 'c1',
      ok: false,
      code,
      relay: 'relay1',
      state: false,
      verified: 'line',
      rev: 3,
      at: '2026-01-01T00:00:00.000Z',
      logged: false,
      reason: 'because',
    });
    const codes: [ResultCode, number][] = [
      ['expired', 409],
      ['invalid', 400],
      ['forbidden', 403],
      ['unknown-relay', 404],
      ['unavailable', 503],
      ['readback-mismatch', 503],
    ];
    for (const [code, status] of codes) {
      it(`are ${status} for ${code}, with the whole result`, () => {
        const answer = refusal(result(code));
        assert.equal(answer.status, status);
        assert.deepEqual(answer.body, { error: 'because', ...result(code) });
      });
    }

    it('have a reason where the result has none', () => {
      const { reason: _, ...silent } = result('expired');
      const body = refusal(silent).body as Problem;
      assert.deepEqual([body.error, body.reason], ['expired', 'expired']);
    });
  });
});

describe('answers to errors of Express and its parsers', () => {
  const errors: [string, unknown, number, string][] = [
    ['malformed JSON', { type: 'entity.parse.failed', status: 400, body: 'secret' }, 400, 'invalid'],
    ['a large body', { type: 'entity.too.large', status: 413 }, 413, 'limit'],
    ['a charset', { type: 'charset.unsupported', status: 415 }, 415, 'invalid'],
    ['an encoding', { type: 'encoding.unsupported', status: 415 }, 415, 'invalid'],
    ['an escape', Object.assign(new URIError('Failed to decode'), { status: 400 }), 400, 'invalid'],
    ['an aborted request', { type: 'request.aborted', status: 400, message: 'secret' }, 400, 'invalid'],
    ['one of ours', new FactoryError('unavailable', 'why'), 503, 'unavailable'],
    ['anything else', new Error('secret'), 500, 'unexpected'],
    ['what claims to be a success', { status: 200, message: 'secret' }, 500, 'unexpected'],
    ['a type of every object', { type: 'constructor', message: 'secret' }, 500, 'unexpected'],
    ['text', 'secret', 500, 'unexpected'],
    ['nothing', null, 500, 'unexpected'],
  ];
  for (const [what, error, status, code] of errors) {
    it(`is ${status} for ${what}`, () => {
      const answer = answerOfError(error);
      assert.deepEqual([answer.status, (answer.body as Problem).code], [status, code]);
      assert.doesNotMatch(JSON.stringify(answer.body), /secret/);
      assert.equal('cause' in answer, status === 500);
    });
  }
});
