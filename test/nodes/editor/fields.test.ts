import assert from 'node:assert/strict';
import { parseLimit } from '../../../lib/live/settings.ts';
import { parsedBy } from '../../../nodes/editor/fields.ts';

describe('a validator of a dialog', () => {
  const validate = parsedBy((value) => parseLimit('maxClients', value), 'wrong.number');
  const verdict = (value: unknown): unknown =>
    validate.call({ _: (key: string) => `text of ${key}` } as never, value as string);

  it('takes what the runtime takes, and what it will read from the environment', () => {
    for (const value of ['5', 500, '', undefined, '${MAX_CLIENTS}']) assert.equal(verdict(value), true);
  });

  it('gives the reason otherwise', () => {
    for (const value of ['many', 0, '${A} ${B']) assert.equal(verdict(value), 'text of wrong.number');
  });

  it('has the two parameters without which Node-RED takes a reason for "valid"', () => {
    assert.equal(validate.length, 2);
  });
});
