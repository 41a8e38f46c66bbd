import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';
import { parseCounts, type Counts } from '../test/closing-line.ts';
import type { Machine } from './setup.ts';

/** How long the guest may take from its first to its last instruction. */
export const LIMIT_MS = 12 * 60_000;
const MEMORY_MB = 512;

/**
 * Boots the guest, lets it run these tests, shows what it says and gives what they counted. A guest that does not get to the end of
 * its tests, or ends them otherwise than it counted, has failed once more.
 */
export async function runGuest(machine: Machine, root: string, tests: readonly string[]): Promise<Counts> {
  const child = spawn(machine.qemu, options(machine, root, tests), { stdio: ['ignore', 'pipe', 'inherit'] });
  let counts: Counts | undefined;
  let ended: number | undefined;
  let trouble: string | undefined;
  let begun = false;
  const limit = setTimeout(() => {
    trouble = `the guest took longer than ${LIMIT_MS / 60_000} minutes`;
    child.kill('SIGKILL');
  }, LIMIT_MS);
  createInterface({ input: child.stdout }).on('line', (text) => {
    // The firmware clears the screen, and the console ends its lines as a terminal does.
    const line = stripVTControlCharacters(text).trimEnd();
    const code = /^GUEST ends with (\d+)$/.exec(line)?.[1];
    const found = parseCounts(line);
    if (line === 'GUEST begins') begun = true;
    else if (code !== undefined) ended = Number(code);
    else if (found) counts = found;
    else if (line !== '') console.log(line);
  });
  await new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve());
  });
  clearTimeout(limit);
  const { passed, failed, skipped } = counts ?? { passed: 0, failed: 0, skipped: 0 };
  if (!begun) trouble ??= 'the guest did not get to its tests';
  else if (!counts) trouble ??= 'the tests in the guest broke off';
  else if (passed + failed === 0) trouble ??= 'the guest found no test';
  // Mocha ends with the number of its failures.
  else if (ended !== failed) trouble ??= `the tests in the guest ended with ${ended}`;
  if (!trouble) return { passed, failed, skipped };
  console.log(`  FAILED ${trouble}`);
  return { passed, failed: failed + 1, skipped };
}

function options({ kernel, initramfs }: Machine, root: string, tests: readonly string[]): string[] {
  const tools = `${root}/node_modules/.bin:${dirname(process.execPath)}`;
  // The clock: a guest in pure software, on a busy host, would otherwise come to mistrust it.
  const kernelOptions = `console=ttyS0 quiet panic=-1 reboot=t mitigations=off random.trust_cpu=on
    tsc=reliable no_timer_check factory.root=${root} factory.path=${tools}`;
  // In software on every machine alike: a /dev/kvm inside of another virtual machine may open and never get on.
  // A plain processor, and both of the guest's on one thread of the host: with all that QEMU can emulate, each on a
  // thread of its own, V8 broke off in 4 runs of 14, where worker threads began or ended.
  const machine = `-nodefaults -no-user-config -no-reboot -display none -serial stdio
    -machine pc -cpu Nehalem -smp 2 -m ${MEMORY_MB} -accel tcg,thread=single
    -fsdev local,id=tree,path=/,security_model=none,readonly=on,multidevs=remap
    -device virtio-9p-pci,fsdev=tree,mount_tag=host`;
  // Without blanks, as all that is told through the kernel.
  const append = [...kernelOptions.split(/\s+/), `factory.tests=${tests.join(',')}`].join(' ');
  return [...machine.split(/\s+/), '-kernel', kernel, '-initrd', initramfs, '-append', append];
}
