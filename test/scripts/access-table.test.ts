import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { between, withTable } from '../../scripts/access-table/table.ts';

const file = join(import.meta.dirname, '../../docs/access.md');

describe('the table of who may do what', () => {
  it('is up to date (npm run access-table)', async () => {
    const text = readFileSync(file, 'utf8');
    const options = await resolveConfig(file);
    const made = await format(withTable(text), { ...options, filepath: file });
    assert.equal(between(text), between(made));
    assert.match(between(text), /\| engineer/);
  });

  it('leaves what is around its marks alone, and says where these are missing', () => {
    const text = 'before <!-- matrix -->old<!-- /matrix --> after';
    assert.match(withTable(text), /^before <!-- matrix -->\n\n\|[^]*\n\n<!-- \/matrix --> after$/);
    assert.ok(!withTable(text).includes('old<'));
    assert.throws(() => withTable('no marks'), /no <!-- matrix -->/);
  });
});
