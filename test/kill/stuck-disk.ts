import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Frozen for so long at most: whoever writes there cannot be ended, not even by SIGKILL. Seconds. */
const FROZEN_S = 60;

/** A small ext4 in a file, which can be frozen: every write to it then hangs in the kernel. Needs root and loop devices. */
export class StuckDisk {
  readonly folder: string;
  readonly #image: string;
  #frozen: ChildProcess | undefined;

  private constructor(folder: string, image: string) {
    this.folder = folder;
    this.#image = image;
  }

  /** Makes one in `parent`, of a size as `truncate` takes it, or tells why this machine has none. */
  static make(parent: string, size = '32M'): StuckDisk | string {
    const disk = new StuckDisk(join(parent, 'disk'), join(parent, 'image'));
    mkdirSync(disk.folder);
    const commands = [
      ['truncate', `--size=${size}`, disk.#image],
      ['mkfs.ext4', '-q', disk.#image],
      ['mount', '-o', 'loop', disk.#image, disk.folder],
      ['fsfreeze', '--freeze', disk.folder],
      ['fsfreeze', '--unfreeze', disk.folder],
    ];
    for (const [program, ...args] of commands as [string, ...string[]][]) {
      const { status, error, stderr } = spawnSync(program, args, {
        encoding: 'utf8',
        env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
      });
      if (status === 0) continue;
      disk.remove();
      return `${program}: ${error?.message ?? stderr.trim()}`;
    }
    return disk;
  }

  /** Resolves when writes hang. Should this process end meanwhile, the shell that holds it lets go by itself. */
  async freeze(): Promise<void> {
    const hold = `fsfreeze --freeze "$1" && echo frozen && timeout ${FROZEN_S} cat >/dev/null; fsfreeze --unfreeze "$1"`;
    const shell = spawn('sh', ['-c', hold, 'sh', this.folder], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
    });
    this.#frozen = shell;
    const [said] = (await once(shell.stdout, 'data')) as [Buffer];
    assert.equal(said.toString(), 'frozen\n');
  }

  /** Resolves when writes go on. Harmless where it is not frozen. */
  async thaw(): Promise<void> {
    const shell = this.#frozen;
    this.#frozen = undefined;
    if (!shell) return;
    shell.stdin!.end();
    const [code] = (await once(shell, 'close')) as [number];
    assert.equal(code, 0);
  }

  /** Also where a test that failed has left a file open there. */
  remove(): void {
    spawnSync('umount', ['--lazy', this.folder]);
    rmSync(this.#image, { force: true });
  }
}
