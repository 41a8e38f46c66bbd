/**
 * `npm test`: the checks, then all tests. Its last line is `N passed, N failed`; each check counts as one test.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { formatCounts, sum, type Counts } from './test/closing-line.ts';
import { runMocha } from './test/mocha.ts';

const root = join(import.meta.dirname, '..');
const bin = (name: string): string => join(root, 'node_modules/.bin', name);
process.chdir(root);
// A quarter less of the processor for what starts Node-RED.
process.env['NODE_COMPILE_CACHE'] ??= join(root, '.cache/compiled');

const CHECKS: readonly (readonly [what: string, program: string, ...args: string[]])[] = [
  ['format', 'prettier', '--check', '--cache', '--cache-location', '.cache/prettier', '.'],
  ['types', 'tsc'],
  ['types of the editor’s half', 'tsc', '-p', 'tsconfig.editor.json'],
  ['types of the browser client', 'tsc', '-p', 'tsconfig.client.json'],
  ['lint', 'oxlint', '--type-aware', '--deny-warnings'],
];
// What strangers try takes `npm run test:long`, ten times as much of it.
const ALONE = readdirSync('test/own-process')
  .filter((name) => name !== 'abuse.test.ts')
  .map((name) => join('test/own-process', name));
const DASHBOARDS = join('test/own-process', 'dashboards.test.ts');
const EDITOR = 'test/browser/editor.test.ts';
const SIGNING_IN = 'test/browser/sign*.test.ts';
/**
 * Each group in a process of its own, because some things can be started only once in a process. Four at a time, the
 * longest first: they wait for browsers and timers more than they compute.
 */
const TESTS: readonly string[][] = [
  [DASHBOARDS],
  ['--ignore', EDITOR, '--ignore', SIGNING_IN, 'test/browser/**/*.test.ts'],
  ['test/integration/**/*.test.ts'],
  ['test/scripts/**/*.test.ts'],
  ['--ignore', 'test/{browser,integration,lib,long,oldest-node,own-process,scripts}/**', 'test/**/*.test.ts'],
  ['test/lib/**/*.test.ts'],
  [EDITOR],
  [SIGNING_IN],
  ...ALONE.filter((file) => file !== DASHBOARDS).map((file) => [file]),
];
const AT_ONCE = 4;

console.log('\n  checks');
const counts = CHECKS.map(check);
const waiting = [...TESTS];
const failures: string[] = [];
await Promise.all(Array.from({ length: AT_ONCE }, runNext));
for (const failure of failures) console.log(failure);
const total = sum(counts);
console.log(formatCounts(total));
process.exitCode = total.failed > 0 ? 1 : 0;

/**
 * Runs what waits, one after another; what a group says is shown when it is done, in one piece, and its failures
 * once more at the end, where they are found.
 */
async function runNext(): Promise<void> {
  for (let tests = waiting.shift(); tests; tests = waiting.shift()) {
    const said: string[] = [];
    const result = await runMocha(bin('mocha'), tests, (line) => said.push(line));
    counts.push(result);
    console.log(said.join('\n'));
    const summary = said.findIndex((line) => /^\s*\d+ failing/.test(stripVTControlCharacters(line)));
    if (result.failed > 0) failures.push(`\n  in ${tests.join(' ')}`, ...said.slice(summary));
  }
}

/** Runs a check; what it says is shown only where it fails. */
function check([what, program, ...args]: (typeof CHECKS)[number]): Counts {
  const { error, status, stdout, stderr } = spawnSync(bin(program), args, { encoding: 'utf8' });
  const passed = status === 0;
  console.log(passed ? `    ✔ ${what}` : `    FAILED ${what}: ${[program, ...args].join(' ')}`);
  if (!passed) console.log(error ? error.message : `${stdout}${stderr}`);
  return { passed: Number(passed), failed: Number(!passed), skipped: 0 };
}
