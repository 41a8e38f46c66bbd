/** A file system of its own in a file, which tells what was written to it: data, journal and all. Needs root. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { basename } from 'node:path';

const MB = 192;
const SECTOR = 512;

export interface Disk {
  readonly folder: string;
  /** Bytes until now, after all that waits in memory is out. */
  written(): number;
  remove(): void;
}

/** An ext4 as on a memory card, mounted at `folder`. */
export function makeDisk(folder: string): Disk {
  const image = `${folder}.img`;
  mkdirSync(folder, { recursive: true });
  execute('truncate', '-s', `${MB}M`, image);
  // All of it now: what is left for later would be written while it is measured.
  execute('mkfs.ext4', '-q', '-F', '-E', 'lazy_itable_init=0,lazy_journal_init=0', image);
  const device = execute('losetup', '--find', '--show', image).trim();
  try {
    execute('mount', '-t', 'ext4', device, folder);
  } catch (error) {
    execute('losetup', '--detach', device);
    throw error;
  }
  let isMounted = true;
  const remove = (): void => {
    if (!isMounted) return;
    isMounted = false;
    // At once, though somebody may still be in it where the bench is broken off.
    execute('umount', '--lazy', folder);
    execute('losetup', '--detach', device);
    rmSync(image);
  };
  process.prependOnceListener('exit', remove);
  return {
    folder,
    written() {
      execute('sync', '--file-system', folder);
      const fields = readFileSync(`/sys/block/${basename(device)}/stat`, 'utf8')
        .trim()
        .split(/\s+/);
      return Number(fields[6]) * SECTOR;
    },
    remove,
  };
}

function execute(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: 'utf8' });
}
