import type { DeviceFilter } from './device.ts';

export function parseFilter(_payload: unknown): DeviceFilter {
  return {};
}
