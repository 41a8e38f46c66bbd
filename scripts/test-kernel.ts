/**
 * `npm run test:kernel`: the GPIO drivers on a real kernel with simulated pins, in a virtual machine. Its last line
 * is that of `npm test`; a machine that cannot have what is needed skips, and says what that is. Files that are named
 * (`npm run test:kernel -- test/kernel/sysfs.kernel.ts`) are run alone.
 */
import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { runGuest } from './kernel/guest.ts';
import { setUp } from './kernel/setup.ts';
import { Missing } from './kernel/shell.ts';
import { formatCounts, type Counts } from './test/closing-line.ts';

const root = join(import.meta.dirname, '..');
const counts = await run();
console.log(formatCounts(counts));
process.exitCode = counts.failed > 0 ? 1 : 0;

async function run(): Promise<Counts> {
  console.log('\n  tests on a real kernel');
  try {
    const machine = setUp();
    // Node-RED in the guest loads what is built.
    execFileSync(process.execPath, [join(root, 'scripts/build.ts')], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    console.log(`    in a virtual machine with Linux ${machine.release}`);
    const tests = globSync(process.argv.length > 2 ? process.argv.slice(2) : 'test/kernel/*.kernel.ts', {
      cwd: root,
    });
    return await runGuest(machine, root, tests.toSorted());
  } catch (error) {
    if (error instanceof Missing) {
      console.log(`    skipped: ${error.message}`);
      return { passed: 0, failed: 0, skipped: 1 };
    }
    console.log('  FAILED the set-up:', error);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
