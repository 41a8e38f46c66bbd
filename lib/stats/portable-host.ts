import type { Systeminformation } from 'systeminformation';
import { FactoryError } from '../base/errors.ts';
import type { HostSource } from './stats.ts';
import { percentOf, round, type CpuStats, type DiskStats, type HostStats } from './stats.ts';

/** What we use of systeminformation. Nothing from outside is ever passed to it: it builds shell commands. */
export interface SystemInformation {
  cpu(): Promise<Pick<Systeminformation.CpuData, 'cores' | 'speed' | 'speedMin' | 'speedMax'>>;
  cpuCurrentSpeed(): Promise<Pick<Systeminformation.CpuCurrentSpeedData, 'avg'>>;
  currentLoad(): Promise<Pick<Systeminformation.CurrentLoadData, 'currentLoad'>>;
  mem(): Promise<Pick<Systeminformation.MemData, 'total' | 'available'>>;
  fsSize(): Promise<Pick<Systeminformation.FsSizeData, 'mount' | 'size' | 'used' | 'available'>[]>;
  networkStats(interfaces: '*'): Promise<Pick<Systeminformation.NetworkStatsData, 'rx_bytes' | 'tx_bytes'>[]>;
  cpuTemperature(): Promise<{ readonly main: number | null }>;
}

/** Any other operating system, by systeminformation. It may start processes for that. */
export class PortableHost implements HostSource {
  readonly #load: () => Promise<SystemInformation>;
  // Kept once they are there: what fails once may work the next time.
  #information: SystemInformation | undefined;
  #processor: Awaited<ReturnType<SystemInformation['cpu']>> | undefined;

  /** `load` stands for the library in tests. */
  constructor(load: () => Promise<SystemInformation> = () => import('systeminformation')) {
    this.#load = load;
  }

  async sample(): Promise<HostStats> {
    // Late, because loading takes 20 ms in which nothing else runs.
    const information = (this.#information ??= await this.#load());
    const [cpu, memory, disk, interfaces, temperature] = await Promise.all([
      this.#readCpu(information),
      information.mem(),
      information.fsSize(),
      information.networkStats('*'),
      information.cpuTemperature(),
    ]);
    const used = memory.total - memory.available;
    return {
      cpu,
      memory: {
        total: memory.total,
        available: memory.available,
        used,
        percent: percentOf(used, memory.total),
      },
      disk: rootOf(disk),
      network: {
        bytes_sent: sum(interfaces.map((one) => one.tx_bytes)),
        bytes_recv: sum(interfaces.map((one) => one.rx_bytes)),
      },
      temperature:
        temperature.main === null
          ? null
          : { sensor: 'cpu', label: '', current: round(temperature.main), high: null, critical: null },
    };
  }

  async #readCpu(information: SystemInformation): Promise<CpuStats> {
    const [load, speed] = await Promise.all([information.currentLoad(), information.cpuCurrentSpeed()]);
    const processor = (this.#processor ??= await information.cpu());
    const current = megahertz(speed.avg || processor.speed);
    return {
      percent: percentOf(load.currentLoad, 100),
      count: processor.cores,
      frequency: current
        ? { current, min: megahertz(processor.speedMin), max: megahertz(processor.speedMax) }
        : null,
    };
  }
}

/** The file system of `/`; on Windows the one of the system's drive. */
function rootOf(
  disks: readonly Pick<Systeminformation.FsSizeData, 'mount' | 'size' | 'used' | 'available'>[],
): DiskStats {
  const drive = process.env['SystemDrive'] ?? 'C:';
  const root = disks.find(({ mount }) => mount === '/') ?? disks.find(({ mount }) => mount === drive);
  if (!root) throw new FactoryError('unavailable', 'the operating system names no root file system');
  const { size, used, available } = root;
  return { total: size, used, free: available, percent: percentOf(used, used + available) };
}

/** Of gigahertz; 0 where they are not known, which systeminformation says in several ways. */
function megahertz(gigahertz: number): number {
  return round((gigahertz || 0) * 1000);
}

function sum(values: readonly (number | null)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0);
}
