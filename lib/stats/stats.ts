/**
 * What the host is doing, as the contract words it: bytes, percent 0..100 with one decimal, MHz, °C. The
 * meaning of each figure is psutil's, because that is what clients have been shown so far.
 */
export interface HostStats {
  readonly cpu: CpuStats;
  readonly memory: MemoryStats;
  /** The root file system. */
  readonly disk: DiskStats;
  /** Sums over all interfaces, the loopback one included, since the machine started. */
  readonly network: { readonly bytes_sent: number; readonly bytes_recv: number };
  /** The processor's temperature or else the first one there is; null on a machine without sensors. */
  readonly temperature: Temperature | null;
}

/** Where the host's figures come from. */
export interface HostSource {
  /** Rejects with `unavailable` where the operating system does not tell a figure that every machine has. */
  sample(): Promise<HostStats>;
}

export interface CpuStats {
  /** Of all cores together, over the time since the sample before. */
  readonly percent: number;
  /** Logical ones. */
  readonly count: number;
  readonly frequency: Frequency | null;
}

/** MHz, averaged over the cores; `min` and `max` are 0 where the machine does not tell them. */
export interface Frequency {
  readonly current: number;
  readonly min: number;
  readonly max: number;
}

export interface MemoryStats {
  readonly total: number;
  /** What programs can still get without swapping. */
  readonly available: number;
  /** What is not available, of the total. */
  readonly percent: number;
  /** What is not available. */
  readonly used: number;
}

export interface DiskStats {
  readonly total: number;
  readonly used: number;
  /** What users can still fill: without the part reserved for root. */
  readonly free: number;
  /** What is used, of what users can fill. */
  readonly percent: number;
}

export interface Temperature {
  /** Its driver or zone, such as `coretemp`. */
  readonly sensor: string;
  /** What the driver calls it; often empty. */
  readonly label: string;
  readonly current: number;
  readonly high: number | null;
  readonly critical: number | null;
}

/** How well this Node-RED process is. */
export interface ProcessStats {
  /** How late the event loop gets to its work, in milliseconds, since the sample before. */
  readonly event_loop: { readonly mean: number; readonly p99: number; readonly max: number };
  readonly heap_used: number;
  readonly heap_total: number;
  /** Memory of the process that is in RAM. */
  readonly rss: number;
  /** Seconds since the process started. */
  readonly uptime: number;
  /** Node-RED's. */
  readonly version?: string;
}

/** One sample: the contract's members, and ours about Node-RED itself. */
export interface Stats extends HostStats {
  readonly node_red: ProcessStats;
  /** When the sample was complete, ISO 8601. */
  readonly timestamp: string;
}

/** Rounds to so many decimals; plain numbers, so that the JSON is short. */
export function round(value: number, decimals = 1): number {
  const factor = 10 ** decimals;
  return Math.round(value * factor) / factor;
}

/** `part` of `whole` in percent, 0..100 with one decimal; 0 where there is no whole. */
export function percentOf(part: number, whole: number): number {
  if (!(whole > 0)) return 0;
  return round(Math.min(Math.max((part / whole) * 100, 0), 100));
}
