/**
 * Asks the registry that npm is set to for known vulnerabilities of what is published with this package. One that is high or
 * critical fails; no answer does not, and is said. Its last line is that of `npm test`.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { readAdvice } from './test/advisories.ts';
import { formatCounts, type Counts } from './test/closing-line.ts';

const args = ['audit', '--omit=dev', '--json', '--fetch-retries=0', '--fetch-timeout=20000'];
const { stdout } = spawnSync('npm', args, {
  cwd: join(import.meta.dirname, '..'),
  encoding: 'utf8',
  timeout: 60_000,
});
const advice = readAdvice(stdout ?? '');
const counts: Counts = {
  passed: Number(advice.kind === 'none'),
  failed: Number(advice.kind === 'found'),
  skipped: Number(advice.kind === 'no answer'),
};
if (advice.kind === 'none') console.log('No known vulnerability of a dependency is high or critical.');
else if (advice.kind === 'found') console.log(`Vulnerable: ${advice.packages.join(', ')}`);
else
  console.log(`Nobody was asked for known vulnerabilities: the registry gave no answer (${advice.reason}).`);
console.log(formatCounts(counts));
process.exitCode = counts.failed > 0 ? 1 : 0;
