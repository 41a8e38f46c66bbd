import type { Registry } from '../devices/registry.ts';
import type { InputState } from '../inputs/input.ts';

/**
 * Writes what an input shows into a device: its value with quality and the time at its source. Of an input that is lost the
 * device keeps its last value, which is bad from then on. Throws as {@link Registry.write} does.
 */
export function feedDevice(devices: Registry, id: string, { level, quality, since }: InputState): void {
  if (level === null) devices.write({ id, quality });
  else devices.write({ id, value: level, quality, timestamp: since });
}
