/** A virtual cable from this machine to the network of another process, which can be pulled out at either end. */
import { execFileSync } from 'node:child_process';

export type End = 'near' | 'far';

export interface Cable {
  /** The address of this machine, seen from the other end, and of the other end. */
  readonly address: Readonly<Record<End, string>>;
  /** Runs `ip` there. */
  readonly ip: (end: End, ...args: string[]) => void;
  /** From now on nothing arrives, and nobody is told: neither FIN nor RST. */
  pull(end: End): void;
  plugIn(): void;
}

/**
 * Lays it to the process `pid`, which has a network of its own (`unshare --net`); `net` is the first half of all addresses, such
 * as `10.200`. It is gone with that process. Undefined where that is not allowed here.
 */
export function layCable(pid: number, net: string): Cable | undefined {
  const name = { near: `fiot${pid}a`, far: `fiot${pid}b` };
  const address = { near: `${net}.0.1`, far: `${net}.0.2` };
  const ip = (end: End, ...args: string[]): void => {
    const command = end === 'near' ? ['ip'] : ['nsenter', '--net', `--target=${pid}`, 'ip'];
    const [program = '', ...before] = command;
    execFileSync(program, [...before, ...args], { stdio: 'ignore' });
  };
  const up = (end: End): void => ip(end, 'link', 'set', name[end], 'up');
  try {
    ip('near', 'link', 'add', name.near, 'type', 'veth', 'peer', 'name', name.far, 'netns', String(pid));
    for (const end of ['near', 'far'] as const) {
      ip(end, 'addr', 'add', `${address[end]}/24`, 'dev', name[end]);
      up(end);
    }
    ip('far', 'link', 'set', 'lo', 'up');
  } catch {
    return undefined;
  }
  let pulled: End | undefined;
  return {
    address,
    ip,
    pull(end) {
      pulled = end;
      ip(end, 'link', 'set', name[end], 'down');
    },
    plugIn() {
      if (pulled) up(pulled);
      pulled = undefined;
    },
  };
}
