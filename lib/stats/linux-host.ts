import { statfs } from 'node:fs/promises';
import type { Clock } from '../base/clock.ts';
import type { HostSource } from './stats.ts';
import { LinuxCpu } from './linux-cpu.ts';
import { readKernel, unreadable } from './linux-files.ts';
import { LinuxFrequency } from './linux-frequency.ts';
import { LinuxTemperature } from './linux-temperature.ts';
import { percentOf, type DiskStats, type HostStats, type MemoryStats } from './stats.ts';

export interface LinuxHostOptions {
  readonly clock: Clock;
  /** Where the kernel's files are: elsewhere in tests. */
  readonly proc?: string;
  readonly sys?: string;
}

/** Reads what the kernel tells in files: no process is started, and no read holds up the event loop. */
export class LinuxHost implements HostSource {
  readonly #proc: string;
  readonly #cpu: LinuxCpu;
  readonly #frequency: LinuxFrequency;
  readonly #temperature: LinuxTemperature;

  constructor({ clock, proc = '/proc', sys = '/sys' }: LinuxHostOptions) {
    this.#proc = proc;
    this.#cpu = new LinuxCpu(proc, clock);
    this.#frequency = new LinuxFrequency(proc, sys);
    this.#temperature = new LinuxTemperature(sys);
  }

  async sample(): Promise<HostStats> {
    const [cpu, frequency, memory, disk, network, temperature] = await Promise.all([
      this.#cpu.read(),
      this.#frequency.read(),
      readMemory(`${this.#proc}/meminfo`),
      readDisk('/'),
      readNetwork(`${this.#proc}/net/dev`),
      this.#temperature.read(),
    ]);
    return { cpu: { ...cpu, frequency }, memory, disk, network, temperature };
  }
}

async function readMemory(path: string): Promise<MemoryStats> {
  const text = await readKernel(path);
  const bytes = (key: string): number => {
    const kib = new RegExp(`^${key}: +(\\d+) kB$`, 'm').exec(text)?.[1];
    if (kib === undefined) throw unreadable(path, `it names no ${key}`);
    return Number(kib) * 1024;
  };
  const total = bytes('MemTotal');
  if (total === 0) throw unreadable(path, 'it names no memory at all');
  // Some containers show more available than there is.
  const available = Math.min(bytes('MemAvailable'), total);
  const used = total - available;
  return { total, available, used, percent: percentOf(used, total) };
}

async function readDisk(path: string): Promise<DiskStats> {
  const { frsize, bsize, blocks, bfree, bavail } = await statfs(path);
  // Blocks are counted in fragments; older Nodes do not tell their size, which nearly always is the same.
  const unit = frsize || bsize;
  // The file systems of some networks tell of more free blocks than there are.
  const used = Math.max(blocks - bfree, 0) * unit;
  const free = Math.max(bavail, 0) * unit;
  return { total: blocks * unit, used, free, percent: percentOf(used, used + free) };
}

async function readNetwork(path: string): Promise<HostStats['network']> {
  const text = await readKernel(path);
  let bytes_recv = 0;
  let bytes_sent = 0;
  // The name, a colon, eight columns received, eight sent; bytes come first in both.
  for (const [, received, sent] of text.matchAll(/^.+: *(\d+)(?: +\d+){7} +(\d+)/gm)) {
    bytes_recv += Number(received);
    bytes_sent += Number(sent);
  }
  return { bytes_sent, bytes_recv };
}
