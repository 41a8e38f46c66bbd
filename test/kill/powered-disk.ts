import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A small ext4 in a file that can lose its power: what the file system had not yet given to its device is gone then, as with
 * a machine that is unplugged. Writes that were given to the device survive, also those that a real device would still have
 * in a cache of its own. Needs root and loop devices.
 */
export class PoweredDisk {
  readonly folder: string;
  readonly #image: string;

  private constructor(folder: string, image: string) {
    this.folder = folder;
    this.#image = image;
  }

  /** Makes a disk in `parent`, of a size as `truncate` takes it, or returns why this machine has none. */
  static make(parent: string, size = '64M'): PoweredDisk | string {
    const disk = new PoweredDisk(join(parent, 'powered'), join(parent, 'powered.image'));
    mkdirSync(disk.folder);
    try {
      run('truncate', `--size=${size}`, disk.#image);
      run('mkfs.ext4', '-q', disk.#image);
      disk.#mount();
      return disk;
    } catch (error) {
      disk.remove();
      return (error as Error).message;
    }
  }

  /** Takes what the device holds at this moment. Every process that writes there must stand still. */
  capture(): void {
    copyFileSync(this.#image, `${this.#image}.cut`);
  }

  /** Goes on with what was captured, as after the power has come back. No process may have a file open there. */
  restore(): void {
    run('umount', this.folder);
    renameSync(`${this.#image}.cut`, this.#image);
    this.#mount();
  }

  /** Removes the disk, also where a failed test has left a file open there. */
  remove(): void {
    spawnSync('umount', ['--lazy', this.folder]);
    rmSync(this.#image, { force: true });
    rmSync(`${this.#image}.cut`, { force: true });
  }

  /** The file system's own timer must not bring in time what a cut is to lose. */
  #mount(): void {
    run('mount', '-o', 'loop,commit=600', this.#image, this.folder);
  }
}

function run(program: string, ...args: string[]): void {
  const { status, error, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
  });
  if (status !== 0) throw new Error(`${program}: ${error?.message ?? stderr.trim()}`);
}
