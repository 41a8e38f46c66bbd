/** `npm run test:long`: what takes too long for each `npm test`. Its last line is that of `npm test`. */
import { join } from 'node:path';
import { formatCounts, sum } from './test/closing-line.ts';
import { runMocha } from './test/mocha.ts';

process.chdir(join(import.meta.dirname, '..'));
process.env['REDEPLOYS'] = '100';
process.env['MODEL_COMMANDS'] = '1000000';
process.env['ABUSE'] = '10';
process.env['FUZZ'] = '1000000';
process.env['THOROUGH'] = '1';
const counts = [];
for (const tests of [
  'test/long/*.test.ts',
  // In processes of their own, because the dashboards start only once in each.
  'test/long/own-process/rehearsed-dashboards.test.ts',
  'test/own-process/redeploy.test.ts',
  'test/own-process/dashboards.test.ts',
  'test/browser/editor.test.ts',
  'test/own-process/abuse.test.ts',
  'test/lib/relays/board-model.test.ts',
  'test/own-process/fuzz.test.ts',
]) {
  counts.push(await runMocha(join('node_modules/.bin', 'mocha'), [tests]));
}
const total = sum(counts);
console.log(formatCounts(total));
process.exitCode = total.failed > 0 ? 1 : 0;
