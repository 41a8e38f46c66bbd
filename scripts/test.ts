/**
 * `npm test`: the checks, then all tests. Its last line is `N passed, N failed`; each check counts as one test.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { formatCounts, sum, type Counts } from './test/closing-line.ts';
import { runMocha } from './test/mocha.ts';

const root = join(import.meta.dirname, '..');
const bin = (name: string): string => join(root, 'node_modules/.bin', name);
process.chdir(root);

const CHECKS: readonly (readonly [what: string, program: string, ...args: string[]])[] = [
  ['format', 'prettier', '--check', '.'],
  ['types', 'tsc'],
  ['types of the editor’s half', 'tsc', '-p', 'tsconfig.editor.json'],
  ['types of the browser client', 'tsc', '-p', 'tsconfig.client.json'],
  ['lint', 'oxlint', '--type-aware', '--deny-warnings'],
];
/** Each group in a process of its own, one after another. */
const TESTS: readonly string[][] = [
  ['--ignore', 'test/oldest-node/**', '--ignore', 'test/own-process/**', 'test/**/*.test.ts'],
  ['test/own-process/**/*.test.ts'],
];

console.log('\n  checks');
const counts = CHECKS.map(check);
for (const tests of TESTS) counts.push(await runMocha(bin('mocha'), tests));
const total = sum(counts);
console.log(formatCounts(total));
process.exitCode = total.failed > 0 ? 1 : 0;

/** Runs a check; what it says is shown only where it fails. */
function check([what, program, ...args]: (typeof CHECKS)[number]): Counts {
  const { error, status, stdout, stderr } = spawnSync(bin(program), args, { encoding: 'utf8' });
  const passed = status === 0;
  console.log(passed ? `    ✔ ${what}` : `    FAILED ${what}: ${[program, ...args].join(' ')}`);
  if (!passed) console.log(error ? error.message : `${stdout}${stderr}`);
  return { passed: Number(passed), failed: Number(!passed), skipped: 0 };
}
