import type { DeviceInput, DeviceRecord } from './device.ts';
import type { Registry } from './registry.ts';

/** What a setting says of a device; empty text says nothing. */
export interface Declaration {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly unit: string;
}

/**
 * Makes a device known before its first value comes, and brings name, type and unit to what is declared.
 * Undefined where all was so already. Throws as {@link Registry.write} does.
 */
export function declare(registry: Registry, { id, name, type, unit }: Declaration): DeviceRecord | undefined {
  const known = registry.get(id);
  const input: DeviceInput = { id };
  if (name !== '' && name !== known?.name) input.name = name;
  if (type !== '' && type !== known?.type) input.type = type;
  if (unit !== '' && unit !== known?.unit) input.unit = unit;
  return known && Object.keys(input).length === 1 ? undefined : registry.write(input);
}
