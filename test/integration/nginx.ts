/** A real reverse proxy for a test. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { tell } from '../abuse/bytes.ts';
import { root } from './harness.ts';

/** Debian's own, or what the set-up of the tests has unpacked beside: installing it would start it. */
const PLACES = ['/usr/sbin/nginx', join(root, '.cache/nginx/usr/sbin/nginx')];

/** Where it is and runs; undefined where it is not. */
export function findNginx(): string | undefined {
  return PLACES.find((path) => spawnSync(path, ['-v']).status === 0);
}

export interface Nginx {
  end(): Promise<void>;
}

/** Starts it in `folder` with what belongs into its `http`, and waits until it answers on `port` of loopback. */
export async function startNginx(
  program: string,
  folder: string,
  config: string,
  port: number,
): Promise<Nginx> {
  mkdirSync(folder, { recursive: true });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join('\n');
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  const file = join(folder, 'nginx.conf');
  writeFileSync(
    file,
    `${user}\ndaemon off;\npid ${folder}/pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n${temporary}\n${config}\n}\n`,
  );
  const child = spawn(program, ['-p', folder, '-e', 'stderr', '-c', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  // Over plain HTTP it says that it wants TLS: it is there.
  for (let round = 0; (await tell(port, '/').catch(() => undefined)) === undefined; round++) {
    if (child.exitCode !== null || round > 200) throw new Error(`nginx does not start: ${said}`);
    await delay(25);
  }
  return {
    async end() {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}
