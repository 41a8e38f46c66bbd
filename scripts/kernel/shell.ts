import { spawnSync } from 'node:child_process';

/** Why there is no kernel to test on here: what is needed, in one line. */
export class Missing extends Error {}

/** Longer than the slowest step, a download, may take. */
const LIMIT_MS = 10 * 60_000;

/** Runs a program and gives what it prints; throws with its words where it fails. */
export function run(program: string, args: readonly string[], options: { cwd?: string } = {}): string {
  const { error, status, stdout, stderr } = spawnSync(program, args, {
    ...options,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    timeout: LIMIT_MS,
    env: { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (error) throw error;
  if (status === 0) return stdout;
  const said = `${stdout}\n${stderr}`.trim().split('\n').slice(-5).join('\n');
  throw new Error(`${[program, ...args].join(' ')} ended with ${status}\n${said}`);
}

/** Runs lines of bash that stop at the first failure, also inside of a pipe. */
export function bash(script: string, options: { cwd?: string } = {}): string {
  return run('bash', ['-c', `set -euo pipefail\n${script}`], options);
}
