import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { parseCounts, type Counts } from './closing-line.ts';

/** How long all tests together may take. */
const LIMIT_MS = 20 * 60_000;
/** How long the process may go on after its last test: something that a test left open holds it. */
const LINGER_MS = 15_000;

/**
 * Runs mocha and shows what it says, all but its closing line, which is returned. A run that ends without one,
 * ran no test, failed beyond what it counted, or does not end by itself counts one failure more.
 */
export async function runMocha(
  command: string,
  args: readonly string[],
  print: (line: string) => void = console.log,
): Promise<Counts> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let counts: Counts | undefined;
  let trouble: string | undefined;
  const end = (why: string): void => {
    trouble = why;
    child.kill('SIGKILL');
  };
  let limit = setTimeout(() => end(`the tests took longer than ${LIMIT_MS / 60_000} minutes`), LIMIT_MS);
  createInterface({ input: child.stdout }).on('line', (line) => {
    const found = parseCounts(line);
    if (!found) {
      print(line);
      return;
    }
    counts = found;
    clearTimeout(limit);
    limit = setTimeout(() => end('the tests are done, but one of them left something open'), LINGER_MS);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  clearTimeout(limit);
  const { passed, failed, skipped } = counts ?? { passed: 0, failed: 0, skipped: 0 };
  if (!counts) trouble ??= `mocha ended with code ${code} before its tests did`;
  else if (passed + failed === 0) trouble ??= 'no test was found';
  else if (failed === 0 && code !== 0) trouble ??= `mocha ended with code ${code}`;
  if (!trouble) return { passed, failed, skipped };
  print(`  FAILED ${trouble}`);
  return { passed, failed: failed + 1, skipped };
}
