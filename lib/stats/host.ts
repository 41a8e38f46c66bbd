import type { Clock } from '../base/clock.ts';
import { LinuxHost } from './linux-host.ts';
import { PortableHost } from './portable-host.ts';
import type { HostSource } from './stats.ts';

/**
 * The source for this machine. On Linux we read what the kernel shows in files: systeminformation starts
 * shells there for all but the memory, waits for some of them synchronously, and takes 20 ms only to load.
 */
export function hostSource(clock: Clock, platform: NodeJS.Platform = process.platform): HostSource {
  return platform === 'linux' ? new LinuxHost({ clock }) : new PortableHost();
}
