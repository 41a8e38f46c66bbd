/**
 * `npm run examples`: makes the examples that are put together from other files: the core flow as it is, the core flow
 * with each dashboard, and the page of examples/clients as a flow. A test holds that they are up to date.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { composedExamples } from './examples/compose.ts';

const root = join(import.meta.dirname, '..');

for (const [path, nodes] of Object.entries(composedExamples(root))) {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  const options = await resolveConfig(file);
  writeFileSync(file, await format(JSON.stringify(nodes, null, 2), { ...options, filepath: file }));
  console.log(path);
}
