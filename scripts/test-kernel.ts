/**
 * `npm run test:kernel`: the GPIO drivers on a real kernel with simulated pins, in a virtual machine. Its last line
 * is that of `npm test`; a machine that cannot have what is needed skips, and says what that is.
 */
import { join } from 'node:path';
import { runGuest } from './kernel/guest.ts';
import { setUp } from './kernel/setup.ts';
import { Missing } from './kernel/shell.ts';
import { formatCounts, type Counts } from './test/closing-line.ts';

const counts = await run();
console.log(formatCounts(counts));
process.exitCode = counts.failed > 0 ? 1 : 0;

async function run(): Promise<Counts> {
  console.log('\n  tests on a real kernel');
  try {
    const machine = setUp();
    console.log(`    in a virtual machine with Linux ${machine.release}`);
    return await runGuest(machine, join(import.meta.dirname, '..'));
  } catch (error) {
    if (error instanceof Missing) {
      console.log(`    skipped: ${error.message}`);
      return { passed: 0, failed: 0, skipped: 1 };
    }
    console.log('  FAILED the set-up:', error);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
