import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { CHIP } from './pins.ts';

/** Another program that holds lines. */
export interface Holder {
  /** Kills it, without a chance to tidy up. */
  kill(): Promise<void>;
}

export async function holder(consumer: string, ...lines: string[]): Promise<Holder> {
  const script = join(import.meta.dirname, 'holder.ts');
  const child = spawn(process.execPath, [script, CHIP, consumer, ...lines], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return {
    kill: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
