/** Everything the guest needs, kept in a cache: made once, then used without asking anyone. */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildModules } from './modules.ts';
import { checkHost, download, install, newestKernel } from './packages.ts';
import { bash, Missing, run } from './shell.ts';

const root = join(import.meta.dirname, '../..');
const CACHE = join(root, '.cache/kernel');
const QEMU = '/usr/bin/qemu-system-x86_64';

/** In this order: each needs the ones before it. */
const MODULES = `configfs irq_sim gpio-sim
  virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci
  netfs fscache 9pnet 9pnet_virtio 9p`.split(/\s+/);

/** What QEMU boots. */
export interface Machine {
  readonly qemu: string;
  readonly release: string;
  readonly kernel: string;
  readonly initramfs: string;
}

/** Throws {@link Missing} where the machine cannot have what is needed. */
export function setUp(): Machine {
  if (!existsSync(QEMU) || !existsSync('/usr/bin/cpio')) {
    checkHost();
    say('installing QEMU and cpio');
    attempt(() => install(['qemu-system-x86', 'cpio']));
  }
  const release = cached() ?? fill();
  const folder = join(CACHE, release);
  return { qemu: QEMU, release, kernel: join(folder, 'vmlinuz'), initramfs: pack(folder) };
}

/** The kernel that is there already; a newer one is no reason to fetch it. */
function cached(): string | undefined {
  if (!existsSync(CACHE)) return undefined;
  return readdirSync(CACHE).find((name) => !name.startsWith('new-'));
}

function fill(): string {
  checkHost();
  const { release, version } = attempt(newestKernel);
  // Under its own name only when it is complete, so that an interrupted set-up leaves nothing half done.
  const folder = join(CACHE, `new-${release}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'modules'), { recursive: true });
  say(`fetching Linux ${release} (${version}) and its sources, 220 MB once`);
  const packages = ['busybox-static', `linux-image-${release}=${version}`, `linux-source-6.1=${version}`];
  attempt(() => {
    download(packages, join(folder, 'debs'));
    install([`linux-headers-${release}=${version}`, 'gcc', 'make', 'binutils', 'xz-utils']);
  });
  say('building gpio-sim and irq_sim');
  bash(`for deb in linux-image-*.deb busybox-*.deb; do dpkg-deb -x "$deb" ../files; done`, {
    cwd: join(folder, 'debs'),
  });
  buildModules(join(folder, 'debs'), join(folder, 'files/built'), release);
  for (const name of MODULES) {
    const found = run('find', [join(folder, 'files'), '-name', `${name}.ko`]).trim();
    if (!found) throw new Error(`Linux ${release} has no module ${name}`);
    run('strip', ['--strip-debug', '-o', join(folder, 'modules', `${name}.ko`), found]);
  }
  cpSync(join(folder, `files/boot/vmlinuz-${release}`), join(folder, 'vmlinuz'));
  cpSync(join(folder, 'files/bin/busybox'), join(folder, 'busybox'));
  for (const done of ['files', 'debs']) rmSync(join(folder, done), { recursive: true });
  renameSync(folder, join(CACHE, release));
  return release;
}

/** Anew each time, which takes a moment only: it holds a script of ours. */
function pack(folder: string): string {
  const scratch = mkdtempSync(join(tmpdir(), 'factory-iot-kernel-'));
  process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));
  const tree = join(scratch, 'tree');
  mkdirSync(tree);
  for (const name of ['bin', 'modules', 'proc', 'sys', 'dev', 'host']) mkdirSync(join(tree, name));
  cpSync(join(folder, 'busybox'), join(tree, 'bin/busybox'));
  MODULES.forEach((name, at) => {
    // In the order of their names the guest loads them.
    const inOrder = `${String(at).padStart(2, '0')}-${name}.ko`;
    cpSync(join(folder, 'modules', `${name}.ko`), join(tree, 'modules', inOrder));
  });
  cpSync(join(root, 'test/kernel/init.sh'), join(tree, 'init'));
  chmodSync(join(tree, 'init'), 0o755);
  bash('find . | cpio --quiet -o -H newc >../initramfs', { cwd: tree });
  return join(scratch, 'initramfs');
}

/** What apt cannot give is no failure of ours. */
function attempt<T>(take: () => T): T {
  try {
    return take();
  } catch (error) {
    if (error instanceof Missing) throw error;
    throw new Missing(`the kernel tests need packages of Debian: ${(error as Error).message}`);
  }
}

function say(what: string): void {
  console.log(`    ${what} …`);
}
