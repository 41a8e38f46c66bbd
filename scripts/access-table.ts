/**
 * `npm run access-table`: writes who may do what by which way into docs/access.md, between its marks. It is made of the rules
 * that the tests hold the plant against; a test holds that it is up to date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { between, withTable } from './access-table/table.ts';

const file = join(import.meta.dirname, '..', 'docs/access.md');
const options = await resolveConfig(file);
const text = await format(withTable(readFileSync(file, 'utf8')), { ...options, filepath: file });
writeFileSync(file, text);
console.log(`docs/access.md: ${between(text).split('\n').length} lines`);
