import type { Systeminformation } from 'systeminformation';
import { FactoryError } from '../base/errors.ts';
import type { HostSource } from './stats.ts';
import { plausible } from './degrees.ts';
import {
  percentOf,
  round,
  type CpuStats,
  type DiskStats,
  type HostStats,
  type Temperature,
} from './stats.ts';

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
    const total = told('memory', memory.total, 1);
    const available = Math.min(told('memory', memory.available), total);
    return {
      cpu,
      memory: { total, available, used: total - available, percent: percentOf(total - available, total) },
      disk: rootOf(disk),
      network: {
        bytes_sent: sum(interfaces.map((one) => one.tx_bytes)),
        bytes_recv: sum(interfaces.map((one) => one.rx_bytes)),
      },
      temperature: temperatureOf(temperature.main),
    };
  }

  async #readCpu(information: SystemInformation): Promise<CpuStats> {
    const [load, speed] = await Promise.all([information.currentLoad(), information.cpuCurrentSpeed()]);
    const processor = (this.#processor ??= await information.cpu());
    const current = megahertz(speed.avg || processor.speed);
    return {
      percent: percentOf(told('the load of the processor', load.currentLoad), 100),
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
  const [total, full, free] = [size, used, available].map((bytes) => told('the root file system', bytes));
  return { total: total!, used: full!, free: free!, percent: percentOf(full!, full! + free!) };
}

/** A figure that every machine has. Throws `unavailable` where it is no number, or less than it can be. */
function told(what: string, value: number, least = 0): number {
  if (Number.isFinite(value) && value >= least) return value;
  throw new FactoryError('unavailable', `the operating system tells ${String(value)} for ${what}`);
}

/** Some systems tell 0 or -1 where there is no sensor. */
function temperatureOf(main: number | null): Temperature | null {
  const current = main === 0 || main === -1 ? null : plausible(main);
  return current === null ? null : { sensor: 'cpu', label: '', current, high: null, critical: null };
}

/** Of gigahertz; 0 where they are not known, which systeminformation says in several ways. */
function megahertz(gigahertz: number): number {
  return gigahertz > 0 ? round(gigahertz * 1000) : 0;
}

function sum(values: readonly (number | null)[]): number {
  return values.reduce<number>((total, value) => total + (value !== null && value > 0 ? value : 0), 0);
}
