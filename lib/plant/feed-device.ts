import { MAX_REASON_LENGTH } from '../devices/limits.ts';
import type { Registry } from '../devices/registry.ts';
import type { InputState } from '../inputs/input.ts';

/**
 * Writes what an input shows into a device: its value with quality, reason and the time at its source. The input has put
 * its readings in order already, so the device does not. Of an input that is lost the device keeps its last value, which
 * is bad from then on. Throws as {@link Registry.write} does.
 */
export function feedDevice(devices: Registry, id: string, input: InputState, isReplayed = false): void {
  const { level, quality, since, reason } = input;
  const why = reason === undefined ? {} : { reason: reason.slice(0, MAX_REASON_LENGTH) };
  if (level === null) devices.write({ id, quality, ...why }, { isDeclared: true });
  else devices.write({ id, value: level, quality, ...why }, { at: Date.parse(since), isReplayed });
}
