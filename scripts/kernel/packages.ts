/** What the bench takes from Debian: a kernel with its headers and sources, QEMU and a static busybox. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { Missing, run } from './shell.ts';

/**
 * Of Debian's kernels only 6.1 for amd64 is known to have all that the bench needs but the two modules that it
 * builds; the cloud kernel has no GPIO at all.
 */
const SERIES = '6.1';
const ARCHITECTURE = 'amd64';

/** A kernel that Debian offers now, with headers and sources of exactly its version. */
export interface Kernel {
  /** Such as `6.1.0-56-amd64`: what `uname -r` says, and the end of its packages' names. */
  readonly release: string;
  readonly version: string;
}

/** Throws {@link Missing} where packages cannot be had at all. */
export function checkHost(): void {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const isDebian = /^ID=debian$/m.test(release) && process.arch === 'x64';
  if (isDebian && process.getuid?.() === 0) return;
  throw new Missing(`the kernel tests set themselves up as root on Debian 12 for ${ARCHITECTURE}`);
}

/** The newest kernel of the series. Its headers, image and sources must match to the last digit. */
export function newestKernel(): Kernel {
  const kernel = offered() ?? (update(), offered());
  if (kernel) return kernel;
  throw new Missing(`the kernel tests need Debian's packages of Linux ${SERIES}, and apt offers none`);
}

function offered(): Kernel | undefined {
  const pattern = `^linux-headers-${SERIES.replace('.', '\\.')}\\.0-[0-9]+-${ARCHITECTURE}$`;
  const names = run('apt-cache', ['search', '--names-only', pattern]).match(/^linux-headers-\S+/gm) ?? [];
  const sources = versions(`linux-source-${SERIES}`);
  return names
    .map((name) => name.replace('linux-headers-', ''))
    .toSorted((one, other) => abi(other) - abi(one))
    .flatMap((release) => {
      const images = versions(`linux-image-${release}`);
      const version = versions(`linux-headers-${release}`).find(
        (each) => images.includes(each) && sources.includes(each),
      );
      return version === undefined ? [] : [{ release, version }];
    })[0];
}

function abi(release: string): number {
  return Number(release.split('-')[1]);
}

function versions(name: string): string[] {
  return [...run('apt-cache', ['madison', name]).matchAll(/^[^|]+\| +(\S+) +\|.*Packages$/gm)].map(
    ([, version]) => version!,
  );
}

/** Installs packages by name. */
export function install(names: readonly string[]): void {
  withLists(() => run('apt-get', ['install', '-y', '--no-install-recommends', ...names]));
}

/** Puts packages into a folder, and installs nothing. */
export function download(names: readonly string[], folder: string): void {
  mkdirSync(folder, { recursive: true });
  withLists(() => run('apt-get', ['download', ...names], { cwd: folder }));
}

/** Old lists name packages that are gone from the servers: then they are fetched anew, once. */
function withLists(take: () => void): void {
  try {
    take();
  } catch {
    update();
    take();
  }
}

function update(): void {
  run('apt-get', ['update']);
}
