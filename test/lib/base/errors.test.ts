import assert from 'node:assert/strict';
import { asError, FactoryError } from '../../../lib/base/errors.ts';

describe('errors', () => {
  it('say what, why and what to do', () => {
    const cause = new Error('EACCES');
    const error = new FactoryError('unavailable', 'the file may not be read', { remedy: 'Change it', cause });
    assert.ok(error instanceof Error);
    assert.deepEqual(
      [error.name, error.code, error.message, error.remedy, error.cause],
      ['FactoryError', 'unavailable', 'the file may not be read', 'Change it', cause],
    );
    assert.equal(String(error), 'the file may not be read. Change it');
  });

  it('have no remedy and no cause where there is none', () => {
    const error = new FactoryError('invalid', 'no');
    assert.equal(String(error), 'no');
    assert.equal('cause' in error, false);
  });

  it('are made of whatever was thrown', () => {
    const error = new TypeError('x');
    assert.equal(asError(error), error);
    assert.equal(asError('text').message, 'text');
    assert.equal(asError(undefined).message, 'undefined');
  });
});
